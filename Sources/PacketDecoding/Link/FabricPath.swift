// Cisco FabricPath: an Ethernet frame within one between switches, whose addresses name switches, with the tree it
// takes and the hops it has left (Cisco, FabricPath Configuration Guide, Frame Format).
//
//    0                6                12        14               16
//   +----------------+----------------+---------+----------------+
//   | to switch      | from switch    |  8903   | tree, hops left|
//   +----------------+----------------+---------+----------------+

/// The header of a FabricPath frame, as on the wire (16 bytes).
@frozen public struct FabricPathHeader: WireHeader {
    public let destination, source: MACAddress
    @usableFromInline let rawType, rawTag: UInt16

    @inlinable public static var layer: LayerKind { .fabricPath }
    /// What stands where an Ethernet header has its EtherType.
    @inlinable public static var etherType: UInt16 { 0x8903 }

    /// Which of the topology's trees the frame takes, 0 to 1023.
    @inlinable public var forwardingTag: UInt16 { UInt16(bigEndian: rawTag) >> 6 }
    /// Hops left, 0 to 63.
    @inlinable public var timeToLive: UInt16 { UInt16(bigEndian: rawTag) & 0x3f }
}

extension FabricPathHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        _ = try cursor.read(FabricPathHeader.self)
        try decoder.append(Layer(.fabricPath, at: start, headerLength: size, end: cursor.end))
        return cursor.remaining > 0 ? .ethernet : nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(FabricPathHeader.self, at: index) else { return }
        sink.address("destination", header.destination)
        sink.address("source", header.source)
        sink.number("forwarding_tag", header.forwardingTag)
        sink.number("ttl", header.timeToLive)
    }

    /// `FabricPath, tag 1, ttl 32`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(FabricPathHeader.self, at: index) else { return }
        sink.write("FabricPath, tag ")
        sink.decimal(header.forwardingTag)
        sink.write(", ttl ")
        sink.decimal(header.timeToLive)
    }
}
