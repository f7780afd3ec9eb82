// Packets that a firewall's rule logs (NFLOG): link type 239, https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html. A
// short header, then attributes: the packet is one of them, the others tell where the kernel met it
// (linux/netfilter/nfnetlink_log.h).
//
//    0        8        16               31
//   +--------+--------+----------------+
//   | family | version|    resource    |
//   +--------+--------+----------------+
//   |     length      |      type      |   each attribute: both in the order of the host that captured
//   +-----------------+----------------+
//   |              value … , filled to four bytes

/// The header of a logged packet, as on the wire (4 bytes).
@frozen public struct NFLOGHeader: WireHeader {
    public let family, version: UInt8
    @usableFromInline let rawResource: UInt16

    @inlinable public static var layer: LayerKind { .nflog }

    /// The group that the rule logs to.
    @inlinable public var resource: UInt16 { UInt16(bigEndian: rawResource) }

    /// What the address family of the capturing host, a Linux, leads to: AF_INET is 2, AF_INET6 10.
    @inlinable public var next: LayerKind? {
        switch family {
        case 2: .ipv4
        case 10: .ipv6
        default: nil
        }
    }

    @inlinable public var familyName: StaticString? {
        switch family {
        case 2: "IPv4"
        case 3: "ARP"
        case 7: "bridge"
        case 10: "IPv6"
        default: nil
        }
    }
}

/// One attribute of a logged packet. Its offsets count from the first attribute.
@frozen public struct NFLOGAttribute: BitwiseCopyable, Sendable {
    public let type: UInt16
    /// Of the value, where it begins and how long it is by its own length field, in bytes.
    public let offset, length: Int

    /// The packet itself (NFULA_PAYLOAD).
    @inlinable public static var payloadType: UInt16 { 9 }
    /// What the rule puts before its messages (NFULA_PREFIX).
    @inlinable public static var prefixType: UInt16 { 10 }

    /// The attribute at `offset`; nil behind the last one, and where a length is impossible.
    @inlinable
    public init?(in attributes: RawSpan, at offset: Int, isSwapped: Bool) {
        guard offset >= 0, attributes.byteCount &- offset >= 4 else { return nil }
        let (first, second) = (attributes.uint16(at: offset), attributes.uint16(at: offset &+ 2))
        let length = Int(isSwapped ? first.byteSwapped : first)
        guard length >= 4 else { return nil }
        // The upper two bits are flags (netlink(7)).
        type = (isSwapped ? second.byteSwapped : second) & 0x3fff
        self.offset = offset &+ 4
        self.length = length &- 4
    }

    /// Where the next one begins.
    @inlinable public var nextOffset: Int { offset &+ (length &+ 3) & ~3 }

    /// Whether the attributes are in little-endian order, which nothing says: the order in which the packet is found.
    @inlinable
    public static func areSwapped(_ attributes: RawSpan) -> Bool {
        var offset = 0
        while let attribute = NFLOGAttribute(in: attributes, at: offset, isSwapped: true) {
            if attribute.type == payloadType { return true }
            offset = attribute.nextOffset
        }
        return false
    }

    /// Where a number is that people read; nil for what is none, and for the packet.
    @inlinable public var numberName: StaticString? {
        switch type {
        case 2 where length == 4: "mark"
        case 4 where length == 4: "input_interface"
        case 5 where length == 4: "output_interface"
        case 6 where length == 4: "physical_input_interface"
        case 7 where length == 4: "physical_output_interface"
        case 11 where length == 4: "uid"
        case 12 where length == 4: "sequence_number"
        case 13 where length == 4: "global_sequence_number"
        case 14 where length == 4: "gid"
        default: nil
        }
    }
}

extension NFLOGHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(NFLOGHeader.self)
        let attributes = cursor.capturedBytes
        let isSwapped = NFLOGAttribute.areSwapped(attributes)
        var offset = 0
        while let attribute = NFLOGAttribute(in: attributes, at: offset, isSwapped: isSwapped) {
            if attribute.type == NFLOGAttribute.payloadType {
                cursor.skip(attribute.offset)
                cursor.narrow(to: attribute.length)
                try decoder.append(
                    Layer(.nflog, at: start, headerLength: cursor.offset &- start, end: cursor.end))
                return header.next
            }
            offset = attribute.nextOffset
        }
        try decoder.append(Layer(.nflog, at: start, headerLength: size, end: cursor.end))
        return nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(NFLOGHeader.self, at: index) else { return }
        sink.number("family", header.family, meaning: header.familyName)
        sink.number("version", header.version)
        sink.number("resource_id", header.resource)
        let attributes = packet.attributes(ofNFLOGAt: index)
        let isSwapped = NFLOGAttribute.areSwapped(attributes)
        var offset = 0
        while let attribute = NFLOGAttribute(in: attributes, at: offset, isSwapped: isSwapped),
            attribute.type != NFLOGAttribute.payloadType
        {
            let value = attributes.clipped(from: attribute.offset, to: attribute.offset &+ attribute.length)
            if attribute.type == NFLOGAttribute.prefixType {
                // As the C library has it, with a zero behind it.
                sink.text("prefix", value.clipped(from: 0, to: value.byteCount &- 1))
            } else if let name = attribute.numberName, value.byteCount == 4 {
                sink.number(name, value.uint32(at: 0))
            }
            offset = attribute.nextOffset
        }
    }

    /// `NFLOG, IPv4, group 42`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(NFLOGHeader.self, at: index) else { return }
        sink.write("NFLOG, ")
        sink.name(header.familyName, or: header.family)
        sink.write(", group ")
        sink.decimal(header.resource)
    }
}

extension Packet {
    /// The attributes of layer `index`, as far as they were captured.
    @inlinable
    @_lifetime(copy self)
    func attributes(ofNFLOGAt index: Int) -> RawSpan {
        let layer = layers[index]
        return frame.bytes.clipped(from: layer.offset &+ NFLOGHeader.size, to: layer.payloadOffset)
    }
}
