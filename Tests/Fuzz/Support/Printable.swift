// The promise that nothing but printable UTF-8 reaches the standard output, checked without the program's own code.

/// What a format may hold beside printable characters and the line feeds that end its lines.
public struct Allowance: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let nothing: Allowance = []
    public static let tabs = Allowance(rawValue: 1)
    /// The sequences that choose a colour (ECMA-48, SGR).
    public static let colors = Allowance(rawValue: 2)
    /// Nothing beyond ASCII either.
    public static let onlyASCII = Allowance(rawValue: 4)
}

/// Ends the run unless `text` is well-formed UTF-8, and all of it printable.
public func requirePrintable(_ text: RawSpan, allowing allowance: Allowance = .nothing) {
    var isASCII = true
    var offset = 0
    while offset < text.byteCount {
        // Eight bytes at a time, as long as they are plain.
        if text.byteCount - offset >= 8 && text.isPlain(at: offset) {
            offset += 8
            continue
        }
        for position in offset..<min(offset + 8, text.byteCount) {
            let byte = text[position]
            if byte < 0x20 && byte != 0x0a && !allowance.permits(byte, at: position, in: text) {
                finding("a C0 control")
            }
            if byte == 0x7f { finding("a delete character") }
            if byte >= 0x80 { isASCII = false }
        }
        offset += 8
    }
    guard !isASCII else { return }
    if allowance.contains(.onlyASCII) { finding("a character beyond ASCII") }
    unsafe text.withUnsafeBytes { bytes in
        guard let text = unsafe try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span) else {
            finding("bytes that are not UTF-8")
        }
        var scalars = text.makeUnicodeScalarIterator()
        while let scalar = scalars.next() {
            guard scalar.value >= 0x80 else { continue }
            switch scalar.properties.generalCategory {
            case .control, .format, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
                finding("a character that is not printable")
            default: break
            }
        }
    }
}

extension Allowance {
    /// Whether the control character at `position` may be there.
    fileprivate func permits(_ byte: UInt8, at position: Int, in text: RawSpan) -> Bool {
        if byte == 0x09 { return contains(.tabs) }
        guard byte == 0x1b, contains(.colors), position + 2 < text.byteCount, text[position + 1] == 0x5b else {
            return false
        }
        var end = position + 2
        while end < text.byteCount, text[end] == 0x3b || 0x30...0x39 ~= text[end] { end += 1 }
        return end < text.byteCount && text[end] == 0x6d
    }
}

/// Ends the run unless `text` is one line, and its only line feed the last byte.
public func requireOneLine(_ text: RawSpan) {
    if text.byteCount == 0 || text[text.byteCount - 1] != 0x0a { finding("a line without its end") }
    for offset in 0..<text.byteCount - 1 where text[offset] == 0x0a { finding("a line feed inside a line") }
}

extension RawSpan {
    /// Whether the eight bytes at `offset` are printable ASCII for certain. The test may fail some that are.
    fileprivate func isPlain(at offset: Int) -> Bool {
        let word = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        // The high bit of a byte: of one below 0x20, and of 0x7f.
        let control = word &- 0x2020_2020_2020_2020
        let delete = (word ^ 0x7f7f_7f7f_7f7f_7f7f) &- 0x0101_0101_0101_0101
        return ((word | control) | delete) & 0x8080_8080_8080_8080 == 0
    }
}
