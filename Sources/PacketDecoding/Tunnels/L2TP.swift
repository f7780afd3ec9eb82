// Layer two tunneling protocol, version 2, over UDP: RFC 2661 section 3.1.
//
//    0 1 2 3 4 5 6 7     11 12   15 16                    31
//   +-+-+---+-+---+-+-+----+-------+------------------------+
//   |T|L|   |S|   |O|P|    |version|      length (L)        |
//   |          tunnel id           |      session id        |
//   |           ns (S)             |        nr (S)          |
//   |       offset size (O)        |      padding ...       |
//   +------------------------------+------------------------+

/// The first two bytes of an L2TP header, as on the wire.
@frozen public struct L2TPHeader: WireHeader {
    @usableFromInline let rawFlags: UInt16

    @inlinable public static var layer: LayerKind { .l2tp }

    @inlinable public var flags: UInt16 { UInt16(bigEndian: rawFlags) }
    /// A message of the tunnel's own, not a PPP frame.
    @inlinable public var isControl: Bool { flags & 0x8000 != 0 }
    @inlinable public var hasLength: Bool { flags & 0x4000 != 0 }
    @inlinable public var hasSequence: Bool { flags & 0x0800 != 0 }
    @inlinable public var hasOffset: Bool { flags & 0x0200 != 0 }
    /// 2; version 3 has other fields after this one.
    @inlinable public var version: UInt8 { UInt8(truncatingIfNeeded: flags & 0x0f) }

    /// Offset of the tunnel's number, from the header's start.
    @inlinable var tunnelOffset: Int { hasLength ? 4 : 2 }
    /// Length without the padding that an offset size asks for, in bytes.
    @inlinable var fixedLength: Int { tunnelOffset &+ 4 &+ (hasSequence ? 4 : 0) &+ (hasOffset ? 2 : 0) }
}

extension L2TPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        try cursor.require(size, for: .l2tp)
        guard let header = cursor.peek(L2TPHeader.self), header.version == 2 else { return nil }
        var length = header.fixedLength
        try cursor.require(length, for: .l2tp)
        if header.hasOffset, let padding = cursor.peekUInt16(length &- 2) {
            length &+= Int(padding)
            try cursor.require(length, for: .l2tp)
        }
        if header.hasLength, let total = cursor.peekUInt16(2) {
            guard Int(total) >= length else { throw DecodeError(.l2tp, at: start, .badLength(Int(total))) }
            cursor.narrow(to: Int(total))
        }
        cursor.skip(length)
        try decoder.append(Layer(.l2tp, at: start, headerLength: length, end: cursor.end))
        return !header.isControl && cursor.remaining > 0 ? .ppp : nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(L2TPHeader.self, at: index) else { return }
        let bytes = packet.headerBytes(at: index)
        guard bytes.byteCount >= header.fixedLength else { return }
        sink.hexNumber("flags", header.flags, digits: 4)
        sink.number("version", header.version)
        if header.hasLength { sink.number("length", bytes.uint16(at: 2)) }
        sink.number("tunnel_id", bytes.uint16(at: header.tunnelOffset))
        sink.number("session_id", bytes.uint16(at: header.tunnelOffset &+ 2))
        guard header.hasSequence else { return }
        sink.number("sequence_number", bytes.uint16(at: header.tunnelOffset &+ 4))
        sink.number("next_sequence_number", bytes.uint16(at: header.tunnelOffset &+ 6))
    }

    /// `l2tp:[TLS](18994/54110)Ns=0,Nr=1 {`…`}` in tcpdump's words, without the braces.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(L2TPHeader.self, at: index) else { return }
        let bytes = packet.headerBytes(at: index)
        guard bytes.byteCount >= header.fixedLength else { return }
        sink.write("l2tp:[")
        if header.isControl { sink.write("T") }
        if header.hasLength { sink.write("L") }
        if header.hasSequence { sink.write("S") }
        if header.hasOffset { sink.write("O") }
        if header.flags & 0x0100 != 0 { sink.write("P") }
        sink.write("](")
        sink.decimal(bytes.uint16(at: header.tunnelOffset))
        sink.write("/")
        sink.decimal(bytes.uint16(at: header.tunnelOffset &+ 2))
        sink.write(")")
        if header.hasSequence {
            sink.write("Ns=")
            sink.decimal(bytes.uint16(at: header.tunnelOffset &+ 4))
            sink.write(",Nr=")
            sink.decimal(bytes.uint16(at: header.tunnelOffset &+ 6))
        }
    }
}
