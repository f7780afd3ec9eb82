/// What a summary needs to know beyond its packet.
@frozen public struct SummaryContext: BitwiseCopyable, Sendable {
    /// Subtracted from TCP sequence numbers; 0 leaves them as on the wire.
    public var sequenceBase: UInt32 = 0
    /// Subtracted from TCP acknowledgment numbers and from the edges of SACK blocks.
    public var acknowledgmentBase: UInt32 = 0
    /// Shorter lines (`-q`).
    public var isBrief = false
    /// The line gives the link header (`-e`), which has already named what it leads to.
    public var showsLinkHeader = false

    /// What an application message means and how it went, alone, in the fewest words: without the protocol's name and
    /// numbers (the arrow of a ladder).
    public var isTerse = false

    @inlinable public init() {}
}

/// The fixed shape of a protocol: finding its layer, describing its fields, saying it in a few words.
///
/// `Registry.swift` lists every conforming type.
public protocol LayerProtocol {
    /// Reads the layer at the cursor, notes it in `decoder`, and says what follows; nil ends the walk.
    static func decode(_ cursor: inout Cursor, into decoder: inout PacketDecoder) throws(DecodeError) -> LayerKind?

    /// Every field of layer `index`, by the JSON schema's names; fields that were not captured are left out.
    static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable)

    /// Layer `index` in tcpdump's words, without its addresses and ports, which the line has already given.
    static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable)
}
