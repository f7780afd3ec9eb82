// IPv6 fragment header: RFC 8200 section 4.5. Atomic fragments: RFC 6946.
//
//    0           7 8          15 16              28 29 30 31
//   +-------------+-------------+------------------+-----+--+
//   | next header |  reserved   | fragment offset  | res |M |
//   |                   identification                      |
//   +-------------+-------------+------------------+-----+--+

/// An IPv6 fragment header, as on the wire (8 bytes).
@frozen public struct IPv6FragmentHeader: WireHeader {
    @usableFromInline let rawNextHeader, rawReserved: UInt8
    @usableFromInline let rawOffset: UInt16
    @usableFromInline let rawIdentification: UInt32

    @inlinable public static var layer: LayerKind { .fragment }

    /// What the fragmentable part of the original packet begins with.
    @inlinable public var nextHeader: IPProtocol { IPProtocol(rawValue: rawNextHeader) }
    /// Where this fragment's payload belongs in the fragmentable part, in bytes: 0 to 65528.
    @inlinable public var fragmentOffset: Int { Int(UInt16(bigEndian: rawOffset) & 0xfff8) }
    @inlinable public var moreFragments: Bool { UInt16(bigEndian: rawOffset) & 1 != 0 }
    /// Whether this is one fragment of several; false in an atomic fragment, which is a whole packet.
    @inlinable public var isFragment: Bool { fragmentOffset != 0 || moreFragments }
    @inlinable public var identification: UInt32 { UInt32(bigEndian: rawIdentification) }
}

extension IPv6FragmentHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(IPv6FragmentHeader.self)
        try decoder.append(Layer(.fragment, at: start, headerLength: size, end: cursor.end))
        guard header.fragmentOffset == 0 else { return nil }
        if header.moreFragments { decoder.enterFragment() }
        return LayerKind(header.nextHeader)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(IPv6FragmentHeader.self, at: index) else { return }
        sink.number("next_header", header.nextHeader.rawValue, meaning: header.nextHeader.name)
        sink.number("fragment_offset", header.fragmentOffset)
        sink.boolean("more_fragments", header.moreFragments)
        sink.hexNumber("identification", header.identification, digits: 8)
    }

    /// `frag (0|1448)`: offset and length of the payload.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(IPv6FragmentHeader.self, at: index) else { return }
        sink.write("frag (")
        sink.decimal(header.fragmentOffset)
        sink.write("|")
        sink.decimal(packet.layers[index].statedPayloadLength)
        sink.write(")")
    }
}
