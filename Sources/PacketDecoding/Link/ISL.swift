// Cisco's inter-switch link: an Ethernet frame within one to a multicast address of Cisco's, tagged with its VLAN
// (Cisco, Inter-Switch Link and IEEE 802.1Q Frame Format).
//
//    0                       4 5      6             11 12     13
//   +-------------------------+--------+---------------+--------+
//   | 01:00:0c:00:00 or 03:…  |type,use| source        | length |
//   +-------------------------+--------+---------------+--------+
//   | aa aa 03 | vendor, 3 | VLAN, BPDU | index | reserved      |
//   +----------+-----------+------------+-------+---------------+

/// The header of an inter-switch link frame, as on the wire (26 bytes).
@frozen public struct ISLHeader: WireHeader {
    @usableFromInline let rawDestination: (UInt8, UInt8, UInt8, UInt8, UInt8)
    @usableFromInline let rawTypeAndUse: UInt8
    public let source: MACAddress
    @usableFromInline let rawLength: UInt16
    @usableFromInline let rawSNAP: (UInt8, UInt8, UInt8)
    @usableFromInline let rawVendor: (UInt8, UInt8, UInt8)
    @usableFromInline let rawVLAN, rawIndex, rawReserved: UInt16

    @inlinable public static var layer: LayerKind { .isl }

    /// What is carried: 0 Ethernet, 1 Token Ring, 2 FDDI, 3 ATM.
    @inlinable public var frameType: UInt8 { rawTypeAndUse >> 4 }
    /// Of what follows this field, without the check sequence, in bytes.
    @inlinable public var length: Int { Int(UInt16(bigEndian: rawLength)) }
    @inlinable public var vlan: UInt16 { UInt16(bigEndian: rawVLAN) >> 1 }
    @inlinable public var isBPDU: Bool { UInt16(bigEndian: rawVLAN) & 1 != 0 }

    /// Whether an IEEE 802.3 frame at `cursor` is one of these.
    static func isNext(at cursor: Cursor) -> Bool {
        cursor.peekByte().map { $0 & ~0x02 == 0x01 } ?? false
            && cursor.peekUInt16(1) == 0x000c && cursor.peekUInt16(3) == 0
    }
}

extension ISLHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(ISLHeader.self)
        // The length counts from behind itself, twelve bytes before the frame that is carried.
        cursor.narrow(to: max(0, header.length &- 12))
        try decoder.append(Layer(.isl, at: start, headerLength: size, end: cursor.end))
        return header.frameType == 0 && cursor.remaining > 0 ? .ethernet : nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(ISLHeader.self, at: index) else { return }
        sink.number("frame_type", header.frameType)
        sink.address("source", header.source)
        sink.number("length", header.length)
        sink.number("id", header.vlan)
        sink.boolean("bpdu", header.isBPDU)
    }

    /// `ISL, vlan 5`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(ISLHeader.self, at: index) else { return }
        sink.write("ISL, vlan ")
        sink.decimal(header.vlan)
    }
}
