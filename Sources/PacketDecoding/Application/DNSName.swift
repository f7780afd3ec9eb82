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

    /// The first byte after the name at `offset`, all of which must be readable.
    @usableFromInline
    static func end(ofNameAt offset: Int, in message: RawSpan) throws(DNSFlaw) -> Int {
        var labels = DNSLabels(at: offset)
        while try labels.next(in: message) != nil {}
        return labels.end ?? message.byteCount
    }
}

/// A name's text form, decompressed: labels joined by dots, `.` for the root, a dot or backslash within a label with a
/// backslash before it. Other bytes are as on the wire.
@usableFromInline struct DNSName {
    // 255 bytes, each of which may need a backslash.
    private var text = InlineArray<512, UInt8>(repeating: 0)
    private var count = 0
    /// The first byte after the name where it stands.
    @usableFromInline let end: Int

    /// - Parameter offset: from the start of the message.
    @usableFromInline
    init(_ message: RawSpan, at offset: Int) throws(DNSFlaw) {
        var labels = DNSLabels(at: offset)
        while let label = try labels.next(in: message) {
            if count > 0 {
                text[count] = UInt8(ascii: ".")
                count &+= 1
            }
            for index in label {
                let byte = message.byte(at: index)
                if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "\\") {
                    text[count] = UInt8(ascii: "\\")
                    count &+= 1
                }
                text[count] = byte
                count &+= 1
            }
        }
        if count == 0 {
            text[0] = UInt8(ascii: ".")
            count = 1
        }
        end = labels.end ?? message.byteCount
    }

    @usableFromInline var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get { unsafe text.span.bytes.extracting(first: count) }
    }
}
