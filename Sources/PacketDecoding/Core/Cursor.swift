/// Reads the headers of one frame in order, each after a bounds check. What a protocol reads later, when it describes a
/// layer, it reads through ``Packet/header(_:at:)`` and the bounds-checked accessors of `RawSpan`.
///
/// It knows two ends: where the enclosing layer says its content stops, and how far bytes of that content are there:
/// up to the end of the capture, of the frame, and of every layer around it, whatever an inner length claims.
/// All offsets count from the start of the frame.
public struct Cursor: ~Escapable, BitwiseCopyable {
    /// All captured bytes of the frame.
    public let bytes: RawSpan
    /// Offset of the next byte to read.
    public private(set) var offset: Int
    /// Where the enclosing layer's content ends on the wire; may lie beyond the captured bytes.
    public private(set) var end: Int
    /// Where the bytes end that may be read: the least of the captured bytes and of every end so far.
    private var limit: Int

    /// - Parameter wireLength: the frame's length on the wire, in bytes.
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, wireLength: Int) {
        self.bytes = bytes
        self.offset = 0
        self.end = wireLength
        self.limit = min(bytes.byteCount, wireLength)
    }

    /// In the midst of a frame, by its three ends.
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, at offset: Int, end: Int, limit: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
        self.limit = limit
    }

    /// Bytes from here to the end the enclosing layer gives, captured or not.
    public var remaining: Int { max(0, end &- offset) }

    /// Bytes from here that were captured and belong to the enclosing layer.
    public var captured: Int { max(0, limit &- offset) }

    /// The bytes from here that were captured and belong to the enclosing layer.
    public var capturedBytes: RawSpan {
        @_lifetime(copy self)
        get { bytes.clipped(from: offset, to: limit) }
    }

    /// Reads a header and moves past it.
    @inline(__always)
    public mutating func read<Header: WireHeader>(_ type: Header.Type) throws(DecodeError) -> Header {
        try require(Header.size, for: Header.layer)
        let header = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Header.self)
        offset &+= Header.size
        return header
    }

    /// A header at the cursor without moving, or nil when it was not captured whole.
    @inline(__always)
    public func peek<Header: WireHeader>(_ type: Header.Type) -> Header? {
        guard captured >= Header.size else { return nil }
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Header.self)
    }

    /// The byte `distance` bytes ahead, or nil when it was not captured.
    @inline(__always)
    public func peekByte(_ distance: Int = 0) -> UInt8? {
        guard distance >= 0, captured > distance else { return nil }
        return bytes.byte(at: offset &+ distance)
    }

    /// The big-endian number in the two bytes `distance` bytes ahead, or nil when they were not captured.
    @inline(__always)
    public func peekUInt16(_ distance: Int = 0) -> UInt16? {
        guard distance >= 0, captured >= distance &+ 2 else { return nil }
        return bytes.uint16(at: offset &+ distance)
    }

    /// The big-endian number in the next four bytes, or nil when they were not captured.
    @inline(__always)
    public func peekUInt32() -> UInt32? {
        guard captured >= 4 else { return nil }
        return bytes.uint32(at: offset)
    }

    /// Demands `count` bytes from here.
    @inline(__always)
    public func require(_ count: Int, for layer: LayerKind) throws(DecodeError) {
        guard captured >= count else { throw shortage(of: count, since: offset, for: layer) }
    }

    /// The fault of a header that began at `start` and needs `count` bytes in all: either the enclosing layer's own
    /// length leaves too few, or the bytes it promises are not there.
    @inline(never)
    public func shortage(of count: Int, since start: Int, for layer: LayerKind) -> DecodeError {
        let available = max(0, end &- start)
        if available < count {
            return DecodeError(layer, at: start, .tooShort(needed: count, available: available))
        }
        let captured = max(0, limit &- start)
        return DecodeError(layer, at: start, .truncated(needed: count, captured: captured))
    }

    /// Moves `count` bytes on, never past the enclosing layer's end.
    @inline(__always)
    public mutating func skip(_ count: Int) {
        offset &+= min(max(0, count), remaining)
    }

    /// Narrows (or, where a header claims more than the layer around it holds, widens) the end to `newEnd`.
    @inline(__always)
    public mutating func setEnd(_ newEnd: Int) {
        end = max(offset, newEnd)
        limit = min(limit, end)
    }

    /// Narrows the end to `length` bytes from here; never widens it.
    @inline(__always)
    public mutating func narrow(to length: Int) {
        if length < remaining { setEnd(offset &+ length) }
    }
}
