/// A fixed-size header laid out exactly as on the wire.
///
/// Stored properties are the raw big-endian fields, in order and without padding (a test holds the size);
/// accessors give host values. Loading one is a single bounds check and an unaligned load.
public protocol WireHeader: BitwiseCopyable, Sendable {
    /// The layer this header starts.
    static var layer: LayerKind { get }

    /// Whether a layer of `kind` has it.
    static func begins(_ kind: LayerKind) -> Bool

    /// Where it lies in layer `index`, which is of a kind that has it, from the start of the frame.
    static func offset(inLayer index: Int, of packet: Packet) -> Int
}

extension WireHeader {
    /// Size on the wire, in bytes.
    @inlinable public static var size: Int { MemoryLayout<Self>.size }

    @inlinable public static func begins(_ kind: LayerKind) -> Bool { kind == layer }

    @inlinable public static func offset(inLayer index: Int, of packet: Packet) -> Int { packet.layers[index].offset }
}
