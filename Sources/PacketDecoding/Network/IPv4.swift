// IPv4: RFC 791. DSCP and ECN: RFC 2474, RFC 3168.
//
//    0      3 4      7 8           13 14 15 16                31
//   +--------+--------+--------------+-----+-------------------+
//   |version |  IHL   |     DSCP     | ECN |   total length    |
//   |          identification              |flags| frag. offset|
//   |  time to live   |    protocol        |  header checksum  |
//   |                     source address                       |
//   |                  destination address                     |
//   |                  options, up to 40 bytes                 |
//   +----------------------------------------------------------+

/// The fixed part of an IPv4 header, as on the wire (20 bytes).
@frozen public struct IPv4Header: WireHeader {
    @usableFromInline let rawVersionAndLength, rawTrafficClass: UInt8
    @usableFromInline let rawTotalLength, rawIdentification, rawFragment: UInt16
    @usableFromInline let rawTimeToLive, rawProtocol: UInt8
    @usableFromInline let rawChecksum: UInt16
    @usableFromInline let rawSource, rawDestination: UInt32

    @inlinable public static var layer: LayerKind { .ipv4 }

    @inlinable public var version: Int { Int(rawVersionAndLength >> 4) }
    /// With options, in bytes: 20 to 60.
    @inlinable public var headerLength: Int { Int(rawVersionAndLength & 0x0f) &* 4 }
    /// Differentiated services code point, 0 to 63.
    @inlinable public var dscp: UInt8 { rawTrafficClass >> 2 }
    /// Explicit congestion notification, 0 to 3 (RFC 3168 section 5).
    @inlinable public var ecn: UInt8 { rawTrafficClass & 0x03 }
    /// Header and payload, in bytes; 0 where segmentation offload hid a larger packet.
    @inlinable public var totalLength: Int { Int(UInt16(bigEndian: rawTotalLength)) }
    @inlinable public var identification: UInt16 { UInt16(bigEndian: rawIdentification) }
    /// Must be zero (RFC 791 section 3.1).
    @inlinable public var hasReservedFlag: Bool { UInt16(bigEndian: rawFragment) & 0x8000 != 0 }
    @inlinable public var dontFragment: Bool { UInt16(bigEndian: rawFragment) & 0x4000 != 0 }
    @inlinable public var moreFragments: Bool { UInt16(bigEndian: rawFragment) & 0x2000 != 0 }
    /// Where this fragment's payload belongs in the datagram's, in bytes.
    @inlinable public var fragmentOffset: Int { Int(UInt16(bigEndian: rawFragment) & 0x1fff) &* 8 }
    /// Whether this is one fragment of several.
    @inlinable public var isFragment: Bool { UInt16(bigEndian: rawFragment) & 0x3fff != 0 }
    /// Hops left.
    @inlinable public var timeToLive: UInt8 { rawTimeToLive }
    @inlinable public var protocolNumber: IPProtocol { IPProtocol(rawValue: rawProtocol) }
    /// Over the header only.
    @inlinable public var checksum: UInt16 { UInt16(bigEndian: rawChecksum) }
    @inlinable public var source: IPv4Address { IPv4Address(rawValue: UInt32(bigEndian: rawSource)) }
    @inlinable public var destination: IPv4Address { IPv4Address(rawValue: UInt32(bigEndian: rawDestination)) }
}

