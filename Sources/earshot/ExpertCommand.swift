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
    private var decoder, wholeDecoder: PacketDecoder
    private var reassembler = IPReassembler()
    private var table: ConversationTable
    private var report = ExpertReport()

    init(ports: PortMap, format: OutputFormat) {
        self.format = format
        decoder = PacketDecoder(ports: ports)
        wholeDecoder = PacketDecoder(ports: ports)
        table = ConversationTable(ports: ports)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        let packet = decoder.decode(frame)
        report.add(packet)
        guard packet.isFragment else {
            if let step = table.observe(packet) { report.add(step) }
            return
        }
        guard let whole = reassembler.add(packet) else { return }
        if whole.hasConflict { report.addConflict(frame: whole.frame.header.number) }
        let reassembled = wholeDecoder.decode(whole.frame)
        report.add(reassembled)
        if !reassembled.isFragment, let step = table.observe(reassembled) { report.add(step) }
    }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        report.addIncomplete(reassembler.incompleteCount)
        guard !report.isEmpty else { return StandardError.write(line: "nothing to say of these packets") }
        var output = Output()
        switch format {
        case .json: output.buffer.expertRecords(report)
        case .text: output.buffer.expertTable(report)
        }
        try output.flush()
    }
}
