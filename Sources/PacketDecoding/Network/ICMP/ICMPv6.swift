// ICMPv6: RFC 4443. The quoted packet's length and extension objects after it: RFC 4884. Neighbor discovery is in
// NeighborDiscovery.swift, multicast listener discovery in MulticastListener.swift.
//
//    0          7 8         15 16                            31
//   +------------+------------+-------------------------------+
//   |    type    |    code    |           checksum            |
//   |  identifier and sequence number, or MTU, or pointer     |
//   |  data, or the beginning of the packet at fault          |
//   +---------------------------------------------------------+

/// The first eight bytes of an ICMPv6 message, as on the wire.
@frozen public struct ICMPv6Header: WireHeader {
    @usableFromInline let rawType, rawCode: UInt8
    @usableFromInline let rawChecksum: UInt16
    @usableFromInline let rawRest: UInt32

    @inlinable public static var layer: LayerKind { .icmpv6 }

    @inlinable public var type: ICMPv6Type { ICMPv6Type(rawValue: rawType) }
    /// Detail of the type; 0 where the type has none.
    @inlinable public var code: UInt8 { rawCode }
    /// Over the message and a pseudo-header (RFC 8200 section 8.1).
    @inlinable public var checksum: UInt16 { UInt16(bigEndian: rawChecksum) }
    /// The four bytes that depend on the type.
    @inlinable public var rest: UInt32 { UInt32(bigEndian: rawRest) }

    /// Tells one pinging process from another; echo messages.
    @inlinable public var identifier: UInt16 { UInt16(truncatingIfNeeded: rest >> 16) }
    @inlinable public var sequenceNumber: UInt16 { UInt16(truncatingIfNeeded: rest) }
    /// Of the next hop, in bytes; packet too big.
    @inlinable public var mtu: UInt32 { rest }
    /// The octet of the quoted packet at fault; parameter problems.
    @inlinable public var pointer: UInt32 { rest }
    /// Length of the quoted packet with its padding, in bytes; 0 when nothing follows it (RFC 4884 section 4).
    @inlinable public var quoteLength: Int { Int(lengthAttribute ?? 0) &* 8 }
    /// The same as the message has it, in 64-bit words; nil where the type has no such field.
    @inlinable public var lengthAttribute: UInt8? {
        switch type {
        case .destinationUnreachable, .timeExceeded: UInt8(truncatingIfNeeded: rest >> 24)
        default: nil
        }
    }
}

