// Generic routing encapsulation: RFC 2784; key and sequence number: RFC 2890; source routing: RFC 1701. Version 1
// (enhanced GRE, of PPTP): RFC 2637 section 4.1. Ethernet with a key (NVGRE): RFC 7637.
//
//    0 1 2 3 4            8          13 15 16            31
//   +-+-+-+-+-+-----------+-+----------+--+----------------+
//   |C|R|K|S| |           |A|          |ver  protocol type |
//   |      checksum (C or R)       |  offset (C or R)      |
//   |                       key (K)                        |
//   |                 sequence number (S)                  |
//   |              acknowledgment number (A)               |
//   |                 source routes (R) ...                |
//   +------------------------------------------------------+

/// The first four bytes of a GRE header, as on the wire.
@frozen public struct GREHeader: WireHeader {
    @usableFromInline let rawFlags, rawType: UInt16

    @inlinable public static var layer: LayerKind { .gre }

    @inlinable public var flagsAndVersion: UInt16 { UInt16(bigEndian: rawFlags) }
    /// What is carried: an EtherType.
    @inlinable public var protocolType: EtherType { EtherType(rawValue: UInt16(bigEndian: rawType)) }
    /// 0, or 1 for enhanced GRE.
    @inlinable public var version: UInt8 { UInt8(truncatingIfNeeded: flagsAndVersion & 0x07) }
    @inlinable public var hasChecksum: Bool { flagsAndVersion & 0x8000 != 0 }
    @inlinable public var hasRouting: Bool { flagsAndVersion & 0x4000 != 0 }
    @inlinable public var hasKey: Bool { flagsAndVersion & 0x2000 != 0 }
    @inlinable public var hasSequenceNumber: Bool { flagsAndVersion & 0x1000 != 0 }
    /// Only of enhanced GRE, and of the two protocols of mobile networks that borrow from it.
    @inlinable public var hasAcknowledgmentNumber: Bool {
        guard flagsAndVersion & 0x0080 != 0 else { return false }
        switch protocolType.rawValue {
        case 0x880b, 0x8881, 0x88d2: return true
        default: return false
        }
    }

    /// Offsets of the optional fields, from the header's start; of one that is not there, of what follows.
    @inlinable public var keyOffset: Int { hasChecksum || hasRouting ? 8 : 4 }
    @inlinable var sequenceOffset: Int { keyOffset &+ (hasKey ? 4 : 0) }
    @inlinable var acknowledgmentOffset: Int { sequenceOffset &+ (hasSequenceNumber ? 4 : 0) }
    /// Length up to the source routes, in bytes.
    @inlinable var fixedLength: Int { acknowledgmentOffset &+ (hasAcknowledgmentNumber ? 4 : 0) }
}

