// ICMP: RFC 792. Address masks: RFC 950. Path MTU: RFC 1191. Router discovery: RFC 1256. The quoted packet's length
// and extension objects after it: RFC 4884.
//
//    0          7 8         15 16                            31
//   +------------+------------+-------------------------------+
//   |    type    |    code    |           checksum            |
//   |  identifier and sequence number, or gateway, or pointer |
//   |  and length, or MTU                                     |
//   |  data, or the beginning of the packet at fault          |
//   +---------------------------------------------------------+

/// The first eight bytes of an ICMP message, as on the wire.
@frozen public struct ICMPHeader: WireHeader {
    @usableFromInline let rawType, rawCode: UInt8
    @usableFromInline let rawChecksum: UInt16
    @usableFromInline let rawRest: UInt32

    @inlinable public static var layer: LayerKind { .icmp }

    @inlinable public var type: ICMPType { ICMPType(rawValue: rawType) }
    /// Detail of the type; 0 where the type has none.
    @inlinable public var code: UInt8 { rawCode }
    /// Over the whole message; there is no pseudo-header.
    @inlinable public var checksum: UInt16 { UInt16(bigEndian: rawChecksum) }
    /// The four bytes that depend on the type.
    @inlinable public var rest: UInt32 { UInt32(bigEndian: rawRest) }

    /// Tells one pinging process from another; echo, timestamp, information and mask messages.
    @inlinable public var identifier: UInt16 { UInt16(truncatingIfNeeded: rest >> 16) }
    @inlinable public var sequenceNumber: UInt16 { UInt16(truncatingIfNeeded: rest) }
    /// Of the hop that could not forward the packet, in bytes; 0 from routers older than RFC 1191. Type 3 code 4.
    @inlinable public var mtu: UInt16 { UInt16(truncatingIfNeeded: rest) }
    /// The better first hop; redirects.
    @inlinable public var gateway: IPv4Address { IPv4Address(rawValue: rest) }
    /// The octet of the quoted packet at fault; parameter problems.
    @inlinable public var pointer: UInt8 { UInt8(truncatingIfNeeded: rest >> 24) }
    /// Length of the quoted packet with its padding, in bytes; 0 when nothing follows it (RFC 4884 section 4), or when
    /// it would be shorter than the 128 bytes that section 4 demands of such a quote.
    @inlinable public var quoteLength: Int {
        let length = Int(lengthAttribute ?? 0) &* 4
        return length >= ICMPExtensions.quoteLength ? length : 0
    }
    /// Length of the quoted packet as the message has it, in 32-bit words; nil where the type has no such field.
    @inlinable public var lengthAttribute: UInt8? {
        switch type {
        case .destinationUnreachable, .timeExceeded, .parameterProblem: UInt8(truncatingIfNeeded: rest >> 16)
        default: nil
        }
    }

    /// Length of the header and of the body that belongs to it, in bytes: 8 where data or a quoted packet follows.
    @inlinable var messageLength: Int {
        switch type {
        case .timestampRequest, .timestampReply: 20
        case .maskRequest, .maskReply: 12
        // Number of addresses, and 32-bit words of each entry (RFC 1256 section 3).
        case .routerAdvertisement: 8 &+ Int(rest >> 24) &* Int(rest >> 16 & 0xff) &* 4
        default: 8
        }
    }
}

