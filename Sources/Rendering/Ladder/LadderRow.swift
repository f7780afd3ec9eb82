// One row of a ladder: an arrow with its words.

internal import Conversations
internal import PacketDecoding

/// A step and the beginning of its payload, or of what that means, kept while it is not decided whether it is shown.
struct LadderRow {
    /// Bytes of payload or words kept.
    static let previewCapacity = 96

    private(set) var step: ConversationStep
    private var storage = InlineArray<96, UInt8>(repeating: 0)
    private var count = 0
    /// Whether words of decoders are kept, not the payload.
    let hasWords: Bool
    private let isCut: Bool

    /// - Parameter words: what the payload means; empty where that is not known.
    init(_ step: ConversationStep, preview: RawSpan, words: RawSpan = RawSpan()) {
        self.step = step
        hasWords = words.byteCount > 0
        let bytes = hasWords ? words : preview
        count = min(bytes.byteCount, Self.previewCapacity)
        // Words end between characters.
        if hasWords { while count > 0, count < bytes.byteCount, bytes.byte(at: count) & 0xc0 == 0x80 { count -= 1 } }
        isCut = hasWords && count < bytes.byteCount
        for index in 0..<count { storage[index] = bytes.byte(at: index) }
    }

    var preview: RawSpan {
        @_lifetime(borrow self)
        get { storage.span.extracting(first: count).raw }
    }

    /// With client and server the other way round.
    var reversed: LadderRow {
        var row = self
        row.step = step.reversed
        return row
    }

    /// Whether the payload reads as text: at most a quarter of its first 32 bytes need numbers to be written. What is
    /// encrypted reads as such by chance only.
    var isText: Bool {
        let bytes = preview.clipped(from: 0, to: 32)
        var offset = 0
        var numbered = 0
        while offset < bytes.byteCount {
            let unit = EscapedCharacter(in: bytes, at: offset)
            offset += unit.length
            switch unit.form {
            case .plain, .short: break
            // A character that is cut at the end is no fault of the payload's.
            case .byte: if offset + 3 < 32 || bytes.byteCount < 32 { numbered += unit.length }
            case .scalar: numbered += unit.length
            }
        }
        return numbered * 4 <= bytes.byteCount
    }

    /// Whether the payload, or the words, go on beyond the preview.
    var previewIsCut: Bool {
        if hasWords { return isCut }
        return step.notes.contains(.icmpError) ? count == Self.previewCapacity : step.payloadLength > count
    }
}

extension ByteBuffer {
    /// The words on a row's arrow, in at most `room` columns: `PSH s1+8 "Welcome!"`.
    mutating func ladderLabel(_ row: LadderRow, room: Int, _ glyphs: LadderGlyphs) {
        let step = row.step
        if step.notes.contains(.icmpError) {
            return row.preview.columns > room ? write("ICMP error") : preview(of: row, columns: room, glyphs)
        }
        switch step.transport {
        case .tcp: segment(step, room: room)
        case .udp: byteSize(step.payloadLength)
        }
        guard step.payloadLength > 0 else { return }
        if row.hasWords { return words(of: row, room: room, glyphs) }
        guard row.isText && step.application != .tls else { return hex(of: row, room: room, glyphs) }
        // A preview of fewer than three characters says nothing.
        let left = room - bytes.columns - 3
        guard left >= 3 else { return }
        write(" \"")
        preview(of: row, columns: left, glyphs)
        write("\"")
    }

    /// ` GET /index.html`: what is said comes before the numbers where there is no room for both.
    private mutating func words(of row: LadderRow, room: Int, _ glyphs: LadderGlyphs) {
        let head = min(row.preview.headColumns, 24)
        if room - bytes.columns - 1 < head, row.step.transport == .tcp {
            removeAll()
            flags(row.step.flags)
        }
        // Nearly every segment with payload has them, and how long a datagram is the header tells in sum.
        if room - bytes.columns - 1 < head, row.step.flags.isSubset(of: [.psh, .ack]) { removeAll() }
        if !isEmpty { write(" ") }
        let start = count
        let left = room - bytes.columns
        if words(row.preview, columns: left, glyphs), !row.previewIsCut { return }
        truncate(to: start)
        _ = words(row.preview, columns: left - glyphs.ellipsisColumns, glyphs)
        write(glyphs.ellipsis)
    }