extension GREHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(GREHeader.self)
        let rest = header.fixedLength &- size
        guard cursor.captured >= rest else {
            try decoder.append(
                Layer(
                    .gre, at: start, headerLength: size &+ cursor.captured, end: cursor.end, traits: .partial))
            throw cursor.shortage(of: header.fixedLength, since: start, for: .gre)
        }
        cursor.skip(rest)
        if header.hasRouting { try skipRoutes(&cursor, since: start) }
        // Redirected web traffic (WCCP version 2) has four bytes of its own between this header and the IPv4 packet.
        if header.protocolType == .wccp, cursor.remaining > 0 {
            let length = cursor.offset &- start
            guard let first = cursor.peekByte() else { throw cursor.shortage(of: length &+ 1, since: start, for: .gre) }
            if first >> 4 != 4 {
                guard cursor.captured >= 4 else { throw cursor.shortage(of: length &+ 4, since: start, for: .gre) }
                cursor.skip(4)
            }
        }
        try decoder.append(
            Layer(.gre, at: start, headerLength: cursor.offset &- start, end: cursor.end))
        return cursor.remaining > 0 ? LayerKind(greProtocol: header.protocolType) : nil
    }

    /// Source route entries: address family, offset, length, addresses. One of family and length 0 ends them.
    private static func skipRoutes(_ cursor: inout Cursor, since start: Int) throws(DecodeError) {
        while true {
            guard let family = cursor.peekUInt16(), let length = cursor.peekByte(3) else {
                throw cursor.shortage(of: cursor.offset &- start &+ 4, since: start, for: .gre)
            }
            guard cursor.captured >= 4 &+ Int(length) else {
                throw cursor.shortage(of: cursor.offset &- start &+ 4 &+ Int(length), since: start, for: .gre)
            }
            cursor.skip(4 &+ Int(length))
            if family == 0 && length == 0 { return }
        }
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(GREHeader.self, at: index) else { return }
        let bytes = packet.headerBytes(at: index)
        sink.hexNumber("flags_and_version", header.flagsAndVersion, digits: 4)
        sink.hexNumber(
            "protocol_type", header.protocolType.rawValue, digits: 4, meaning: header.protocolType.name)
        if header.keyOffset == 8 && bytes.byteCount >= 8 {
            if header.hasChecksum {
                sink.checksum(bytes.uint16(at: 4), checksumStatus(at: index, of: packet))
            }
            sink.number("routing_offset", bytes.uint16(at: 6))
        }
        if header.hasKey && bytes.byteCount >= header.keyOffset &+ 4 {
            if header.version == 1 {
                sink.number("payload_length", bytes.uint16(at: header.keyOffset))
                sink.number("call_id", bytes.uint16(at: header.keyOffset &+ 2))
            }
            sink.hexNumber("key", bytes.uint32(at: header.keyOffset), digits: 8)
        }
        if header.hasSequenceNumber && bytes.byteCount >= header.sequenceOffset &+ 4 {
            sink.number("sequence_number", bytes.uint32(at: header.sequenceOffset))
        }
        if header.hasAcknowledgmentNumber && bytes.byteCount >= header.acknowledgmentOffset &+ 4 {
            sink.number("acknowledgment_number", bytes.uint32(at: header.acknowledgmentOffset))
        }
    }

    /// `GREv0, key=0x1d97c, seq 5, length 116: `, or where nothing is decoded in it `…: gre-proto-0x88be`. Enhanced:
    /// `GREv1, call 24, seq 0, ack 1, length 26: `.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(GREHeader.self, at: index) else { return }
        let bytes = packet.headerBytes(at: index)
        let layer = packet.layers[index]
        sink.write("GREv")
        sink.decimal(header.version)
        if context.showsLinkHeader && header.version == 0 { sink.carries(header.protocolType) }
        if header.keyOffset == 8 && bytes.byteCount >= 8 {
            sink.write(", off ")
            sink.hexNumber(bytes.uint16(at: 6))
        }
        if header.hasKey && bytes.byteCount >= header.keyOffset &+ 4 {
            if header.version == 1 {
                sink.write(", call ")
                sink.decimal(bytes.uint16(at: header.keyOffset &+ 2))
            } else {
                sink.write(", key=")
                sink.hexNumber(bytes.uint32(at: header.keyOffset))
            }
        }
        if header.hasSequenceNumber && bytes.byteCount >= header.sequenceOffset &+ 4 {
            sink.write(", seq ")
            sink.decimal(bytes.uint32(at: header.sequenceOffset))
        }
        if header.hasAcknowledgmentNumber && bytes.byteCount >= header.acknowledgmentOffset &+ 4 {
            sink.write(", ack ")
            sink.decimal(bytes.uint32(at: header.acknowledgmentOffset))
        }
        if layer.statedPayloadLength == 0 { sink.write(", no-payload") }
        sink.write(", length ")
        sink.decimal(layer.length)
        guard layer.statedPayloadLength > 0 else { return }
        sink.write(": ")
        if index &+ 1 >= packet.layers.count {
            sink.write("gre-proto-0x")
            sink.hex(UInt64(header.protocolType.rawValue), digits: 4)
        }
    }

    /// Verifies the checksum, which covers header and payload (RFC 2784 section 2.3). Without the C bit there is none,
    /// whatever lies in its place (RFC 1701).
    @inlinable
    public static func checksumStatus(at index: Int, of packet: Packet) -> ChecksumStatus {
        let layer = packet.layers[index]
        guard packet.header(GREHeader.self, at: index)?.hasChecksum ?? false else { return .absent }
        guard packet.holdsWhole(layer.length, at: index) else { return .unverified }
        var sum = InternetChecksum()
        sum.add(packet.frame.bytes.clipped(from: layer.offset, to: layer.end))
        return sum.folded == 0xffff ? .good : .bad
    }
}
