// VN-Tags: the virtual port that a frame of a virtual machine comes from or goes to, between its host's network card and
// the switch (EtherType 8926; IEEE 802.1BR, which took it up, draws the older format of Cisco's VN-Link).
//
//    0 1 2                16 17 18 20                32            47
//   +-+-+------------------+--+--+---+------------------+------------+
//   |D|P|  destination     |L |R |ver|   source         | EtherType  |
//   +-+-+------------------+--+--+---+------------------+------------+

/// A VN-Tag without its EtherType, as on the wire (6 bytes).
@frozen public struct VNTag: WireHeader {
    @usableFromInline let rawDestination, rawSource, rawType: UInt16

    @inlinable public static var layer: LayerKind { .vnTag }

    /// Whether the frame is on its way to the virtual machine; else to the switch.
    @inlinable public var isDownwards: Bool { UInt16(bigEndian: rawDestination) & 0x8000 != 0 }
    /// Whether the destination is a list of ports.
    @inlinable public var isList: Bool { UInt16(bigEndian: rawDestination) & 0x4000 != 0 }
    /// The virtual interface, or the list of them, that the frame is for: 14 bits.
    @inlinable public var destination: UInt16 { UInt16(bigEndian: rawDestination) & 0x3fff }
    /// Whether the frame comes back to the host that sent it, which must drop its own copy.
    @inlinable public var isLooped: Bool { UInt16(bigEndian: rawSource) & 0x8000 != 0 }
    @inlinable public var version: UInt16 { UInt16(bigEndian: rawSource) >> 12 & 0x3 }
    /// The virtual interface that the frame comes from: 12 bits.
    @inlinable public var source: UInt16 { UInt16(bigEndian: rawSource) & 0x0fff }
    /// From 1536 an EtherType, up to 1500 the length of an IEEE 802.3 payload in bytes.
    @inlinable public var typeOrLength: UInt16 { UInt16(bigEndian: rawType) }
}

extension VNTag: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let tag = try cursor.read(VNTag.self)
        if tag.typeOrLength <= 1500 { cursor.narrow(to: Int(tag.typeOrLength)) }
        try decoder.append(Layer(.vnTag, at: start, headerLength: size, end: cursor.end))
        return EtherType.layer(after: tag.typeOrLength)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let tag = packet.header(VNTag.self, at: index) else { return }
        sink.word("direction", tag.isDownwards ? "to_interface" : "to_bridge")
        sink.boolean("destination_is_list", tag.isList)
        sink.number("destination", tag.destination)
        sink.boolean("looped", tag.isLooped)
        sink.number("version", tag.version)
        sink.number("source", tag.source)
        sink.typeOrLength(tag.typeOrLength)
    }

    /// `VN-Tag 5 > 12`, with `list` and `looped` where that is so.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let tag = packet.header(VNTag.self, at: index) else { return }
        sink.write("VN-Tag ")
        sink.decimal(tag.source)
        sink.write(tag.isList ? " > list " : " > ")
        sink.decimal(tag.destination)
        if tag.isLooped { sink.write(", looped") }
    }
}
