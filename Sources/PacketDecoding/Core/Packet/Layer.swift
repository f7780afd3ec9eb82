/// What a walk notes about a layer beside its place.
@frozen public struct LayerTraits: OptionSet, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Part of the packet that an ICMP error quotes.
    @inlinable public static var quoted: LayerTraits { LayerTraits(rawValue: 1 << 0) }
    /// Carried in a first fragment: the layer's content goes on in packets that are not looked at here.
    @inlinable public static var fragment: LayerTraits { LayerTraits(rawValue: 1 << 1) }
    /// Only the beginning of the header was captured; a fault says what is missing.
    @inlinable public static var partial: LayerTraits { LayerTraits(rawValue: 1 << 2) }
    /// An application message sent by the server (the well-known port).
    @inlinable public static var fromServer: LayerTraits { LayerTraits(rawValue: 1 << 3) }
    /// A message that goes on in the next segment, which tells more of it.
    @inlinable public static var continues: LayerTraits { LayerTraits(rawValue: 1 << 4) }
    /// A message whose body goes on in the next segment, or to where nothing in it says.
    @inlinable public static var bodyContinues: LayerTraits { LayerTraits(rawValue: 1 << 5) }
}

/// One decoded layer: what it is and where it lies. All offsets count from the start of the frame, in bytes.
@frozen public struct Layer: BitwiseCopyable, Hashable, Sendable {
    public let kind: LayerKind
    @usableFromInline var storedTraits: LayerTraits
    @usableFromInline let storedOffset, storedHeaderLength, storedEnd: UInt32

    /// - Parameters:
    ///   - offset: of the header's first byte.
    ///   - headerLength: with options, in bytes.
    ///   - end: where the layer's content ends on the wire by the layer's own length field, else the enclosing one's.
    @inlinable
    public init(_ kind: LayerKind, at offset: Int, headerLength: Int, end: Int, traits: LayerTraits = []) {
        self.kind = kind
        storedTraits = traits
        storedOffset = UInt32(clamping: offset)
        storedHeaderLength = UInt32(clamping: headerLength)
        storedEnd = UInt32(clamping: end)
    }

    /// All of them less than 2^32.
    @inline(__always)
    init(_ kind: LayerKind, within offset: Int, headerLength: Int, end: Int) {
        self.kind = kind
        storedTraits = []
        storedOffset = UInt32(truncatingIfNeeded: offset)
        storedHeaderLength = UInt32(truncatingIfNeeded: headerLength)
        storedEnd = UInt32(truncatingIfNeeded: end)
    }

    @inlinable public var traits: LayerTraits { storedTraits }
    @inlinable public var offset: Int { Int(storedOffset) }
    @inlinable public var headerLength: Int { Int(storedHeaderLength) }
    /// Where the layer's content ends on the wire; may lie beyond the captured bytes.
    @inlinable public var end: Int { Int(storedEnd) }
    @inlinable public var payloadOffset: Int { offset &+ headerLength }
    /// Length of the payload in bytes, as the lengths of the layer and of the one around it say;
    /// ``Packet/payloadLength(at:)`` is bounded by all layers around it.
    @inlinable public var statedPayloadLength: Int { max(0, end &- payloadOffset) }
    /// Length of the layer on the wire, header included, in bytes.
    @inlinable public var length: Int { max(0, end &- offset) }
}
