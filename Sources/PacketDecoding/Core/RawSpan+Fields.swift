// Reading single fields of captured bytes. Every access is bounds checked; callers check first, so that a
// failed check is our bug and never a packet's doing.

extension RawSpan {
    @inlinable
    public func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The big-endian number at `offset`.
    @inlinable
    public func uint16(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    /// The big-endian number at `offset`.
    @inlinable
    public func uint32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The big-endian number at `offset`.
    @inlinable
    public func uint64(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The header that begins at `offset`.
    @inlinable
    func header<Header: WireHeader>(_ type: Header.Type, at offset: Int) -> Header {
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type)
    }

    /// Whether the bytes from `offset` on begin with `text`.
    @inlinable
    public func starts(with text: StaticString, at offset: Int = 0) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset >= 0, byteCount &- offset >= count else { return false }
        let expected = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: count)
        for index in 0..<count where unsafe byte(at: offset &+ index) != expected[index] {
            return false
        }
        return true
    }

    /// The bytes from `start` up to `end`, clipped to what is there.
    @inlinable
    @_lifetime(copy self)
    public func clipped(from start: Int, to end: Int) -> RawSpan {
        let lower = min(max(0, start), byteCount)
        let upper = min(max(lower, end), byteCount)
        return extracting(lower..<upper)
    }
}