extension ICMPv6Header: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try decoder.readPartial(ICMPv6Header.self, &cursor)
        if let fixedLength = header.type.fixedLength {
            try decodeWhole(start, fixedLength, cursor, into: &decoder)
            guard header.type == .redirect, NeighborDiscoveryOption.enterRedirectedPacket(&cursor),
                holdsPacket(cursor)
            else { return nil }
            decoder.enterQuotedPacket()
            return .ipv6
        }
        try decoder.append(Layer(.icmpv6, at: start, headerLength: size, end: cursor.end))
        guard header.type.isError else { return nil }
        if header.quoteLength > 0 { cursor.narrow(to: header.quoteLength) }
        guard holdsPacket(cursor) else { return nil }
        decoder.enterQuotedPacket()
        return .ipv6
    }

    /// Whether the quote at the cursor begins as a packet does: some senders fill it with anything.
    private static func holdsPacket(_ cursor: Cursor) -> Bool { cursor.peekByte().map { $0 >> 4 == 6 } ?? true }

    /// A message that is all header: fixed fields, then options or records to its end.
    private static func decodeWhole(
        _ start: Int, _ fixedLength: Int, _ cursor: Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) {
        let length = size &+ cursor.remaining
        let isWhole = cursor.captured == cursor.remaining && length >= fixedLength
        try decoder.append(
            Layer(.icmpv6, at: start, headerLength: length, end: cursor.end, traits: isWhole ? [] : .partial))
        guard isWhole else { throw cursor.shortage(of: max(length, fixedLength), since: start, for: .icmpv6) }
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(ICMPv6Header.self, at: index) else {
            return describePartial(index, of: packet, to: &sink)
        }
        sink.number("type", header.type.rawValue, meaning: header.type.name)
        sink.number("code", header.code, meaning: header.type.meaning(ofCode: header.code))
        sink.checksum(header.checksum, checksumStatus(at: index, of: packet))
        let bytes = packet.headerBytes(at: index)
        switch header.type {
        case .echoRequest, .echoReply:
            sink.number("identifier", header.identifier)
            sink.number("sequence_number", header.sequenceNumber)
        case .extendedEchoRequest:
            sink.extendedEcho(header.rest, isReply: false)
            if let extensions = ICMPExtensions(afterHeaderOf: index, in: packet) {
                sink.extensions(extensions, index, of: packet)
            }
        case .extendedEchoReply: sink.extendedEcho(header.rest, isReply: true)
        case .packetTooBig: sink.number("mtu", header.mtu)
        case .parameterProblem: sink.number("pointer", header.pointer)
        case .listenerQuery, .listenerReport, .listenerDone, .listenerReportVersion2:
            describeListener(header, bytes, length: packet.layers[index].length, to: &sink)
        default:
            if header.type.isNeighborDiscovery {
                let isCut = packet.layers[index].traits.contains(.partial)
                describeNeighborDiscovery(header, bytes, isCut: isCut, to: &sink)
            }
        }
        if let length = header.lengthAttribute {
            if length > 0 {
                sink.number("length", length)
                sink.number("quote_length", header.quoteLength)
            }
            if let extensions = ICMPExtensions(behindQuoteOf: index, length: header.quoteLength, in: packet) {
                sink.extensions(extensions, index, of: packet)
            }
        }
    }

    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(ICMPv6Header.self, at: index) else { return sink.write(" [|icmp6]") }
        sink.write("ICMP6, ")
        sink.name(of: header.type)
        guard say(header, index, of: packet, to: &sink) else { return sink.write(" [|icmp6]") }
        sink.write(", length ")
        sink.decimal(packet.layers[index].length)
    }

    /// What follows the type's name; false when what it takes was not captured.
    @inlinable
    static func say(
        _ header: ICMPv6Header, _ index: Int, of packet: Packet, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        switch header.type {
        case .destinationUnreachable, .timeExceeded, .parameterProblem:
            return sayError(header, quotedAt: index &+ 1, of: packet, to: &sink)
        case .packetTooBig:
            sink.write(", mtu ")
            sink.decimal(header.mtu)
        case .echoRequest, .echoReply:
            sink.write(", id ")
            sink.decimal(header.identifier)
            sink.write(", seq ")
            sink.decimal(header.sequenceNumber)
        case .listenerQuery, .listenerReport, .listenerDone, .listenerReportVersion2:
            let bytes = packet.headerBytes(at: index)
            return sayListener(header, bytes, length: packet.layers[index].length, to: &sink)
        case .neighborSolicitation, .neighborAdvertisement, .redirect:
            return sayNeighborDiscovery(header, packet.headerBytes(at: index), to: &sink)
        default: break
        }
        return true
    }

    /// What became of the packet that is quoted from layer `quote` on.
    @inlinable
    static func sayError(
        _ header: ICMPv6Header, quotedAt quote: Int, of packet: Packet, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        let quoted = quote < packet.layers.count ? packet.header(IPv6Header.self, at: quote) : nil
        switch (header.type, header.code) {
        case (.destinationUnreachable, let code):
            switch code {
            case 0: sink.write(", unreachable route")
            // tcpdump's two spaces.
            case 1: sink.write(",  unreachable prohibited")
            case 2: sink.write(", beyond scope")
            case 3: sink.write(", unreachable address")
            case 4: sink.write(", unreachable port")
            default:
                sink.write(", unknown unreach code (")
                sink.decimal(code)
                sink.write(")")
                return true
            }
            guard let quoted else { return false }
            if code == 4 { return sayPort(of: quoted, quotedAt: quote, of: packet, to: &sink) }
            sink.write(byte: UInt8(ascii: " "))
            sink.address(quoted.destination)
            guard code == 2 else { return true }
            sink.write(", source address ")
            sink.address(quoted.source)
        case (.timeExceeded, 0):
            guard let quoted else { return false }
            sink.write(" for ")
            sink.address(quoted.destination)
        case (.timeExceeded, 1): sink.write(" (reassembly)")
        case (.timeExceeded, let code):
            sink.write(", unknown code (")
            sink.decimal(code)
            sink.write(")")
        case (_, let code):
            guard quoted != nil else { return false }
            switch code {
            case 0: sink.write(", erroneous - octet ")
            case 1: sink.write(", next header - octet ")
            case 2: sink.write(", option - octet ")
            case 3: sink.write(", incomplete header chain - octet ")
            default: sink.write(", code-#")
            }
            sink.decimal(code <= 3 ? header.pointer : UInt32(code))
        }
        return true
    }

    /// The port that the packet quoted from layer `quote` on was for.
    @inlinable
    static func sayPort(
        of quoted: IPv6Header, quotedAt quote: Int, of packet: Packet, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        for index in quote..<packet.layers.count {
            guard let ports = packet.ports(at: index) else { continue }
            sink.write(", ")
            sink.address(quoted.destination)
            sink.write(packet.layers[index].kind == .tcp ? " tcp port " : " udp port ")
            sink.decimal(ports.destination)
            return true
        }
        return false
    }

    /// The fields of a message that ends before its eighth byte.
    @inlinable
    static func describePartial(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let bytes = packet.headerBytes(at: index)
        guard bytes.byteCount >= 4 else { return }
        let type = ICMPv6Type(rawValue: bytes.byte(at: 0))
        sink.number("type", type.rawValue, meaning: type.name)
        sink.number("code", bytes.byte(at: 1), meaning: type.meaning(ofCode: bytes.byte(at: 1)))
        sink.checksum(bytes.uint16(at: 2), checksumStatus(at: index, of: packet))
        if type == .routerAdvertisement && bytes.byteCount >= 5 {
            sink.number("current_hop_limit", bytes.byte(at: 4))
            if bytes.byteCount >= 6 {
                sink.boolean("managed", bytes.byte(at: 5) & 0x80 != 0)
                sink.boolean("other_configuration", bytes.byte(at: 5) & 0x40 != 0)
            }
        }
        if type.isNeighborDiscovery {
            sink.beginList("options")
            sink.endList()
        }
        guard bytes.byteCount >= 6 else { return }
        switch type {
        case .echoRequest, .echoReply: sink.number("identifier", bytes.uint16(at: 4))
        case .listenerQuery, .listenerReport, .listenerDone:
            sink.number("maximum_response_delay", bytes.uint16(at: 4))
        default: break
        }
    }

    /// Verifies the checksum of ICMPv6 layer `index` over what was captured; not that of a quoted message, as for ICMP.
    @inlinable
    public static func checksumStatus(at index: Int, of packet: Packet) -> ChecksumStatus {
        let bytes = packet.headerBytes(at: index)
        guard bytes.byteCount >= 4, !packet.layers[index].traits.contains(.quoted) else { return .unverified }
        return packet.transportChecksum(
            at: index, stored: bytes.uint16(at: 2), protocolNumber: IPProtocol.icmpv6.rawValue,
            length: packet.wireEnd(at: index) &- packet.layers[index].offset)
    }
}

extension Packet {
    /// Where the packet that ICMP or ICMPv6 error `index` quotes ends in the frame: extension objects (RFC 4884), if
    /// any, come after it. Nil for other layers.
    @inlinable
    public func quoteEnd(at index: Int) -> Int? {
        let layer = layers[index]
        let length: Int
        if let header = header(ICMPHeader.self, at: index), header.type.isError {
            length = header.quoteLength
        } else if let header = header(ICMPv6Header.self, at: index), header.type.isError {
            length = header.quoteLength
        } else {
            return nil
        }
        return length > 0 ? min(layer.end, layer.payloadOffset &+ length) : layer.end
    }
}
