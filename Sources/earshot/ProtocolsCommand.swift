import ArgumentParser
import Conversations
import PacketCapture
import PacketDecoding
import Rendering

struct ProtocolsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protocols", abstract: "Packets and bytes by protocol.",
        usage: "earshot protocols FILE | -i IFACE [options] [FILTER ...]")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @OptionGroup var interface: InterfaceOption
    @OptionGroup var input: FileOptions
    @OptionGroup var live: LiveOptions
    @OptionGroup var limit: LimitOption
    @OptionGroup var filter: FilterOptions
    @OptionGroup var rights: RightsOptions
    @OptionGroup var decoding: DecodeOptions

    @Option(help: ArgumentHelp("text or json (JSON Lines).", valueName: "FORMAT"))
    var format: Format = .text

    @Argument(help: ArgumentHelp("The savefile, unless -i or -r is given, and the filter.", valueName: "FILE"))
    var words: [String] = []

    func run() throws {
        var counter = ProtocolCounter(ports: try decoding.ports(), format: format)
        if let name = interface.interface {
            try input.refuse(beside: name)
            var source = try live.open(name, filter: filter.expression(words))
            source.announce()
            try pump(&source, limit: limit.limit, duration: live.duration, lockdown: rights.lockdown(), into: &counter)
        } else {
            try live.refuse()
            let opened = try input.open(words, filter: filter)
            try opened.pump(limit: limit.limit, lockdown: rights.lockdown(), into: &counter)
        }
    }
}

/// Counts by protocol, and prints the counts at the end.
private struct ProtocolCounter: PacketConsumer, ~Copyable {
    private let format: ProtocolsCommand.Format
    private var decoder: RecognizingDecoder
    private var counts = ProtocolCounts()

    init(ports: PortMap, format: ProtocolsCommand.Format) {
        self.format = format
        decoder = RecognizingDecoder(ports: ports)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        try decoder.decode(frame) { packet, _ in counts.add(packet) }
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
