import ArgumentParser
import Conversations
import PacketDecoding
import Rendering

struct ProtocolsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protocols", abstract: "Packets and bytes by protocol.",
        usage: "earshot protocols FILE | -i IFACE [options] [FILTER ...]")

    @OptionGroup var source: SourceOptions

    @Option(help: ArgumentHelp("text or json (JSON Lines).", valueName: "FORMAT"))
    var format: OutputFormat = .text

    func run() throws {
        var counter = ProtocolCounter(ports: try source.ports(), format: format)
        try source.open().pump(into: &counter)
    }
}

/// Counts by protocol, and prints the counts at the end.
private struct ProtocolCounter: PacketConsumer, ~Copyable {
    private let format: OutputFormat
    private var decoder: RecognizingDecoder
    private var counts = ProtocolCounts()

    init(ports: PortMap, format: OutputFormat) {
        self.format = format
        decoder = RecognizingDecoder(ports: ports)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        try decoder.decode(frame) { packet, _, _ in counts.add(packet) }
    }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        var output = Output()
        switch format {
        case .text: output.buffer.protocolTable(counts)
        case .json: output.buffer.protocolRecords(counts)
        }
        try output.flush()
    }
}
