// MPLS label stack entries: RFC 3032, traffic class: RFC 5462. Over UDP: RFC 7510.
//
//    0                                  19 20  22 23 24     31
//   +-------------------------------------+------+--+---------+
//   |                label                |  TC  | S|   TTL   |
//   +-------------------------------------+------+--+---------+

/// One label stack entry, as on the wire (4 bytes).
@frozen public struct MPLSLabel: WireHeader {
    @usableFromInline let rawEntry: UInt32

    @inlinable public static var layer: LayerKind { .mpls }

    @inlinable var entry: UInt32 { UInt32(bigEndian: rawEntry) }
    /// 20 bits; 0 to 15 are special purpose (RFC 7274).
    @inlinable public var label: UInt32 { entry >> 12 }
    /// 0 to 7.
    @inlinable public var trafficClass: UInt8 { UInt8(truncatingIfNeeded: entry >> 9) & 0x07 }
    /// Whether the payload follows, not another label.
    @inlinable public var isBottomOfStack: Bool { entry & 0x100 != 0 }
    /// Hops left.
    @inlinable public var timeToLive: UInt8 { UInt8(truncatingIfNeeded: entry) }

    /// The name of a special purpose label in the IANA registry.
    @inlinable public var labelName: StaticString? {
        switch label {
        case 0: "IPv4 explicit null"
        case 1: "router alert"
        case 2: "IPv6 explicit null"
        case 3: "implicit null"
        case 7: "entropy label indicator"
        case 13: "generic associated channel"
        case 14: "OAM alert"
        case 15: "extension"
        default: nil
        }
    }
}

extension MPLSLabel: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(MPLSLabel.self)
        try decoder.append(Layer(.mpls, at: start, headerLength: size, end: cursor.end))
        guard header.isBottomOfStack else { return cursor.remaining > 0 ? .mpls : nil }
        // What these labels announce is a message to the label switches, whatever its first bits are (RFC 5586, RFC 3429).
        if header.label == 13 || header.label == 14 { return nil }
        return try payload(at: &cursor)
    }

    /// What the stack carries, which no field tells: packets begin with their IP version, and an Ethernet pseudowire
    /// either with a control word, whose first four bits are 0, or with the frame (RFC 4385 section 3).
    private static func payload(at cursor: inout Cursor) throws(DecodeError) -> LayerKind? {
        guard cursor.remaining > 0 else { return nil }
        guard let first = cursor.peekByte() else { throw cursor.shortage(of: 1, since: cursor.offset, for: .rawIP) }
        switch first >> 4 {
        case 4: return .ipv4
        case 6: return .ipv6
        case 0:
            if !beginsWithAddresses(cursor) { cursor.skip(4) }
            return cursor.remaining > 0 ? .ethernet : nil
        default: return nil
        }
    }

    /// Whether two MAC addresses that a manufacturer gave lie at the cursor, not a control word.
    private static func beginsWithAddresses(_ cursor: Cursor) -> Bool {
        guard cursor.remaining >= EthernetHeader.size, let destination = cursor.peekUInt16(),
            let source = cursor.peekUInt16(6)
        else { return false }
        // A control word without flags looks like a manufacturer's number too; then the other address must be one of
        // the numbers that were given out without gaps.
        if destination == 0 { return source < 0x0026 }
        return (destination | source) & 0x0300 == 0
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(MPLSLabel.self, at: index) else { return }
        sink.number("label", header.label, meaning: header.labelName)
        sink.number("traffic_class", header.trafficClass)
        sink.boolean("bottom_of_stack", header.isBottomOfStack)
        sink.number("ttl", header.timeToLive)
    }

    /// `MPLS (label 18, tc 0, [S], ttl 255) `; the labels after the first without the word.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(MPLSLabel.self, at: index) else { return }
        sink.write(index > 0 && packet.layers[index &- 1].kind == .mpls ? "(label " : "MPLS (label ")
        sink.decimal(header.label)
        sink.write(", tc ")
        sink.decimal(header.trafficClass)
        if header.isBottomOfStack { sink.write(", [S]") }
        sink.write(", ttl ")
        sink.decimal(header.timeToLive)
        sink.write(")")
    }
}
