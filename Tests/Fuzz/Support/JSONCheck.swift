// Whether a line is JSON (RFC 8259), checked without a library, which would be slower than all that is fuzzed.

/// Ends the run unless `text` is one JSON object and a line feed.
func requireJSON(_ text: RawSpan) {
    var check = JSONCheck(text)
    if !check.object() || check.offset != text.byteCount - 1 { finding("a line that is no JSON object") }
}

/// Ends the run unless `text` is JSON objects, each and a line feed, or nothing.
public func requireJSONLines(_ text: RawSpan) {
    var check = JSONCheck(text)
    while check.offset < text.byteCount {
        if !check.object() || !check.take("\n") { finding("a line that is no JSON object") }
    }
}

/// Walks over values; each step says whether it found what it is called after.
private struct JSONCheck: ~Escapable {
    private let text: RawSpan
    private(set) var offset = 0

    @_lifetime(copy text)
    init(_ text: RawSpan) { self.text = text }

    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard offset < text.byteCount, text[offset] == byte.value else { return false }
        offset += 1
        return true
    }

    mutating func object() -> Bool {
        guard take("{") else { return false }
        if take("}") { return true }
        repeat {
            guard string(), take(":"), value() else { return false }
        } while take(",")
        return take("}")
    }

    private mutating func array() -> Bool {
        guard take("[") else { return false }
        if take("]") { return true }
        repeat {
            guard value() else { return false }
        } while take(",")
        return take("]")
    }

    private mutating func value() -> Bool {
        guard offset < text.byteCount else { return false }
        switch text[offset] {
        case 0x7b: return object()
        case 0x5b: return array()
        case 0x22: return string()
        case 0x66: return word("false")
        case 0x6e: return word("null")
        case 0x74: return word("true")
        default: return number()
        }
    }

    private mutating func word(_ word: StaticString) -> Bool {
        for index in 0..<word.utf8CodeUnitCount {
            guard offset < text.byteCount, unsafe text[offset] == word.utf8Start[index] else { return false }
            offset += 1
        }
        return true
    }

    /// Without an exponent: none is ever written.
    private mutating func number() -> Bool {
        _ = take("-")
        let start = offset
        let digits = digitCount()
        guard digits == 1 || digits > 1 && text[start] != 0x30 else { return false }
        return !take(".") || digitCount() > 0
    }

    /// Passes over digits; how many.
    private mutating func digitCount() -> Int {
        let start = offset
        while offset < text.byteCount, 0x30...0x39 ~= text[offset] { offset += 1 }
        return offset - start
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while offset < text.byteCount {
            let byte = text[offset]
            offset += 1
            if byte == 0x22 { return true }
            if byte < 0x20 { return false }
            if byte == 0x5c && !escape() { return false }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard offset < text.byteCount else { return false }
        let byte = text[offset]
        offset += 1
        switch byte {
        case 0x22, 0x2f, 0x5c, 0x62, 0x66, 0x6e, 0x72, 0x74: return true
        case 0x75:
            guard text.byteCount - offset >= 4 else { return false }
            for _ in 0..<4 {
                switch text[offset] {
                case 0x30...0x39, 0x41...0x46, 0x61...0x66: offset += 1
                default: return false
                }
            }
            return true
        default: return false
        }
    }
}
