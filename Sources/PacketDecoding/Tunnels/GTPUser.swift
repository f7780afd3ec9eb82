// GPRS tunneling protocol, user plane: 3GPP TS 29.281 section 5.1.
//
//    0    2 3 4 5 6 7 8        15 16                     31
//   +------+-+-+-+-+-+-----------+--------------------------+
//   | ver  |P|*|E|S|N| msg. type |         length           |
//   |              tunnel endpoint identifier               |
//   |      sequence number       |  n-pdu no. | next ext.   |  when E, S or N
//   |              extension headers (E) ...                |
//   +-------------------------------------------------------+

/// The fixed part of a GTP-U header, as on the wire (8 bytes).
@frozen public struct GTPUserHeader: WireHeader {
    @usableFromInline let rawFlags, rawType: UInt8
    @usableFromInline let rawLength: UInt16
    @usableFromInline let rawEndpoint: UInt32

    @inlinable public static var layer: LayerKind { .gtpUser }

    /// 1.
    @inlinable public var version: UInt8 { rawFlags >> 5 }
    /// Whether this is GTP, not the charging protocol GTP'.
    @inlinable public var isGTP: Bool { rawFlags & 0x10 != 0 }
    @inlinable public var hasExtensions: Bool { rawFlags & 0x04 != 0 }
    @inlinable public var hasSequenceNumber: Bool { rawFlags & 0x02 != 0 }
    /// Whether the four bytes after the fixed part are there, of which each flag makes one field valid.
    @inlinable public var hasOptionalFields: Bool { rawFlags & 0x07 != 0 }
    /// 255 is a user's packet.
    @inlinable public var messageType: UInt8 { rawType }
    /// Of what follows these eight bytes.
    @inlinable public var length: Int { Int(UInt16(bigEndian: rawLength)) }
    /// The receiver's number of the tunnel.
    @inlinable public var tunnelEndpoint: UInt32 { UInt32(bigEndian: rawEndpoint) }

    @inlinable public var messageName: StaticString? {
        switch messageType {
        case 1: "echo request"
        case 2: "echo response"
        case 26: "error indication"
        case 31: "supported extension headers"
        case 254: "end marker"
        case 255: "user packet"
        default: nil
        }
    }
}

extension GTPUserHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        try cursor.require(size, for: .gtpUser)
        guard let header = cursor.peek(GTPUserHeader.self), header.version == 1, header.isGTP else { return nil }
        var length = size
        if header.hasOptionalFields {
            length &+= 4
            try cursor.require(length, for: .gtpUser)
            var next = header.hasExtensions ? cursor.peekByte(11) ?? 0 : 0
            while next != 0 {
                // In words of four bytes, and never none; the last byte is the next header's type.
                guard let words = cursor.peekByte(length) else {
                    throw cursor.shortage(of: length &+ 4, since: start, for: .gtpUser)
                }
                guard words > 0 else { throw DecodeError(.gtpUser, at: start, .badLength(0)) }
                length &+= Int(words) &* 4
                try cursor.require(length, for: .gtpUser)
                next = cursor.peekByte(length &- 1) ?? 0
            }
        }
        cursor.narrow(to: size &+ header.length)
        cursor.skip(length)
        try decoder.append(Layer(.gtpUser, at: start, headerLength: length, end: cursor.end))
        guard header.messageType == 255, cursor.remaining > 0 else { return nil }
        guard let first = cursor.peekByte() else { throw cursor.shortage(of: 1, since: cursor.offset, for: .rawIP) }
        // Nothing says what is carried. An IPv4 header has at least five words.
        switch first {
        case 0x45...0x4f: return .ipv4
        case 0x60...0x6f: return .ipv6
        default: return nil
        }
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(GTPUserHeader.self, at: index) else { return }
        sink.number("version", header.version)
        sink.number("message_type", header.messageType, meaning: header.messageName)
        sink.number("length", header.length)
        sink.hexNumber("tunnel_endpoint", header.tunnelEndpoint, digits: 8)
        let bytes = packet.headerBytes(at: index)
        guard header.hasSequenceNumber, bytes.byteCount >= 10 else { return }
        sink.number("sequence_number", bytes.uint16(at: 8))
    }

    /// `GTP-U, teid 0x1, length 52`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(GTPUserHeader.self, at: index) else { return }
        sink.write("GTP-U, ")
        if header.messageType != 255 {
            if let name = header.messageName {
                sink.write(name)
            } else {
                sink.write("type ")
                sink.decimal(header.messageType)
            }
            sink.write(", ")
        }
        sink.write("teid ")
        sink.hexNumber(header.tunnelEndpoint)
        sink.write(", length ")
        sink.decimal(header.length)
    }
}
