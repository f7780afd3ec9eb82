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
    /// tell, and some systems in half of the field. Families are small: the reading that makes them so is meant.
    @inlinable public var family: UInt32 {
        let value = UInt32(littleEndian: rawFamily)
        if value > 0xffff { return value < 0x6_0000 ? value >> 16 : value.byteSwapped }
        return value & 0xff == 0 && value < 0x600 ? value >> 8 : value
    }

    /// What some systems write instead of a family: an EtherType. nil where the family is small.
    @inlinable public var etherType: EtherType? {
        family > 1500 ? EtherType(rawValue: UInt16(truncatingIfNeeded: family)) : nil
    }

    /// The family of link type 108.
    @inlinable public var networkOrderFamily: UInt32 { UInt32(bigEndian: rawFamily) }

    /// What the family leads to: AF_INET is 2 everywhere; AF_INET6 is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30
    /// on Darwin.
    @inlinable public static func next(after family: UInt32) -> LayerKind? {
        switch family {
        case 2: .ipv4
        case 24, 28, 30: .ipv6
        default: nil
        }
    }

    /// What a person reads for the family.
    @inlinable public static func name(of family: UInt32) -> StaticString? {
        switch next(after: family) {
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
        let isLoop = decoder.linkType == .loop
        // ISDN interfaces capture PPP under this link type.
        if !isLoop && cursor.peekUInt16() == 0xff03 { return .ppp }
        let header = try cursor.read(NullHeader.self)
        try decoder.append(Layer(.null, at: start, headerLength: size, end: cursor.end))
        if isLoop { return next(after: header.networkOrderFamily) }
        if let type = header.etherType { return LayerKind(type) }
        return next(after: header.family)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(NullHeader.self, at: index) else { return }
        let isLoop = packet.frame.header.linkType == .loop
        if !isLoop, let type = header.etherType {
            sink.hexNumber("ether_type", type.rawValue, digits: 4, meaning: type.name)
        } else {
            let family = isLoop ? header.networkOrderFamily : header.family
            sink.number("family", family, meaning: name(of: family))
        }
    }

    /// `AF IPv4 (2), length 64`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(NullHeader.self, at: index) else { return }
        sink.write("AF ")
        let family = packet.frame.header.linkType == .loop ? header.networkOrderFamily : header.family
        sink.write(name(of: family) ?? "Unknown")
        sink.write(" (")
        sink.decimal(family)
        sink.write("), length ")
        sink.decimal(packet.frame.wireLength)
    }
}
