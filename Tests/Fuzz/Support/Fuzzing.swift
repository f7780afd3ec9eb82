// What the fuzz targets share: the input as a span, and findings.

/// Ends the run with a finding; libFuzzer keeps the input.
public func finding(_ what: StaticString) -> Never {
    fatalError("\(what)")
}

/// Hands libFuzzer's input to `body` as the program's own type for bytes.
public func withInput(_ start: UnsafePointer<UInt8>, _ count: Int, _ body: (RawSpan) -> Void) {
    unsafe body(RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count))
}

extension RawSpan {
    public subscript(_ offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