extension IPv4Header: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        if let first = cursor.peekByte(), first >> 4 != 4 {
            // Where the version contradicts the number that led here, the version is right. Only an EtherType says IPv4
            // and nothing else; the other numbers are those of IP, too.
            if first >> 4 == 6 && !(decoder.carrier?.hasEtherType ?? false) { return .ipv6 }
            try decoder.appendBeginning(of: .ipv4, length: 1, cursor)
            if first >> 4 == 6 { return .ipv6 }
            throw DecodeError(.ipv4, at: start, .badVersion(Int(first >> 4)))
        }
        guard cursor.captured >= size else {
            try decoder.appendBeginning(of: .ipv4, length: cursor.captured, cursor)
            throw cursor.shortage(of: size, since: start, for: .ipv4)
        }
        let header = try cursor.read(IPv4Header.self)
        guard header.headerLength >= size else {
            try decoder.append(Layer(.ipv4, at: start, headerLength: 1, end: cursor.end, traits: .partial))
            throw DecodeError(.ipv4, at: start, .badLength(header.headerLength))
        }
        // Segmentation offload leaves 0 in frames too long for the field: then the frame's end is the packet's.
        if header.totalLength != 0 {
            guard header.totalLength >= header.headerLength else {
                try decoder.append(Layer(.ipv4, at: start, headerLength: 4, end: cursor.end, traits: .partial))
                throw DecodeError(.ipv4, at: start, .badLength(header.totalLength))
            }
            cursor.setEnd(start &+ header.totalLength)
        }
        guard cursor.captured >= header.headerLength &- size else {
            try decoder.append(
                Layer(
                    .ipv4, at: start, headerLength: size &+ cursor.captured, end: cursor.end, traits: .partial))
            throw cursor.shortage(of: header.headerLength, since: start, for: .ipv4)
        }
        cursor.skip(header.headerLength &- size)
        try decoder.append(Layer(.ipv4, at: start, headerLength: header.headerLength, end: cursor.end))
        guard header.fragmentOffset == 0 else { return nil }
        if header.moreFragments { decoder.enterFragment() } else { decoder.leaveFragment() }
        return LayerKind(header.protocolNumber)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(IPv4Header.self, at: index) else {
            return describeBeginning(packet.headerBytes(at: index), to: &sink)
        }
        sink.number("version", header.version)
        sink.number("header_length", header.headerLength)
        sink.trafficClass(header.rawTrafficClass)
        sink.number("total_length", header.totalLength)
        sink.number("identification", header.identification)
        describeFlags(UInt16(bigEndian: header.rawFragment), to: &sink)
        sink.number("fragment_offset", header.fragmentOffset)
        sink.number("ttl", header.timeToLive)
        sink.number("protocol", header.protocolNumber.rawValue, meaning: header.protocolNumber.name)
        sink.checksum(header.checksum, checksumStatus(at: index, of: packet))
        sink.address("source", header.source)
        sink.address("destination", header.destination)
        if header.headerLength > size {
            IPv4Option.describe(packet.headerBytes(at: index).clipped(from: size, to: header.headerLength), to: &sink)
        }
    }

    @inlinable
    static func describeFlags(_ field: UInt16, to sink: inout some FieldSink & ~Copyable) {
        sink.beginList("flags")
        if field & 0x8000 != 0 { sink.listWord("reserved") }
        if field & 0x4000 != 0 { sink.listWord("dont_fragment") }
        if field & 0x2000 != 0 { sink.listWord("more_fragments") }
        sink.endList()
    }

    /// The fields of a header of which only the first bytes are there, or make sense.
    @inlinable
    static func describeBeginning(_ bytes: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        guard bytes.byteCount >= 1 else { return }
        let version = bytes.byte(at: 0) >> 4
        sink.number("version", version)
        guard version == 4 else { return }
        sink.number("header_length", Int(bytes.byte(at: 0) & 0x0f) &* 4)
        guard bytes.byteCount >= 2 else { return }
        sink.trafficClass(bytes.byte(at: 1))
        guard bytes.byteCount >= 4 else { return }
        sink.number("total_length", bytes.uint16(at: 2))
        if bytes.byte(at: 0) & 0x0f > 5 {
            sink.beginList("options")
            sink.endList()
        }
        guard bytes.byteCount >= 6 else { return }
        sink.number("identification", bytes.uint16(at: 4))
        guard bytes.byteCount >= 8 else { return }
        describeFlags(bytes.uint16(at: 6), to: &sink)
        sink.number("fragment_offset", Int(bytes.uint16(at: 6) & 0x1fff) &* 8)
        guard bytes.byteCount >= 9 else { return }
        sink.number("ttl", bytes.byte(at: 8))
        guard bytes.byteCount >= 10 else { return }
        let protocolNumber = IPProtocol(rawValue: bytes.byte(at: 9))
        sink.number("protocol", protocolNumber.rawValue, meaning: protocolNumber.name)
        guard bytes.byteCount >= 12 else { return }
        sink.checksum(bytes.uint16(at: 10), .unverified)
        guard bytes.byteCount >= 16 else { return }
        sink.address("source", IPv4Address(rawValue: bytes.uint32(at: 12)))
    }

    /// Nothing: the line has given the addresses, and what follows speaks for itself.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {}

    /// Verifies the header checksum of IPv4 layer `index`.
    @inlinable
    public static func checksumStatus(at index: Int, of packet: Packet) -> ChecksumStatus {
        let bytes = packet.headerBytes(at: index)
        guard bytes.byteCount == packet.header(IPv4Header.self, at: index)?.headerLength else { return .unverified }
        var sum = InternetChecksum()
        sum.add(bytes)
        if sum.folded == 0xffff { return .good }
        // Segmentation offload leaves length and checksum to the card together.
        return packet.header(IPv4Header.self, at: index)?.totalLength == 0 ? .offloaded : .bad
    }
}
