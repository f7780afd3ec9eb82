// Virtual extensible LAN: RFC 7348 section 5. The generic protocol extension has its own port and file.
//
//    0          7 8                    23 24            31
//   +------------+-----------------------+----------------+
//   | R R R R I R R R              reserved               |
//   |     VXLAN network identifier       |    reserved    |
//   +------------------------------------+----------------+

/// A VXLAN header, as on the wire (8 bytes).
@frozen public struct VXLANHeader: WireHeader {
    @usableFromInline let rawFlags: UInt8
    @usableFromInline let rawReserved: (UInt8, UInt8, UInt8)
    @usableFromInline let rawNetwork: UInt32

    @inlinable public static var layer: LayerKind { .vxlan }

    @inlinable public var flags: UInt8 { rawFlags }
    /// Whether the network identifier is valid.
    @inlinable public var hasNetworkIdentifier: Bool { rawFlags & 0x08 != 0 }
    /// Which of the networks that share the underlying one this frame belongs to: 24 bits.
    @inlinable public var networkIdentifier: UInt32 { UInt32(bigEndian: rawNetwork) >> 8 }
}

extension VXLANHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        try cursor.require(size, for: .vxlan)
        cursor.skip(size)
        try decoder.append(Layer(.vxlan, at: start, headerLength: size, end: cursor.end))
        // All flags but one are ignored on receipt.
        return cursor.remaining > 0 ? .ethernet : nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(VXLANHeader.self, at: index) else { return }
        sink.hexNumber("flags", header.flags, digits: 2)
        sink.number("vni", header.networkIdentifier)
    }

    /// `VXLAN, flags [I] (0x08), vni 1`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(VXLANHeader.self, at: index) else { return }
        sink.write(header.hasNetworkIdentifier ? "VXLAN, flags [I] (0x" : "VXLAN, flags [.] (0x")
        sink.hex(UInt64(header.flags), digits: 2)
        sink.write("), vni ")
        sink.decimal(header.networkIdentifier)
    }
}