    /// ` de ad be ef…`: what cannot be read as text.
    private mutating func hex(of row: LadderRow, room: Int, _ glyphs: LadderGlyphs) {
        let shown = row.preview
        var length = min(shown.byteCount, 8)
        let left = room - bytes.columns
        if 3 * length > left || row.step.payloadLength > length {
            length = min(length, (left - glyphs.ellipsisColumns) / 3)
        }
        guard length > 1 || length == row.step.payloadLength, length > 0 else { return }
        write(" ")
        hexBytes(shown.clipped(from: 0, to: length), separator: " ")
        if row.step.payloadLength > length { write(glyphs.ellipsis) }
    }

    private mutating func segment(_ step: ConversationStep, room: Int) {
        let isRoomy = room >= 40
        flags(step.congestionCounter == nil ? step.flags : step.flags.subtracting([.ece, .cwr, .ae]))
        if let counter = step.congestionCounter {
            write(" ace")
            decimal(Int(counter))
        }
        let tellsSequence = step.payloadLength > 0 || !step.flags.isDisjoint(with: [.syn, .fin, .rst])
        if tellsSequence {
            write(" s")
            decimal(step.relativeSequenceNumber)
        }
        if step.payloadLength > 0 {
            write("+")
            decimal(step.payloadLength)
        }
        // Beside data the acknowledgment number is the first to make room for the payload.
        if step.flags.contains(.ack) && (isRoomy || step.payloadLength == 0 || step.flags.contains(.fin)) {
            write(" a")
            decimal(step.relativeAcknowledgmentNumber)
        }
        if step.flags.contains(.syn) && (isRoomy || !step.flags.contains(.ack)) {
            write(" w")
            decimal(step.window)
            // As long as on loopback, it takes nine columns.
            if let size = step.maximumSegmentSize, bytes.columns + 9 <= room {
                write(" mss")
                decimal(size)
            }
        }
    }

    private static let flagNames: [(flag: TCPFlags, name: StaticString)] = [
        (.syn, "SYN"), (.fin, "FIN"), (.rst, "RST"), (.psh, "PSH"), (.urg, "URG"), (.ece, "ECE"), (.cwr, "CWR"),
        (.ae, "AE"),
    ]

    /// Flag names; ACK only beside SYN and where there is no other, since nearly every segment has it.
    private mutating func flags(_ flags: TCPFlags) {
        var needsComma = false
        for (flag, name) in Self.flagNames where flags.contains(flag) {
            if needsComma { write(",") }
            write(name)
            needsComma = true
            if flag == .syn && flags.contains(.ack) { write(",ACK") }
        }
        if !needsComma { write(flags.contains(.ack) ? "ACK" : "none") }
    }

    private mutating func preview(of row: LadderRow, columns: Int, _ glyphs: LadderGlyphs) {
        let start = count
        let (_, whole) = escaped(row.preview, columns: columns, asciiOnly: glyphs.usesASCII)
        guard !whole || row.previewIsCut else { return }
        truncate(to: start)
        let (_, fits) = escaped(
            row.preview, columns: columns - glyphs.ellipsisColumns, asciiOnly: glyphs.usesASCII)
        if !fits || row.previewIsCut { write(glyphs.ellipsis) }
    }
}

extension RawSpan {
    /// Columns of words up to the first comma: what is to be seen of them before all.
    fileprivate var headColumns: Int {
        var end = 0
        while end < byteCount, byte(at: end) != UInt8(ascii: ",") { end += 1 }
        return clipped(from: 0, to: end).columns
    }
}
