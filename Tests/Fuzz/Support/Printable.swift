// The promise that nothing but printable UTF-8 reaches the standard output, checked without the program's own code.

/// What a format may hold beside printable characters and the line feeds that end its lines.
public enum Allowance {
    case nothing
    case tabs
    /// Nothing beyond ASCII either.
    case onlyASCII
}

/// Ends the run unless `text` is well-formed UTF-8 without controls: C0, delete, C1, line and paragraph separators,
/// directions of writing.
public func requirePrintable(_ text: RawSpan, allowing allowance: Allowance = .nothing) {
    var previous: UInt8 = 0
    var beforePrevious: UInt8 = 0
    var isASCII = true
    for offset in 0..<text.byteCount {
        let byte = text[offset]
        if byte < 0x80 {
            if byte < 0x20 && byte != 0x0a && !(byte == 0x09 && allowance == .tabs) { finding("a C0 control") }
            if byte == 0x7f { finding("a delete character") }
        } else {
            isASCII = false
            switch (beforePrevious, previous, byte) {
            case (_, 0xc2, 0x80...0x9f): finding("a C1 control")
            case (_, 0xd8, 0x9c), (0xe2, 0x80, 0x8e...0x8f), (0xe2, 0x80, 0xaa...0xae), (0xe2, 0x81, 0xa6...0xa9):
                finding("a bidirectional control")
            case (0xe2, 0x80, 0xa8...0xa9): finding("a line or paragraph separator")
            default: break
            }
        }
        beforePrevious = previous
        previous = byte
    }
    guard !isASCII else { return }
    if allowance == .onlyASCII { finding("a character beyond ASCII") }
    let isUTF8 = unsafe text.withUnsafeBytes { bytes in
        unsafe (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil
    }
    if !isUTF8 { finding("bytes that are not UTF-8") }
}

/// Ends the run unless `text` is one line, and its only line feed the last byte.
public func requireOneLine(_ text: RawSpan) {
    if text.byteCount == 0 || text[text.byteCount - 1] != 0x0a { finding("a line without its end") }
    for offset in 0..<text.byteCount - 1 where text[offset] == 0x0a { finding("a line feed inside a line") }
}
