import ArgumentParser
import Conversations
import Host
import PacketCapture
import PacketDecoding
import Rendering

struct LadderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ladder", abstract: "Conversations as ladders: who sent what to whom, and when.",
        usage: "earshot ladder FILE | -i IFACE [options] [FILTER ...]")

    @OptionGroup var interface: InterfaceOption
    @OptionGroup var input: FileOptions
    @OptionGroup var live: LiveOptions
    @OptionGroup var limit: LimitOption
    @OptionGroup var filter: FilterOptions
    @OptionGroup var rights: RightsOptions
    @OptionGroup var decoding: DecodeOptions
    @OptionGroup var drawing: DrawingOptions

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, svg
    }

    @Option(help: ArgumentHelp("text, or svg: a picture of all the ladders, written at the end.", valueName: "FORMAT"))
    var format: Format = .text

    @Flag(help: "Show every row; otherwise long runs of data fold.")
    var full = false

    @Option(help: ArgumentHelp("Only TCP conversation N, or UDP conversation udp:N.", valueName: "N"))
    var stream: ConversationChoice?

    @Argument(help: ArgumentHelp("The savefile, unless -i or -r is given, and the filter.", valueName: "FILE"))
    var words: [String] = []

    func run() throws {
        var options = drawing.ladder
        options.isFull = full
        switch (interface.interface, format) {
        case (let name?, .text):
            var ladders = LiveLadders(options, ports: try decoding.ports(), interface: name, only: stream)
            try hear(name, into: &ladders)
        case (let name?, .svg):
            var ladders = PicturedLadders(isFull: full, ports: try decoding.ports(), interface: name, only: stream)
            try hear(name, into: &ladders)
        case (nil, .text):
            let opened = try open()
            var ladders = RecordedLadders(
                options, ports: try decoding.ports(), interface: opened.interfaceName, only: stream)
            try opened.pump(limit: limit.limit, lockdown: rights.lockdown(), into: &ladders)
        case (nil, .svg):
            let opened = try open()
            var ladders = PicturedLadders(
                isFull: full, ports: try decoding.ports(), interface: opened.interfaceName, only: stream)
            try opened.pump(limit: limit.limit, lockdown: rights.lockdown(), into: &ladders)
        }
    }

    private func hear<Ladders: PacketConsumer & ~Copyable>(_ name: String, into ladders: inout Ladders) throws {
        try input.refuse(beside: name)
        var source = try live.open(name, filter: filter.expression(words))
        source.announce()
        try pump(&source, limit: limit.limit, duration: live.duration, lockdown: rights.lockdown(), into: &ladders)
    }

    private func open() throws -> OpenedFile {
        try live.refuse()
        return try input.open(words, filter: filter)
    }
}

/// One conversation by its number; TCP and UDP count apart.
struct ConversationChoice: ExpressibleByArgument {
    let transport: Transport
    let number: Int

    init?(argument: String) {
        let isUDP = argument.hasPrefix("udp:")
        guard let number = Int(isUDP ? argument.dropFirst(4) : argument[...]), number >= 0 else { return nil }
        transport = isUDP ? .udp : .tcp
        self.number = number
    }
}

extension DrawingOptions {
    var ladder: LadderOptions {
        var options = LadderOptions()
        options.columns = Terminal.width()
        options.usesASCII = ascii || !Terminal.isUTF8
        options.usesColor = Terminal.usesColor(color)
        return options
    }
}
