// VLAN tags: IEEE 802.1Q section 9. A tag follows another tag, or the addresses of an Ethernet frame; its TPID is the
// type field before it (8100; service tags 88a8, older gear 9100).
//
//    0   2  3  4                  15 16         31
//   +-----+---+--------------------+-------------+
//   | PCP |DEI|  VLAN identifier   | type/length |
//   +-----+---+--------------------+-------------+

/// One VLAN tag without its TPID, as on the wire (4 bytes).
@frozen public struct VLANTag: WireHeader {
    @usableFromInline let rawControl, rawType: UInt16

    @inlinable public static var layer: LayerKind { .vlan }

    /// Priority code point, 0 to 7.
    @inlinable public var priority: UInt8 { UInt8(truncatingIfNeeded: UInt16(bigEndian: rawControl) >> 13) }
    /// Whether this frame goes first when a bridge is congested.
    @inlinable public var isDropEligible: Bool { UInt16(bigEndian: rawControl) & 0x1000 != 0 }
    /// VLAN identifier, 0 to 4095; 0 means that the tag carries only a priority.
    @inlinable public var identifier: UInt16 { UInt16(bigEndian: rawControl) & 0x0fff }
    /// From 1536 an EtherType, up to 1500 the length of an IEEE 802.3 payload in bytes.
    @inlinable public var typeOrLength: UInt16 { UInt16(bigEndian: rawType) }

    /// The kind of traffic that the priority is meant for (IEEE 802.1Q annex I).
    @inlinable public var priorityName: StaticString? {
        switch priority {
        case 0: "best effort"
        case 1: "background"
        case 2: "excellent effort"
        case 3: "critical applications"
        case 4: "video"
        case 5: "voice"
        case 6: "internetwork control"
        case 7: "network control"
        default: nil
        }
    }
}

extension VLANTag: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let tag = try cursor.read(VLANTag.self)
        if tag.typeOrLength <= 1500 { cursor.narrow(to: Int(tag.typeOrLength)) }
        try decoder.append(Layer(.vlan, at: start, headerLength: size, end: cursor.end))
        return EtherType.layer(after: tag.typeOrLength)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let tag = packet.header(VLANTag.self, at: index) else { return }
        sink.number("priority", tag.priority, meaning: tag.priorityName)
        sink.boolean("drop_eligible", tag.isDropEligible)
        sink.number("id", tag.identifier)
        sink.typeOrLength(tag.typeOrLength)
    }

    /// `vlan 5, p 0, ethertype IPv4 (0x0800)`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let tag = packet.header(VLANTag.self, at: index) else { return }
        sink.write("vlan ")
        sink.decimal(tag.identifier)
        sink.write(", p ")
        sink.decimal(tag.priority)
        if tag.isDropEligible { sink.write(", DEI") }
        sink.write(", ")
        sink.typeOrLength(tag.typeOrLength)
    }
}
