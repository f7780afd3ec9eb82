/// A fixed-size header laid out exactly as on the wire.
///
/// Stored properties are the raw big-endian fields, in order and without padding (a test holds the size);
/// accessors give host values. Loading one is a single bounds check and an unaligned load.
public protocol WireHeader: BitwiseCopyable, Sendable {
    /// The layer this header starts.
    static var layer: LayerKind { get }
}

extension WireHeader {
    /// Size on the wire, in bytes.
    @inlinable public static var size: Int { MemoryLayout<Self>.size }
}
