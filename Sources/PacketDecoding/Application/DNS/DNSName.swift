// Domain names: RFC 1035 section 3.1. Compression: section 4.1.4. Text form: section 5.1.
//
//    0      7 8                     0  1 2         15
//   +--------+--------//-----+     +---+------------+
//   | length |  label …      |  …  |1 1|  offset    |
//   +--------+--------//-----+     +---+------------+

/// What makes a DNS message unreadable.
@usableFromInline enum DNSFlaw: Error {
    /// It ends before the field that ends at byte `needed`.
    case cut(needed: Int)
    /// A label's first byte of an unknown form, or a pointer that does not lead backwards.
    case badLabel(UInt16)
    /// A name of more than 255 bytes or 128 steps.
    case longName(Int)
    /// Data of a length that its record's type does not have.
    case badLength(Int)
}

/// Goes through the labels of a name, pointers included. Each pointer leads to before where the last one led, so that
/// there is an end to them.
@usableFromInline struct DNSLabels {
    /// Of the next length byte.
    private var offset: Int
    /// Pointers must lead to before this.
    private var start: Int
    private var steps = 0
    private var length = 1
    /// The first byte after the name where it stands; known once the labels there have been read.
    @usableFromInline private(set) var end: Int?

    /// - Parameter offset: of the name, from the start of the message.
    @usableFromInline
    init(at offset: Int) {
        self.offset = offset
        start = offset
    }

    /// Where the next label lies in `message`; nil at the end of the name.
    @usableFromInline @inline(__always)
    mutating func next(in message: RawSpan) throws(DNSFlaw) -> Range<Int>? {
        while true {
            guard offset < message.byteCount else { throw .cut(needed: offset &+ 1) }
            steps &+= 1
            // RFC 1035 section 3.1: 255 bytes at most, so 127 labels and the root.
            guard steps <= 128 else { throw .longName(length) }
            let first = message.byte(at: offset)
            switch first >> 6 {
            case 0:
                if first == 0 {
                    end = end ?? offset &+ 1
                    return nil
                }
                let label = offset &+ 1..<offset &+ 1 &+ Int(first)
                guard label.upperBound <= message.byteCount else { throw .cut(needed: label.upperBound) }
                length &+= label.count &+ 1
                guard length <= 255 else { throw .longName(length) }
                offset = label.upperBound
                return label
            case 3:
                guard offset &+ 2 <= message.byteCount else { throw .cut(needed: offset &+ 2) }
                let pointer = message.uint16(at: offset)
                end = end ?? offset &+ 2
                let target = Int(pointer & 0x3fff)
                guard target < start else { throw .badLabel(pointer) }
                start = target
                offset = target
            default:
                throw .badLabel(UInt16(first))
            }
        }
    }

    /// The first byte after the name at `offset`, wherever its pointers lead; nil where it ends nowhere.
    @usableFromInline
    static func skip(nameAt offset: Int, in message: RawSpan) -> Int? {
        var offset = offset
        while offset < message.byteCount {
            let first = message.byte(at: offset)
            switch first >> 6 {
            case 0: offset &+= 1 &+ Int(first)
            case 3: return offset &+ 2
            default: return nil
            }
            if first == 0 { return offset }
        }
        return nil
    }

    /// The first byte after the name at `offset`, all of which must be readable.
    @usableFromInline
    static func end(ofNameAt offset: Int, in message: RawSpan) throws(DNSFlaw) -> Int {
        var labels = DNSLabels(at: offset)
        while try labels.next(in: message) != nil {}
        return labels.end ?? message.byteCount
    }
}

/// How the text form spells the next piece of a label (RFC 1035 section 5.1).
@usableFromInline enum DNSLabelPiece {
    /// So many bytes as they are.
    case plain(Int)
    /// A byte with a backslash before it.
    case quoted(UInt8)
    /// A byte as a backslash and three decimal digits.
    case number(UInt8)

    /// The piece that begins at `offset`, before `end`.
    @usableFromInline
    init(in message: RawSpan, at offset: Int, before end: Int) {
        var next = offset
        while next < end {
            let count = Self.plainLength(in: message, at: next, before: end)
            if count == 0 { break }
            next &+= count
        }
        if next > offset {
            self = .plain(next &- offset)
        } else {
            let byte = message.byte(at: offset)
            self = byte == 0x2e || byte == 0x5c || byte == 0x22 ? .quoted(byte) : .number(byte)
        }
    }

    /// How many bytes the character at `offset` has; 0 where it needs an escape. Names are UTF-8 where they are more
    /// than ASCII (RFC 6763 section 4.1.3).
    private static func plainLength(in message: RawSpan, at offset: Int, before end: Int) -> Int {
        let first = message.byte(at: offset)
        if first < 0x80 {
            return first < 0x20 || first > 0x7e || first == 0x2e || first == 0x5c || first == 0x22 ? 0 : 1
        }
        let count: Int
        let minimum: UInt32
        switch first {
        case 0xc2...0xdf: (count, minimum) = (2, 0xa0)
        case 0xe0...0xef: (count, minimum) = (3, 0x800)
        case 0xf0...0xf4: (count, minimum) = (4, 0x1_0000)
        default: return 0
        }
        guard end &- offset >= count else { return 0 }
        var value = UInt32(first) & (0x7f >> UInt32(count))
        for index in 1..<count {
            let byte = message.byte(at: offset &+ index)
            guard byte & 0xc0 == 0x80 else { return 0 }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        switch value {
        // Surrogates are no characters; directions of writing, joiners and line ends show something that is not there.
        case 0xd800...0xdfff, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff: return 0
        default: return value >= minimum && value <= 0x10_ffff ? count : 0
        }
    }
}

/// A name's text form, decompressed: labels joined by dots, `.` for the root, and what a label cannot hold as it is
/// escaped: `a\.b`, `\010`.
@usableFromInline struct DNSName {
    // 255 bytes, each of which may need a backslash and three digits.
    private var text = InlineArray<1024, UInt8>(repeating: 0)
    private var count = 0
    /// The first byte after the name where it stands.
    @usableFromInline private(set) var end = 0

    /// - Parameter offset: from the start of the message.
    @usableFromInline
    init(_ message: RawSpan, at offset: Int) throws(DNSFlaw) {
        var labels = DNSLabels(at: offset)
        while let label = try labels.next(in: message) {
            if count > 0 { put(0x2e) }
            var index = label.lowerBound
            while index < label.upperBound {
                switch DNSLabelPiece(in: message, at: index, before: label.upperBound) {
                case .plain(let length):
                    for offset in index..<index &+ length { put(message.byte(at: offset)) }
                    index &+= length
                case .quoted(let byte):
                    put(0x5c)
                    put(byte)
                    index &+= 1
                case .number(let byte):
                    put(0x5c)
                    put(0x30 &+ byte / 100)
                    put(0x30 &+ byte / 10 % 10)
                    put(0x30 &+ byte % 10)
                    index &+= 1
                }
            }
        }
        if count == 0 { put(0x2e) }
        end = labels.end ?? message.byteCount
    }

    private mutating func put(_ byte: UInt8) {
        text[count] = byte
        count &+= 1
    }

    @usableFromInline var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get { unsafe text.span.bytes.extracting(first: count) }
    }
}
