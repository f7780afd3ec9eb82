import ArgumentParser
import Conversations
import Host
import PacketDecoding
import Rendering

struct LadderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ladder", abstract: "Conversations as ladders: who sent what to whom, and when.",
        usage: "earshot ladder FILE | -i IFACE [options] [FILTER ...]",
        discussion: """
            On an arrow, s1+78 is data: 78 bytes from relative sequence number 1 (a SYN's is 0). a79 acknowledges all \
            before 79. w65495 is the window that a SYN has, mss65495 the largest segment that its sender takes. At the \
            edges stand the states that the ends are in from there on. On the right, RTT is the time from data to its \
            acknowledgment; "server took" that from a request's last byte to its answer's first.
            """)

    @OptionGroup var source: SourceOptions
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

    func run() throws {
        if format == .svg, drawing.ascii || drawing.color != .auto {
            throw Failure(usage: "--ascii and --color are for text, --format svg draws a picture: give one of them")
        }
        let ports = try source.ports()
        let opened = try source.open()
        let interface = opened.interface
        var options = drawing.ladder
        options.isFull = full
        switch (format, interface != nil) {
        case (.svg, _):
            var ladders = PicturedLadders(isFull: full, ports: ports, interface: interface, only: stream)
            try opened.pump(into: &ladders)
        case (.text, true):
            var ladders = LiveLadders(options, ports: ports, interface: interface, only: stream)
            try opened.pump(into: &ladders)
        case (.text, false):
            var ladders = RecordedLadders(options, ports: ports, only: stream)
            try opened.pump(into: &ladders)
        }
    }
}

/// One conversation by its number; TCP and UDP count apart.
struct ConversationChoice: ExpressibleByArgument, Hashable {
    let transport: Transport
    let number: Int

    init(_ transport: Transport, _ number: Int) {
        self.transport = transport
        self.number = number
    }

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
