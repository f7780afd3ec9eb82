// Everything that the program prints of a frame, and the promises about it.

import Conversations
public import PacketDecoding
import Rendering

/// Made once: the fuzzer needs every microsecond.
private let ports = PortMap()

/// How things are printed, from a byte of the fuzzer's.
public struct Choices {
    let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    var time: TimeFormat {
        let styles: [TimeStyle] = [.clock, .dateAndClock, .sincePrevious, .sinceFirst]
        return TimeFormat(
            styles[Int(rawValue & 3)], precision: rawValue & 4 == 0 ? .microseconds : .nanoseconds)
    }
    var showsLinkHeader: Bool { rawValue & 8 != 0 }
    var isFull: Bool { rawValue & 16 != 0 }
    var columns: Int { rawValue & 32 != 0 ? 132 : 80 }
    var absoluteNumbers: Bool { rawValue & 64 != 0 }
    var isBrief: Bool { rawValue & 128 != 0 }
}

/// Takes frames through decoding, conversations and every format, as the commands do, and checks what each writes.
public struct EveryFormat: ~Copyable {
    private var decoder = PacketDecoder(ports: ports)
    private var bases = SequenceBases(seed: 1)
    private var greetings = GreetingRecognizer(seed: 1)
    private var counts = ProtocolCounts()
    private var ladders: Ladders
    private var lines: Lines
    private let choices: Choices

    public init(_ choices: Choices, interface: String) {
        self.choices = choices
        ladders = Ladders(choices, interface: interface)
        lines = Lines(choices)
    }

    /// Prints a frame as `read`, `ladder` and `protocols` do.
    public mutating func show(_ frame: Frame) {
        var context = SummaryContext()
        context.isBrief = choices.isBrief
        var opening: ConversationSide?
        let hint: ApplicationHint?
        do {
            let packet = decoder.decode(frame)
            requireSound(packet)
            if let tcp = packet.firstIndex(of: .tcp) {
                let known = bases.bases(for: packet, at: tcp)
                opening = known.opening
                if !choices.absoluteNumbers {
                    context.sequenceBase = known.sequence
                    context.acknowledgmentBase = known.acknowledgment
                }
            }
            counts.add(packet)
            ladders.draw(packet)
            hint = greetings.hint(for: packet, opening: opening)
            if hint == nil { return lines.show(packet, context) }
        }
        lines.show(decoder.decode(frame, application: hint), context)
    }

    /// Draws a frame as `ladder` does.
    public mutating func draw(_ frame: Frame) { ladders.draw(decoder.decode(frame)) }

    /// Prints what comes at the end of `read` and `ladder`.
    public mutating func finish() { ladders.finish() }

    /// Prints what comes at the end of `protocols`.
    public mutating func report() { lines.report(counts) }
}

/// What `read` prints.
private struct Lines: ~Copyable {
    private var line: SummaryLine
    private var buffer = ByteBuffer(capacity: 4096)

    init(_ choices: Choices) {
        var options = SummaryOptions()
        options.time = choices.time
        options.showsLinkHeader = choices.showsLinkHeader
        options.showsNumber = true
        line = SummaryLine(options)
    }

    mutating func show(_ packet: Packet, _ context: SummaryContext) {
        line.write(packet, context: context, utcOffset: 3600, to: &buffer)
        requirePrintable(buffer.bytes)
        requireOneLine(buffer.bytes)
        buffer.removeAll()

        buffer.verboseTree(packet, showsBytes: true)
        requirePrintable(buffer.bytes)
        requireIndented(buffer.bytes)
        buffer.removeAll()

        buffer.jsonRecord(packet)
        requirePrintable(buffer.bytes)
        requireOneLine(buffer.bytes)
        requireJSON(buffer.bytes)
        buffer.removeAll()

        buffer.hexDump(packet, .hexAndASCII, includesLinkHeader: true)
        buffer.hexDump(packet, .ascii)
        requirePrintable(buffer.bytes, allowing: .tabs)
        buffer.removeAll()
    }

    mutating func report(_ counts: ProtocolCounts) {
        buffer.protocolTable(counts)
        buffer.protocolRecords(counts)
        requirePrintable(buffer.bytes)
        buffer.removeAll()
    }
}

/// What `ladder` draws: of a file, and live, in ASCII.
private struct Ladders: ~Copyable {
    private var table = ConversationTable(seed: 1)
    private var recorder: LadderRecorder
    private var live: LiveLadder
    private var buffer = ByteBuffer(capacity: 2048)
    private let interface: String

    init(_ choices: Choices, interface: String) {
        var options = LadderOptions()
        options.isFull = choices.isFull
        options.columns = choices.columns
        recorder = LadderRecorder(options)
        options.usesASCII = true
        live = LiveLadder(options)
        self.interface = interface
    }

    mutating func draw(_ packet: Packet) {
        guard let step = table.observe(packet), let conversation = table.conversation(step.transport, step.conversation)
        else { return }
        if step.notes.contains(.icmpError), let icmp = packet.firstIndex(of: .icmp) ?? packet.firstIndex(of: .icmpv6) {
            var words = ByteBuffer()
            packet.summarize(icmp, context: SummaryContext(), to: &words)
            draw(step, words.bytes, conversation)
        } else if let transport = packet.firstIndex(of: step.transport == .tcp ? .tcp : .udp) {
            draw(step, packet.payload(at: transport), conversation)
        }
    }

    private mutating func draw(_ step: ConversationStep, _ preview: RawSpan, _ conversation: Conversation) {
        recorder.add(step, preview: preview)
        live.add(step, preview: preview, conversation: conversation, interface: interface, to: &buffer)
        requirePrintable(buffer.bytes, allowing: .onlyASCII)
        buffer.removeAll()
    }

    mutating func finish() {
        for transport in [Transport.tcp, .udp] {
            for number in 0..<table.startedCount(transport) {
                if let conversation = table.conversation(transport, number) { finish(conversation) }
            }
        }
    }

    private mutating func finish(_ conversation: Conversation) {
        live.finish(conversation, interface: interface, to: &buffer)
        requirePrintable(buffer.bytes, allowing: .onlyASCII)
        buffer.removeAll()
        recorder.render(conversation, interface: interface, to: &buffer)
        requirePrintable(buffer.bytes)
        buffer.removeAll()
    }
}

/// Ends the run unless every layer begins inside the captured bytes, none before the one around it.
private func requireSound(_ packet: Packet) {
    var start = 0
    for index in 0..<packet.layers.count {
        let layer = packet.layers[index]
        if layer.offset < start || layer.offset > packet.frame.capturedLength { finding("a layer outside its frame") }
        start = layer.offset
    }
}

/// Ends the run unless every line of a tree is indented: none was begun by bytes off the wire.
private func requireIndented(_ text: RawSpan) {
    var offset = 0
    while offset < text.byteCount {
        if text.byteCount - offset < 4 { finding("a short line in a tree") }
        for column in 0..<4 where text[offset + column] != 0x20 { finding("a line of a tree without its indentation") }
        while offset < text.byteCount && text[offset] != 0x0a { offset += 1 }
        offset += 1
    }
}
