// BSD loopback: link types 0 (LINKTYPE_NULL) and 108 (LINKTYPE_LOOP), https://www.tcpdump.org/linktypes.html.
//
//    0                           31
//   +------------------------------+
//   |        address family        |
//   +------------------------------+

/// The header of a BSD loopback frame, as on the wire (4 bytes).
@frozen public struct NullHeader: WireHeader {
    @usableFromInline let rawFamily: UInt32

    @inlinable public static var layer: LayerKind { .null }

    /// The AF_ number of the system that captured it.
    ///
    /// Link type 108 has it in network order, link type 0 in the order of the capturing host, which the frame does not
    /// tell. Families are small: of the two readings the one below 65536 is meant.
    @inlinable public var family: UInt32 {
        let value = UInt32(bigEndian: rawFamily)
        return value <= 0xffff ? value : value.byteSwapped
    }

    /// What some systems write instead of a family in the last two bytes: an EtherType. nil where the family is small.
    @inlinable public var etherType: EtherType? {
        let type = UInt16(truncatingIfNeeded: UInt32(bigEndian: rawFamily))
        return family > 0xffff && type >= 1536 ? EtherType(rawValue: type) : nil
    }

    /// What the family leads to: AF_INET is 2 everywhere; AF_INET6 is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30
    /// on Darwin.
    @inlinable public var next: LayerKind? {
        switch family {
        case 2: .ipv4
        case 24, 28, 30: .ipv6
        default: nil
        }
    }

    /// What a person reads for the family.
    @inlinable public var name: StaticString? {
        switch next {
        case .ipv4: "IPv4"
        case .ipv6: "IPv6"
        default: nil
        }
    }
}

extension NullHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(NullHeader.self)
        try decoder.append(Layer(.null, at: start, headerLength: size, end: cursor.end))
        return header.etherType.flatMap { LayerKind($0) } ?? header.next
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(NullHeader.self, at: index) else { return }
        if let type = header.etherType {
            sink.hexNumber("ether_type", type.rawValue, digits: 4, meaning: type.name)
        } else {
            let family = packet.frame.header.linkType == .loop ? UInt32(bigEndian: header.rawFamily) : header.family
            sink.number("family", family, meaning: header.name)
        }
    }

    /// `AF IPv4 (2), length 64`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(NullHeader.self, at: index) else { return }
        sink.write("AF ")
        sink.write(header.name ?? "Unknown")
        sink.write(" (")
        sink.decimal(header.family)
        sink.write("), length ")
        sink.decimal(packet.frame.wireLength)
    }
}
