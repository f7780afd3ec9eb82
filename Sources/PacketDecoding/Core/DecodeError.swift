/// Why a packet's walk ended early: which layer, where, what was needed and what was there.
///
/// A fault is data. It ends the walk of one packet, never the program; the layers before it stay.
public struct DecodeError: Error, Hashable, BitwiseCopyable, Sendable {
    public enum Reason: Hashable, BitwiseCopyable, Sendable {
        /// The capture ends inside the header: bytes `needed` and bytes `captured`, both from the header's start.
        case truncated(needed: Int, captured: Int)
        /// The enclosing layer's length leaves too few bytes, however much was captured.
        case tooShort(needed: Int, available: Int)
        /// A length field with a value no valid packet has, in bytes.
        case badLength(Int)
        /// A version field with a value this layer does not have.
        case badVersion(Int)
        /// A field whose value contradicts the layer it is in.
        case badValue(Int)
        /// More layers than ``PacketDecoder/maximumLayers``.
        case tooDeep
    }

    public let layer: LayerKind
    /// Offset of the layer's first byte from the start of the frame.
    public let offset: Int
    public let reason: Reason

    @inlinable
    public init(_ layer: LayerKind, at offset: Int, _ reason: Reason) {
        self.layer = layer
        self.offset = offset
        self.reason = reason
    }
}

extension DecodeError: CustomStringConvertible {
    public var description: String {
        let what =
            switch reason {
            case .truncated(let needed, let captured): "needs \(needed) bytes, \(captured) captured"
            case .tooShort(let needed, let available): "needs \(needed) bytes, \(available) there"
            case .badLength(let length): "impossible length \(length)"
            case .badVersion(let version): "impossible version \(version)"
            case .badValue(let value): "impossible value \(value)"
            case .tooDeep: "more layers than are decoded"
            }
        return "\(layer.name) at offset \(offset): \(what)"
    }
}
