// What of text off the wire may reach a terminal, and how wide it is there.

internal import PacketDecoding

/// The next piece of untrusted text: a character that is shown as it is, or an escape in its place.
struct EscapedCharacter {
    enum Form {
        /// A printable character, copied.
        case plain(Unicode.Scalar)
        /// A backslash and this character.
        case short(UInt8)
        /// `\xNN`: a control character or a byte that is not UTF-8.
        case byte(UInt8)
        /// `\u{N}`: a character that is not printable.
        case scalar(UInt32)
    }

    let form: Form
    /// Bytes it takes in the text.
    let length: Int

    /// The unit at `offset`, which must lie inside `bytes`.
    ///
    /// - Parameter asciiOnly: escapes everything beyond ASCII.
    init(in bytes: RawSpan, at offset: Int, asciiOnly: Bool = false) {
        let first = bytes.byte(at: offset)
        if first < 0x80 {
            length = 1
            form =
                switch first {
                case 0x0a: .short(0x6e)
                case 0x0d: .short(0x72)
                case 0x09: .short(0x74)
                case 0x22, 0x5c: .short(first)
                case 0x20...0x7e: .plain(Unicode.Scalar(first))
                default: .byte(first)
                }
            return
        }
        guard let (scalar, count) = bytes.multibyteScalar(at: offset) else {
            length = 1
            form = .byte(first)
            return
        }
        length = count
        form = asciiOnly || !scalar.isPrintable ? .scalar(scalar.value) : .plain(scalar)
    }

    /// Terminal columns it takes, escapes included.
    var columns: Int {
        switch form {
        case .plain(let scalar): scalar.columns
        case .short: 2
        case .byte: 4
        case .scalar(let value): 4 + max(1, (35 - value.leadingZeroBitCount) / 4)
        }
    }
}

extension Unicode.Scalar {
    /// Whether it is shown for what it is: no control, no format character (directions of writing, joiners, tags), no
    /// separator but the ASCII space, and assigned for everyone (Unicode Standard section 4.5). All others are invisible
    /// or look like something else, so that a terminal or a reader could see what is not there.
    var isPrintable: Bool {
        if value < 0x7f { return value >= 0x20 }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }

    /// Columns in a terminal: 0 for combining and format characters, 2 for East Asian wide ones and emoji
    /// (Unicode Standard Annex 11), else 1.
    var columns: Int {
        if value < 0x300 { return 1 }
        switch value {
        // Arabic, Syriac and Kaithi signs that enclose numbers are format characters with a shape.
        case 0x600...0x605, 0x6dd, 0x70f, 0x890...0x891, 0x8e2, 0x110bd, 0x110cd: return 1
        // Vowels and final consonants of Hangul join the syllable before them.
        case 0x1160...0x11ff, 0xd7b0...0xd7fb: return 0
        default: break
        }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch value {
        case 0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3,
            0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18dff,
            0x1aff0...0x1b2ff, 0x1f200...0x1f2ff, 0x20000...0x3fffd:
            return 2
        default: return properties.isEmojiPresentation ? 2 : 1
        }
    }
}

extension RawSpan {
    /// How many bytes from `offset` on are ASCII that needs no escape.
    func plainASCIICount(from offset: Int) -> Int {
        var end = offset
        while byteCount &- end >= 8 {
            let word = UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: end, as: UInt64.self))
            let marks = word.unplainBytes
            if marks != 0 { return end &+ marks.trailingZeroBitCount / 8 &- offset }
            end &+= 8
        }
        while end < byteCount {
            let byte = byte(at: end)
            guard byte >= 0x20, byte < 0x7f, byte != 0x22, byte != 0x5c else { break }
            end &+= 1
        }
        return end &- offset
    }

    /// The character of two to four bytes at `offset`; nil where the bytes are not well-formed UTF-8 (RFC 3629).
    func multibyteScalar(at offset: Int) -> (scalar: Unicode.Scalar, length: Int)? {
        let first = byte(at: offset)
        let length: Int
        let minimum: UInt32
        var value: UInt32
        switch first {
        case 0xc2...0xdf: (length, minimum, value) = (2, 0x80, UInt32(first & 0x1f))
        case 0xe0...0xef: (length, minimum, value) = (3, 0x800, UInt32(first & 0x0f))
        case 0xf0...0xf4: (length, minimum, value) = (4, 0x10000, UInt32(first & 0x07))
        default: return nil
        }
        guard byteCount &- offset >= length else { return nil }
        for index in 1..<length {
            let byte = byte(at: offset &+ index)
            guard byte & 0xc0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        // Overlong forms and surrogates are not characters.
        guard value >= minimum, let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, length)
    }
}

extension ByteBuffer {
    mutating func write(_ unit: EscapedCharacter) {
        switch unit.form {
        case .plain(let scalar):
            for byte in scalar.utf8 { write(byte: byte) }
        case .short(let character):
            write(byte: 0x5c)
            write(byte: character)
        case .byte(let value):
            write("\\x")
            hex(UInt64(value), digits: 2)
        case .scalar(let value):
            write("\\u{")
            hex(UInt64(value), digits: 0)
            write("}")
        }
    }

    /// Bytes off the wire as text, escaped, in at most `columns` terminal columns; never ends inside an escape.
    ///
    /// - Returns: the columns used, and whether all of it went in.
    mutating func escaped(_ bytes: RawSpan, columns: Int, asciiOnly: Bool) -> (columns: Int, whole: Bool) {
        var used = 0
        var offset = 0
        while offset < bytes.byteCount {
            let unit = EscapedCharacter(in: bytes, at: offset, asciiOnly: asciiOnly)
            guard used + unit.columns <= columns else { return (used, false) }
            write(unit)
            used += unit.columns
            offset += unit.length
        }
        return (used, true)
    }
}

/// Text of this program's own in a buffer, measured and cut by terminal columns.
extension RawSpan {
    /// Terminal columns of printable UTF-8.
    var columns: Int {
        var total = 0
        var offset = 0
        while offset < byteCount {
            let (columns, length) = character(at: offset)
            total += columns
            offset += length
        }
        return total
    }

    /// Bytes of the longest beginning that takes at most `limit` columns.
    func byteCount(ofColumns limit: Int) -> Int {
        var total = 0
        var offset = 0
        while offset < byteCount {
            let (columns, length) = character(at: offset)
            guard total + columns <= limit else { break }
            total += columns
            offset += length
        }
        return offset
    }

    private func character(at offset: Int) -> (columns: Int, length: Int) {
        guard byte(at: offset) >= 0x80, let (scalar, length) = multibyteScalar(at: offset) else { return (1, 1) }
        return (scalar.columns, length)
    }
}

extension UInt64 {
    /// The topmost bit of each byte that is no ASCII, a control character, a quote or a backslash. Above the first such
    /// byte, the lowest, other bits may be set, too.
    @inline(__always)
    fileprivate var unplainBytes: UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Where a byte less this many has borrowed, it was less.
        let controls = self &- ones &* 0x20
        let deletes = (self ^ ones &* 0x7f) &- ones
        let quotes = (self ^ ones &* 0x22) &- ones
        let backslashes = (self ^ ones &* 0x5c) &- ones
        return (self | controls | deletes | quotes | backslashes) & (ones &* 0x80)
    }
}