extension ICMPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try decoder.readPartial(ICMPHeader.self, &cursor)
        let length = header.messageLength
        guard cursor.captured >= length &- size else {
            try decoder.append(Layer(.icmp, at: start, headerLength: length, end: cursor.end, traits: .partial))
            throw cursor.shortage(of: length, since: start, for: .icmp)
        }
        try decoder.append(Layer(.icmp, at: start, headerLength: length, end: cursor.end))
        guard header.type.isError else { return nil }
        if header.quoteLength > 0 { cursor.narrow(to: header.quoteLength) }
        decoder.enterQuotedPacket()
        return .ipv4
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(ICMPHeader.self, at: index) else {
            return describePartial(index, of: packet, to: &sink)
        }
        sink.number("type", header.type.rawValue, meaning: header.type.name)
        sink.number("code", header.code, meaning: header.type.meaning(ofCode: header.code))
        sink.checksum(header.checksum, checksumStatus(at: index, of: packet))
        let bytes = packet.headerBytes(at: index)
        switch header.type {
        case .echoRequest, .echoReply, .informationRequest, .informationReply:
            describeIdentifier(header, to: &sink)
        case .timestampRequest, .timestampReply:
            describeIdentifier(header, to: &sink)
            guard bytes.byteCount >= 20 else { return }
            sink.number("originate_timestamp", bytes.uint32(at: 8))
            sink.number("receive_timestamp", bytes.uint32(at: 12))
            sink.number("transmit_timestamp", bytes.uint32(at: 16))
        case .maskRequest, .maskReply:
            describeIdentifier(header, to: &sink)
            guard bytes.byteCount >= 12 else { return }
            sink.address("address_mask", IPv4Address(rawValue: bytes.uint32(at: 8)))
        case .destinationUnreachable where header.code == 4: sink.number("mtu", header.mtu)
        case .redirect: sink.address("gateway", header.gateway)
        case .parameterProblem: sink.number("pointer", header.pointer)
        case .routerAdvertisement: describeRouters(header, bytes, to: &sink)
        case .extendedEchoRequest:
            sink.extendedEcho(header.rest, isReply: false)
            if let extensions = ICMPExtensions(afterHeaderOf: index, in: packet) {
                sink.extensions(extensions, index, of: packet)
            }
        case .extendedEchoReply: sink.extendedEcho(header.rest, isReply: true)
        default: break
        }
        if let length = header.lengthAttribute {
            if length > 0 {
                sink.number("length", length)
                sink.number("quote_length", Int(length) &* 4)
            }
            if let extensions = ICMPExtensions(behindQuoteOf: index, length: Int(length) &* 4, in: packet) {
                sink.extensions(extensions, index, of: packet)
            }
        }
    }

    @inlinable
    static func describeIdentifier(_ header: ICMPHeader, to sink: inout some FieldSink & ~Copyable) {
        sink.number("identifier", header.identifier)
        sink.number("sequence_number", header.sequenceNumber)
    }

    /// The routers of an advertisement, and how much each wants to be chosen (RFC 1256 section 3).
    @inlinable
    static func describeRouters(
        _ header: ICMPHeader, _ bytes: RawSpan, to sink: inout some FieldSink & ~Copyable
    ) {
        sink.number("lifetime", header.sequenceNumber)
        sink.beginList("routers")
        let stride = Int(header.rest >> 16 & 0xff) &* 4
        var offset = size
        while stride >= 8, offset &+ stride <= bytes.byteCount {
            sink.beginItem("router")
            sink.address("address", IPv4Address(rawValue: bytes.uint32(at: offset)))
            sink.number("preference", bytes.uint32(at: offset &+ 4))
            sink.endItem()
            offset &+= stride
        }
        sink.endList()
    }

    /// The fields of a message that ends before its eighth byte.
    @inlinable
    static func describePartial(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let bytes = packet.headerBytes(at: index)
        guard bytes.byteCount >= 4 else { return }
        let type = ICMPType(rawValue: bytes.byte(at: 0))
        sink.number("type", type.rawValue, meaning: type.name)
        sink.number("code", bytes.byte(at: 1), meaning: type.meaning(ofCode: bytes.byte(at: 1)))
        sink.checksum(bytes.uint16(at: 2), checksumStatus(at: index, of: packet))
        guard bytes.byteCount >= 6, type == .echoRequest || type == .echoReply else { return }
        sink.number("identifier", bytes.uint16(at: 4))
    }

    /// Verifies the checksum of ICMP layer `index` over what was captured; not that of a quoted message, which routers
    /// may have rewritten on its way (RFC 5508 section 4.2).
    @inlinable
    public static func checksumStatus(at index: Int, of packet: Packet) -> ChecksumStatus {
        let layer = packet.layers[index]
        let end = packet.wireEnd(at: index)
        guard !layer.traits.contains(.quoted), packet.holdsWhole(end &- layer.offset, at: index) else {
            return .unverified
        }
        var sum = InternetChecksum()
        sum.add(packet.frame.bytes.clipped(from: layer.offset, to: end))
        return sum.folded == 0xffff ? .good : .bad
    }
}
