/// The chunks of an HTTP/1 body, as far as they were read (RFC 9112 section 7.1).
public struct HTTPChunks: BitwiseCopyable, Hashable, Sendable {
    private enum Place: UInt8, BitwiseCopyable {
        /// The digits of a chunk's size.
        case size
        /// What stands behind them.
        case sizeLine
        case data
        /// The end of line behind the data.
        case dataEnd
        /// The first byte of a line of trailers.
        case trailer
        case trailerLine
        /// It is no chunked body after all.
        case wrong
    }

    private var place = Place.size
    private var digits: UInt8 = 0
    /// Of the chunk: the size so far, then the data that is still to come.
    private var left: UInt64 = 0

    init() {}

    /// Whether it looks like chunks so far.
    var areSound: Bool { place != .wrong }

    /// Takes the bytes from `offset` on.
    ///
    /// - Returns: the offset behind the body's end; nil where it goes on.
    mutating func take(_ bytes: RawSpan, from offset: Int) -> Int? {
        var offset = offset
        while offset < bytes.byteCount {
            if place == .data {
                let step = min(left, UInt64(bytes.byteCount &- offset))
                left &-= step
                offset &+= Int(step)
                if left == 0 { place = .dataEnd }
                continue
            }
            let isLast = take(bytes.byte(at: offset))
            if place == .wrong { return nil }
            offset &+= 1
            if isLast { return offset }
        }
        return nil
    }

    /// Whether the body ends with `byte`.
    private mutating func take(_ byte: UInt8) -> Bool {
        switch place {
        case .size: takeSize(byte)
        case .sizeLine: if byte == 0x0a { endSize() }
        case .dataEnd:
            if byte == 0x0a {
                place = .size
                (digits, left) = (0, 0)
            } else if byte != 0x0d {
                place = .wrong
            }
        case .trailer:
            if byte == 0x0a { return true }
            if byte != 0x0d { place = .trailerLine }
        case .trailerLine: if byte == 0x0a { place = .trailer }
        case .data, .wrong: break
        }
        return false
    }

    private mutating func takeSize(_ byte: UInt8) {
        let digit: UInt8
        switch byte {
        case 0x30...0x39: digit = byte &- 0x30
        case 0x41...0x46: digit = byte &- 0x37
        case 0x61...0x66: digit = byte &- 0x57
        case 0x0a where digits > 0: return endSize()
        // An extension, and blanks before it.
        case 0x3b, 0x20, 0x09, 0x0d:
            place = digits > 0 ? .sizeLine : .wrong
            return
        default:
            place = .wrong
            return
        }
        digits &+= 1
        left = left << 4 | UInt64(digit)
        // More than any body has.
        if digits > 15 { place = .wrong }
    }

    private mutating func endSize() { place = left == 0 ? .trailer : .data }
}
