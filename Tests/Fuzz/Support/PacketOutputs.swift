// What `read` prints.

import Conversations
import PacketDecoding
import Rendering

/// Decodes as `read` does: the greeting also where only its conversation tells.
private struct Recognition: ~Copyable {
    private var bases = SequenceBases(seed: 1)
    private var greetings = GreetingRecognizer(seed: 1)

    /// Hands `body` the packet, and what its numbers count from.
    mutating func decode(
        _ frame: Frame, _ decoder: inout PacketDecoder, _ body: (Packet, SegmentBases?) -> Void
    ) {
        var known: SegmentBases?
        let hint: ApplicationHint?
        do {
            let packet = decoder.decode(frame)
            requireSound(packet)
            if let tcp = packet.firstIndex(of: .tcp) { known = bases.bases(for: packet, at: tcp) }
            hint = greetings.hint(for: packet, opening: known?.opening)
            if hint == nil { return body(packet, known) }
        }
        let packet = decoder.decode(frame, application: hint)
        requireSound(packet)
        body(packet, known)
    }
}

struct Lines: Output, ~Copyable {
    private var recognition = Recognition()
    private var line: SummaryLine
    private var buffer: ByteBuffer
    private let isAbsolute, isBrief: Bool

    init(_ choices: Choices, _ buffer: consuming ByteBuffer) {
        let styles: [TimeStyle] = [.clock, .dateAndClock, .sincePrevious, .sinceFirst]
        var options = SummaryOptions()
        options.time = TimeFormat(
            styles[choices.pair(0)], precision: choices.option(2) ? .nanoseconds : .microseconds)
        options.showsLinkHeader = choices.option(3)
        options.showsNumber = choices.option(2)
        options.usesColor = choices.option(4)
        line = SummaryLine(options)
        isAbsolute = choices.option(2)
        isBrief = choices.option(4)
        self.buffer = buffer
    }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        recognition.decode(frame, &decoder) { packet, bases in
            var context = SummaryContext()
            context.isBrief = isBrief
            if !isAbsolute, let bases, bases.isRelative {
                context.sequenceBase = bases.sequence
                context.acknowledgmentBase = bases.acknowledgment
            }
            line.write(packet, context: context, utcOffset: 3600, to: &buffer)
        }
        requirePrintable(buffer.bytes, allowing: isBrief ? .colors : .nothing)
        requireOneLine(buffer.bytes)
        buffer.removeAll()
    }
}

struct Trees: Output, ~Copyable {
    private var recognition = Recognition()
    private var buffer: ByteBuffer
    private let showsBytes, showsRelative: Bool

    init(_ choices: Choices, _ buffer: consuming ByteBuffer) {
        showsBytes = choices.option(0)
        showsRelative = choices.option(1)
        self.buffer = buffer
    }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        recognition.decode(frame, &decoder) { packet, bases in
            buffer.verboseTree(packet, showsBytes: showsBytes, bases: showsRelative ? bases : nil)
        }
        requirePrintable(buffer.bytes)
        requireIndented(buffer.bytes)
        buffer.removeAll()
    }
}

struct Records: Output, ~Copyable {
    private var recognition = Recognition()
    private var buffer: ByteBuffer

    init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        recognition.decode(frame, &decoder) { packet, _ in buffer.jsonRecord(packet) }
        requirePrintable(buffer.bytes)
        requireOneLine(buffer.bytes)
        requireJSON(buffer.bytes)
        buffer.removeAll()
    }
}

struct Dumps: Output, ~Copyable {
    private var buffer: ByteBuffer
    private let style: HexDumpStyle
    private let includesLinkHeader: Bool

    init(_ choices: Choices, _ buffer: consuming ByteBuffer) {
        let styles: [HexDumpStyle] = [.hex, .hexAndASCII, .ascii, .ascii]
        style = styles[choices.pair(0)]
        includesLinkHeader = choices.option(2)
        self.buffer = buffer
    }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        let packet = decoder.decode(frame)
        requireSound(packet)
        buffer.hexDump(packet, style, includesLinkHeader: includesLinkHeader)
        requirePrintable(buffer.bytes, allowing: .tabs)
        buffer.removeAll()
    }
}

struct Fragments: Output, ~Copyable {
    private var buffer: ByteBuffer
    private var wholeDecoder = PacketDecoder(ports: ports)
    private var conversations = ConversationTable(seed: 1, ports: ports)
    /// With so little memory that datagrams have to make room for others.
    private var reassembler = IPReassembler(memoryLimit: 0, seed: 1)

    init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

    mutating func show(_ frame: Frame, _ decoder: inout PacketDecoder) {
        let packet = decoder.decode(frame)
        requireSound(packet)
        if packet.isFragment { add(packet) } else { _ = conversations.observe(packet) }
        requirePrintable(buffer.bytes)
        requireIndented(buffer.bytes)
        buffer.removeAll()
    }

    private mutating func add(_ fragment: Packet) {
        guard let whole = reassembler.add(fragment) else { return }
        let packet = wholeDecoder.decode(whole.frame)
        requireSound(packet)
        buffer.reassembledTree(whole, packet, showsBytes: true)
        _ = conversations.observe(packet)
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
