import ArgumentParser
import Conversations
import Host
import PacketDecoding
import Rendering

struct FollowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow", abstract: "What was said in conversations, both sides in turn.",
        usage: "earshot follow FILE | -i IFACE [options] [FILTER ...]")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, hex, json
    }

    enum Side: String, ExpressibleByArgument, CaseIterable {
        case client, server
    }

    @OptionGroup var source: SourceOptions
    @OptionGroup var drawing: DrawingOptions

    @Option(help: ArgumentHelp("Only TCP conversation N, or UDP conversation udp:N.", valueName: "N"))
    var stream: ConversationChoice?

    @Option(help: ArgumentHelp("text, hex, or json (JSON Lines).", valueName: "FORMAT"))
    var format: Format?

    @Option(help: ArgumentHelp("Write the bytes of one side, client or server, as they are.", valueName: "SIDE"))
    var raw: Side?

    func run() throws {
        guard let raw else { return try follow(with: TranscriptSink(options)) }
        if format != nil { throw Failure(usage: "--raw writes bytes as they are: give it or --format") }
        if Terminal.isTerminal() {
            throw Failure(
                usage: "--raw: bytes off the wire are no text for a terminal; send them into a file or a pipe")
        }
        try follow(with: RawSink(raw == .client ? .client : .server))
    }

    private var options: TranscriptOptions {
        var options = TranscriptOptions()
        switch format ?? .text {
        case .text: options.format = .text
        case .hex: options.format = .hex
        case .json: options.format = .json
        }
        options.usesASCII = drawing.ascii || !Terminal.isUTF8
        options.usesColor = Terminal.usesColor(drawing.color)
        options.meaning = { bytes, application, transport, words in
            var decoder = PacketDecoder()
            let packet = decoder.decode(
                bytes, of: transport == .tcp ? .tcp : .udp,
                application: application.map { ApplicationHint($0, fromServer: false) },
                header: FrameHeader(number: 0, timestamp: nil, wireLength: 0, linkType: .raw))
            words.meaning(of: packet)
        }
        return options
    }

    private func follow<Sink: FollowSink & ~Copyable>(with sink: consuming Sink) throws {
        let ports = try source.ports()
        let opened = try source.open()
        // Of one conversation nothing needs to wait for another's end.
        if opened.isLive || stream != nil {
            var follow = LiveStreamFollower(sink, ports: ports, only: stream)
            try opened.pump(into: &follow)
        } else {
            var follow = SavefileStreamFollower(sink, ports: ports, savefile: opened.savefile())
            try opened.pump(into: &follow)
        }
    }
}
