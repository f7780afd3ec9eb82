// Ethernet II and IEEE 802.3: RFC 894, IEEE 802.3 section 3.2.6.
//
//    0         5 6        11 12         13
//   +-----------+-----------+-------------+
//   |destination|  source   | type/length |
//   +-----------+-----------+-------------+

/// The header of an Ethernet frame, as on the wire (14 bytes).
@frozen public struct EthernetHeader: WireHeader {
    @usableFromInline let rawDestination, rawSource: MACAddress
    @usableFromInline let rawType: UInt16

    @inlinable public static var layer: LayerKind { .ethernet }

    @inlinable public var destination: MACAddress { rawDestination }
    @inlinable public var source: MACAddress { rawSource }
    /// From 1536 an EtherType, up to 1500 the length of an IEEE 802.3 payload in bytes.
    @inlinable public var typeOrLength: UInt16 { UInt16(bigEndian: rawType) }
    /// What follows, in an Ethernet II frame.
    @inlinable public var etherType: EtherType? { typeOrLength >= 1536 ? EtherType(rawValue: typeOrLength) : nil }
    /// Length of the payload without padding, in an IEEE 802.3 frame; an Ethernet frame without payload has none either.
    @inlinable public var payloadLength: Int? { 1...1500 ~= typeOrLength ? Int(typeOrLength) : nil }
}

extension EthernetHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        if let type = cursor.peekUInt16(12) {
            if 1...1500 ~= type, ISLHeader.isNext(at: cursor) { return .isl }
            if type == FabricPathHeader.etherType { return .fabricPath }
        }
        let header = try cursor.read(EthernetHeader.self)
        // What follows an IEEE 802.3 payload is padding.
        if let length = header.payloadLength { cursor.narrow(to: length) }
        try decoder.append(Layer(.ethernet, at: start, headerLength: size, end: cursor.end))
        return header.typeOrLength == 0 ? nil : EtherType.layer(after: header.typeOrLength)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(EthernetHeader.self, at: index) else { return }
        sink.address("destination", header.destination)
        sink.address("source", header.source)
        if header.typeOrLength == 0 {
            // Wireshark's reading: an EtherType that nobody knows, not a frame without payload.
            sink.hexNumber("ether_type", 0, digits: 4)
        } else {
            sink.typeOrLength(header.typeOrLength)
        }
    }

    /// The link header as `-e` shows it: `aa:… > bb:…, ethertype IPv4 (0x0800), length 74`. The length is the frame's,
    /// but in IEEE 802.3 the payload's.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(EthernetHeader.self, at: index) else { return }
        sink.address(header.source)
        sink.write(" > ")
        sink.address(header.destination)
        sink.write(", ")
        if context.isBrief, let name = EtherType(rawValue: header.typeOrLength).name {
            sink.write(name)
        } else {
            sink.typeOrLength(header.typeOrLength)
        }
        sink.write(", length ")
        let isLength = header.payloadLength != nil
        sink.decimal(isLength ? packet.layers[index].statedPayloadLength : packet.layers[index].length)
    }
}

extension EtherType {
    /// What a field that holds either an EtherType or an IEEE 802.3 length leads to.
    static func layer(after typeOrLength: UInt16) -> LayerKind? {
        if typeOrLength >= 1536 { return LayerKind(EtherType(rawValue: typeOrLength)) }
        // 1501 to 1535 is neither (IEEE 802.3 section 3.2.6).
        return typeOrLength <= 1500 ? .llc : nil
    }
}

extension FieldSink where Self: ~Copyable {
    /// A field that holds either an EtherType or an IEEE 802.3 length.
    @inlinable
    public mutating func typeOrLength(_ value: UInt16) {
        if value >= 1536 {
            hexNumber("ether_type", value, digits: 4, meaning: EtherType(rawValue: value).name)
        } else if value <= 1500 {
            number("payload_length", value)
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// `ethertype IPv4 (0x0800)` or `802.3`.
    @inlinable
    public mutating func typeOrLength(_ value: UInt16) {
        if value <= 1500 { write("802.3") } else { etherType(value) }
    }

    /// `, proto IPv4 (0x0800)`, as tunnels say it.
    @inlinable
    mutating func carries(_ type: EtherType) {
        write(", proto ")
        write(type.name ?? "unknown")
        write(" (0x")
        hex(UInt64(type.rawValue), digits: 4)
        write(")")
    }

    /// `ethertype IPv4 (0x0800)`.
    @inlinable
    public mutating func etherType(_ value: UInt16) {
        write("ethertype ")
        write(EtherType(rawValue: value).name ?? "Unknown")
        write(" (0x")
        hex(UInt64(value), digits: 4)
        write(")")
    }
}
