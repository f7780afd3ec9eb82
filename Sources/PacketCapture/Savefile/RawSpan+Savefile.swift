import PacketDecoding

// Reading what stands in a savefile.
extension RawSpan {
    /// The number at `offset`, in this host's byte order or, swapped, in the other. Bounds are checked.
    @inline(__always)
    func number<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, at offset: Int, isSwapped: Bool
    ) -> Value {
        let value = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
        return isSwapped ? value.byteSwapped : value
    }

    /// A text: strings do not end with a zero byte (section 3.5), but some programs write one.
    var upToZero: RawSpan {
        @_lifetime(copy self)
        get {
            let length = byteOffsets.first { byte(at: $0) == 0 } ?? byteCount
            return extracting(..<length)
        }
    }
}
