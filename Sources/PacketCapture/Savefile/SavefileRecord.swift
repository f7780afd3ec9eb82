import PacketDecoding

/// A packet's record as it was found, before it has a number.
@unsafe struct SavefileRecord {
    /// The captured bytes; valid until more of the file is read.
    var bytes: UnsafeRawPointer
    var capturedLength: Int
    /// Length on the wire as the record states it.
    var statedLength: Int
    /// Nil where the record carries none.
    var timestamp: Timestamp?
    var linkType: LinkType
    /// pcapng's interface number, in its section.
    var interface: UInt32?
}

/// Reading numbers in the byte order of the file.
extension RawSpan {
    /// The number at `offset`, in this host's byte order or, swapped, in the other. Bounds are checked.
    @inline(__always)
    func number<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, at offset: Int, isSwapped: Bool
    ) -> Value {
        let value = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
        return isSwapped ? value.byteSwapped : value
    }
}
