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

/// What there is to say of packets that are whole, and of their conversations.
private struct Findings: ~Copyable {
    private var table: ConversationTable
    private var streams = StreamReassembler()
    var report = ExpertReport()

    init(ports: PortMap) {
        table = ConversationTable(ports: ports)
        table.keepsEvicted = true
    }

    mutating func add(_ packet: Packet) {
        guard let step = table.observe(packet) else { return }
        if step.notes.contains(.first), let given = table.takeEvicted()?.conversation, given.key.transport == .tcp {
            streams.finish(given.number, into: &report)
            report.add(given)
        }
        report.add(step)
        guard step.transport == .tcp, let index = packet.innermostTransport(quoted: false) else { return }
        streams.observe(step, packet.payload(at: index), into: &report)
    }

    mutating func finish() {
        streams.finish(into: &report)
        table.forEach(.tcp) { report.add($0) }
    }
}

/// Looks at every packet, alone and in its conversation, and tells at the end.
private struct Expert: PacketConsumer, ~Copyable {
    private let format: OutputFormat
    private var decoder, wholeDecoder: PacketDecoder
    private var reassembler = IPReassembler()
    private var messages = MessageAssembler()
    private var findings: Findings

    init(ports: PortMap, format: OutputFormat) {
        self.format = format
        decoder = PacketDecoder(ports: ports)
        wholeDecoder = PacketDecoder(ports: ports)
        findings = Findings(ports: ports)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        if let part = take(frame), part.isLast { add(part.kind, frame.header) }
    }

    /// - Returns: what it is to a message that lies in several segments.
    private mutating func take(_ frame: Frame) -> MessagePart? {
        let packet = decoder.decode(frame)
        findings.report.add(packet)
        guard packet.isFragment else {
            findings.add(packet)
            return messages.add(packet)
        }
        guard let whole = reassembler.add(packet) else { return nil }
        if whole.hasOverlap { findings.report.addOverlap(frame: whole.frame.header.number) }
        if whole.hasConflict { findings.report.addConflict(frame: whole.frame.header.number) }
        let reassembled = wholeDecoder.decode(whole.frame)
        findings.report.add(reassembled)
        if !reassembled.isFragment { findings.add(reassembled) }
        return nil
    }

    /// Adds the message that is there.
    private mutating func add(_ kind: LayerKind, _ header: FrameHeader) {
        findings.report.add(
            message: wholeDecoder.decode(
                messages.message, of: .tcp, application: ApplicationHint(kind, fromServer: false), header: header))
    }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        findings.finish()
        findings.report.addIncomplete(reassembler.incompleteCount)
        findings.report.addAbandoned(reassembler.statistics.evicted)
        let report = findings.report
        guard !report.isEmpty else { return StandardError.write(line: "nothing to say of these packets") }
        var output = Output()
        switch format {
        case .json: output.buffer.expertRecords(report)
        case .text: output.buffer.expertTable(report)
        }
        try output.flush()
    }
}
