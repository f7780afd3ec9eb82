/// Why a packet's walk ended early: which layer, where, what was needed and what was there.
///
/// A fault is data. It ends the walk of one packet, never the program; the layers before it stay. Every packet has
/// room for one, so it is packed: 16 bytes.
@frozen public struct DecodeError: Error, Hashable, BitwiseCopyable, Sendable {
    @frozen public enum Reason: Hashable, BitwiseCopyable, Sendable {
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
    @usableFromInline let kind: Kind
    @usableFromInline let storedOffset, first, second: UInt32

    /// The reason without its numbers.
    @usableFromInline @frozen enum Kind: UInt8, BitwiseCopyable {
        case truncated, tooShort, badLength, badVersion, badValue, tooDeep
    }

    /// - Parameters:
    ///   - offset: of the layer's first byte, from the frame's.
    ///   - reason: its numbers are at least 0, and less than 2^32 or kept as 2^32 - 1.
    public init(_ layer: LayerKind, at offset: Int, _ reason: Reason) {
        self.layer = layer
        storedOffset = UInt32(clamping: offset)
        let numbers: (Int, Int)
        switch reason {
        case .truncated(let needed, let captured): (kind, numbers) = (.truncated, (needed, captured))
        case .tooShort(let needed, let available): (kind, numbers) = (.tooShort, (needed, available))
        case .badLength(let length): (kind, numbers) = (.badLength, (length, 0))
        case .badVersion(let version): (kind, numbers) = (.badVersion, (version, 0))
        case .badValue(let value): (kind, numbers) = (.badValue, (value, 0))
        case .tooDeep: (kind, numbers) = (.tooDeep, (0, 0))
        }
        (first, second) = (UInt32(clamping: numbers.0), UInt32(clamping: numbers.1))
    }

    /// Offset of the layer's first byte from the start of the frame.
    @inlinable public var offset: Int { Int(storedOffset) }

    @inlinable public var reason: Reason {
        switch kind {
        case .truncated: .truncated(needed: Int(first), captured: Int(second))
        case .tooShort: .tooShort(needed: Int(first), available: Int(second))
        case .badLength: .badLength(Int(first))
        case .badVersion: .badVersion(Int(first))
        case .badValue: .badValue(Int(first))
        case .tooDeep: .tooDeep
        }
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
