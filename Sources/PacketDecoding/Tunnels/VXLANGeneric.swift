// Generic protocol extension of VXLAN: draft-ietf-nvo3-vxlan-gpe section 3, UDP port 4790.
//
//    0          7 8                    23 24            31
//   +------------+-----------------------+----------------+
//   | R R V V I P B O       reserved     | next protocol  |
//   |     VXLAN network identifier       |    reserved    |
//   +------------------------------------+----------------+

/// A VXLAN-GPE header, as on the wire (8 bytes).
@frozen public struct VXLANGenericHeader: WireHeader {
    @usableFromInline let rawFlags: UInt8
    @usableFromInline let rawReserved: (UInt8, UInt8)
    @usableFromInline let rawNextProtocol: UInt8
    @usableFromInline let rawNetwork: UInt32

    @inlinable public static var layer: LayerKind { .vxlanGeneric }

    @inlinable public var flags: UInt8 { rawFlags }
    /// What follows, by the draft's own numbers: 1 IPv4, 2 IPv6, 3 Ethernet, 4 NSH, 5 MPLS.
    @inlinable public var nextProtocol: UInt8 { rawNextProtocol }
    /// Which of the networks that share the underlying one this packet belongs to: 24 bits.
    @inlinable public var networkIdentifier: UInt32 { UInt32(bigEndian: rawNetwork) >> 8 }

    @inlinable var nextProtocolName: StaticString? {
        switch nextProtocol {
        case 1: "IPv4"
        case 2: "IPv6"
        case 3: "Ethernet"
        case 4: "NSH"
        case 5: "MPLS"
        default: nil
        }
    }
}

extension VXLANGenericHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(VXLANGenericHeader.self)
        try decoder.append(Layer(.vxlanGeneric, at: start, headerLength: size, end: cursor.end))
        guard cursor.remaining > 0 else { return nil }
        switch header.nextProtocol {
        case 1: return .ipv4
        case 2: return .ipv6
        case 3: return .ethernet
        case 5: return .mpls
        default: return nil
        }
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(VXLANGenericHeader.self, at: index) else { return }
        sink.hexNumber("flags", header.flags, digits: 2)
        sink.number("next_protocol", header.nextProtocol, meaning: header.nextProtocolName)
        sink.number("vni", header.networkIdentifier)
    }

    /// `VXLAN-GPE, next protocol IPv4, vni 1`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(VXLANGenericHeader.self, at: index) else { return }
        sink.write("VXLAN-GPE, next protocol ")
        sink.name(header.nextProtocolName, or: UInt16(header.nextProtocol))
        sink.write(", vni ")
        sink.decimal(header.networkIdentifier)
    }
}
