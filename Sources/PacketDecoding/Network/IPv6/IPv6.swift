// IPv6: RFC 8200 section 3. Traffic class: RFC 2474, RFC 3168.
//
//    0      3 4            11 12                               31
//   +--------+---------------+----------------------------------+
//   |version | traffic class |            flow label            |
//   |      payload length              | next header |hop limit |
//   |                 source address, 16 bytes                  |
//   |               destination address, 16 bytes               |
//   +-----------------------------------------------------------+

/// The fixed IPv6 header, as on the wire (40 bytes).
@frozen public struct IPv6Header: WireHeader {
    @usableFromInline let rawFirstWord: UInt32
    @usableFromInline let rawPayloadLength: UInt16
    @usableFromInline let rawNextHeader, rawHopLimit: UInt8
    public let source, destination: IPv6Address

    @inlinable public static var layer: LayerKind { .ipv6 }

    @inlinable public var version: Int { Int(UInt32(bigEndian: rawFirstWord) >> 28) }
    /// Differentiated services code point, 0 to 63.
    @inlinable public var dscp: UInt8 { UInt8(truncatingIfNeeded: UInt32(bigEndian: rawFirstWord) >> 22) & 0x3f }
    /// Explicit congestion notification, 0 to 3 (RFC 3168 section 5).
    @inlinable public var ecn: UInt8 { UInt8(truncatingIfNeeded: UInt32(bigEndian: rawFirstWord) >> 20) & 0x03 }
    /// 20 bits; 0 when the packet belongs to no flow (RFC 6437).
    @inlinable public var flowLabel: UInt32 { UInt32(bigEndian: rawFirstWord) & 0xf_ffff }
    /// Everything after this header, extension headers included, in bytes; 0 in a jumbogram (RFC 2675) and
    /// where segmentation offload hid a larger packet.
    @inlinable public var payloadLength: Int { Int(UInt16(bigEndian: rawPayloadLength)) }
    @inlinable public var nextHeader: IPProtocol { IPProtocol(rawValue: rawNextHeader) }
    /// Hops left.
    @inlinable public var hopLimit: UInt8 { rawHopLimit }
}

extension IPv6Header: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        if let first = cursor.peekByte(), first >> 4 != 6 {
            try decoder.appendBeginning(of: .ipv6, length: 1, cursor)
            throw DecodeError(.ipv6, at: start, .badVersion(Int(first >> 4)))
        }
        guard cursor.captured >= size else {
            try decoder.appendBeginning(of: .ipv6, length: cursor.captured, cursor)
            throw cursor.shortage(of: size, since: start, for: .ipv6)
        }
        decoder.leaveFragment()
        let header = try cursor.read(IPv6Header.self)
        if header.payloadLength != 0 {
            cursor.setEnd(start &+ size &+ header.payloadLength)
        } else if header.nextHeader == .hopByHop, let length = IPv6Option.jumboPayloadLength(at: cursor) {
            cursor.setEnd(start &+ size &+ length)
        }
        try decoder.append(Layer(.ipv6, at: start, headerLength: size, end: cursor.end))
        return LayerKind(header.nextHeader)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(IPv6Header.self, at: index) else {
            return describeBeginning(packet.headerBytes(at: index), to: &sink)
        }
        sink.number("version", header.version)
        sink.trafficClass(header.dscp << 2 | header.ecn)
        sink.hexNumber("flow_label", header.flowLabel, digits: 5)
        sink.number("payload_length", header.payloadLength)
        sink.number("next_header", header.nextHeader.rawValue, meaning: header.nextHeader.name)
        sink.number("hop_limit", header.hopLimit)
        sink.address("source", header.source)
        sink.address("destination", header.destination)
    }

    /// The fields of a header of which only the first bytes are there, or make sense.
    @inlinable
    static func describeBeginning(_ bytes: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        guard bytes.byteCount >= 1 else { return }
        let version = bytes.byte(at: 0) >> 4
        sink.number("version", version)
        guard version == 6, bytes.byteCount >= 4 else { return }
        let first = bytes.uint32(at: 0)
        sink.trafficClass(UInt8(truncatingIfNeeded: first >> 20))
        sink.hexNumber("flow_label", first & 0xf_ffff, digits: 5)
        guard bytes.byteCount >= 6 else { return }
        sink.number("payload_length", bytes.uint16(at: 4))
        guard bytes.byteCount >= 7 else { return }
        let next = IPProtocol(rawValue: bytes.byte(at: 6))
        sink.number("next_header", next.rawValue, meaning: next.name)
        guard bytes.byteCount >= 8 else { return }
        sink.number("hop_limit", bytes.byte(at: 7))
        guard bytes.byteCount >= 24 else { return }
        sink.address("source", IPv6Address(bytes, at: 8))
    }

    /// Nothing: the line has given the addresses, and what follows speaks for itself.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {}
}
