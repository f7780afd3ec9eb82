// Cisco's HDLC: link type 104 (LINKTYPE_C_HDLC), https://www.tcpdump.org/linktypes.html; RFC 1547 section 4.3.1.
//
//    0        7 8       15 16           31
//   +----------+----------+---------------+
//   | address  | control  |   protocol    |
//   +----------+----------+---------------+

/// The header of a Cisco HDLC frame, as on the wire (4 bytes).
@frozen public struct CiscoHDLCHeader: WireHeader {
    @usableFromInline let rawAddress, rawControl: UInt8
    @usableFromInline let rawProtocol: UInt16

    @inlinable public static var layer: LayerKind { .ciscoHDLC }

    /// 0x0f unicast, 0x8f multicast.
    @inlinable public var address: UInt8 { rawAddress }
    /// 0.
    @inlinable public var control: UInt8 { rawControl }
    /// An EtherType, but 0x8035 is Cisco's own keep-alive (SLARP).
    @inlinable public var protocolNumber: UInt16 { UInt16(bigEndian: rawProtocol) }

    @inlinable
    static func isAddress(_ byte: UInt8) -> Bool { byte & 0x7f == 0x0f }

    @inlinable public var name: StaticString? {
        switch protocolNumber {
        case 0x2000: "CDP"
        case 0x8035: "SLARP"
        default: EtherType(rawValue: protocolNumber).name
        }
    }
}

extension CiscoHDLCHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(CiscoHDLCHeader.self)
        try decoder.append(Layer(.ciscoHDLC, at: start, headerLength: size, end: cursor.end))
        switch EtherType(rawValue: header.protocolNumber) {
        case .ipv4: return .ipv4
        case .ipv6: return .ipv6
        case .mpls, .mplsMulticast: return .mpls
        default: return nil
        }
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(CiscoHDLCHeader.self, at: index) else { return }
        sink.hexNumber("address", header.address, digits: 2)
        sink.hexNumber("control", header.control, digits: 2)
        sink.hexNumber("protocol", header.protocolNumber, digits: 4, meaning: header.name)
    }

    /// `CHDLC, ethertype IPv4 (0x0800), length 64`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(CiscoHDLCHeader.self, at: index) else { return }
        sink.write("CHDLC, ")
        if header.protocolNumber == 0x8035 {
            sink.write("SLARP")
        } else {
            sink.etherType(header.protocolNumber)
        }
        sink.write(", length ")
        sink.decimal(packet.frame.wireLength)
    }
}
