import ArgumentParser
import Conversations
import Host
import PacketDecoding
import Rendering

struct ExpertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expert", abstract: "Observations by severity: what is wrong, unusual, or the course of things.",
        usage: "earshot expert FILE | -i IFACE [options] [FILTER ...]")

    @OptionGroup var source: SourceOptions

    @Option(help: ArgumentHelp("text or json (JSON Lines).", valueName: "FORMAT"))
    var format: OutputFormat = .text

    func run() throws {
        var expert = Expert(ports: try source.ports(), format: format)
        try source.open().pump(into: &expert)
    }
}

/// Looks at every packet, alone and in its conversation, and tells at the end.
private struct Expert: PacketConsumer, ~Copyable {
    private let format: OutputFormat
    private var follower: PacketFollower
    private var streams = StreamReassembler()
    private var messages = MessageAssembler()
    private var messageDecoder: PacketDecoder
    private var report = ExpertReport()

    init(ports: PortMap, format: OutputFormat) {
        self.format = format
        follower = PacketFollower(ports: ports, keepsEvicted: true)
        messageDecoder = PacketDecoder(ports: ports)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        var part: MessagePart?
        follower.follow(frame) { packet in
            report.add(packet)
            if !packet.isFragment { part = messages.add(packet) }
        } reassembled: { whole, packet in
            if whole.hasOverlap { report.addOverlap(frame: whole.frame.header.number) }
            if whole.hasConflict { report.addConflict(frame: whole.frame.header.number) }
            report.add(packet)
        } evicted: { given in
            guard given.conversation.key.transport == .tcp else { return }
            streams.finish(given.conversation.number, into: &report)
            report.add(given.conversation)
        } _: { step, packet, _ in
            report.add(step)
            guard step.transport == .tcp, let index = packet.innermostTransport(quoted: false) else { return }
            streams.observe(step, packet.payload(at: index), into: &report)
        }
        if let part, part.isLast { add(part.kind, frame.header) }
    }

    /// Adds the message that is there.
    private mutating func add(_ kind: LayerKind, _ header: FrameHeader) {
        report.add(
            message: messageDecoder.decode(
                messages.message, of: .tcp, application: ApplicationHint(kind, fromServer: false), header: header))
    }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        streams.finish(into: &report)
        follower.table.forEach(.tcp) { report.add($0) }
        report.addIncomplete(follower.incompleteDatagrams)
        report.addAbandoned(follower.reassembly.evicted)
        guard !report.isEmpty else { return StandardError.write(line: "nothing to say of these packets") }
        var output = Output()
        switch format {
        case .json: output.buffer.expertRecords(report)
        case .text: output.buffer.expertTable(report)
        }
        try output.flush()
    }
}
