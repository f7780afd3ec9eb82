// PPP over Ethernet: RFC 2516 section 4.
//
//    0   3 4   7 8      15 16           31
//   +-----+-----+---------+---------------+
//   | ver | type|  code   |  session id   |
//   |       length        |  payload ...
//   +---------------------+

/// The header of a PPPoE packet, as on the wire (6 bytes).
@frozen public struct PPPoEHeader: WireHeader {
    @usableFromInline let rawVersionAndType, rawCode: UInt8
    @usableFromInline let rawSession, rawLength: UInt16

    @inlinable public static var layer: LayerKind { .pppoe }

    /// 1 in every packet so far.
    @inlinable public var version: UInt8 { rawVersionAndType >> 4 }
    /// 1 in every packet so far.
    @inlinable public var type: UInt8 { rawVersionAndType & 0x0f }
    /// 0 in the session stage; which step of discovery it is else.
    @inlinable public var code: UInt8 { rawCode }
    /// 0 until the session is confirmed.
    @inlinable public var session: UInt16 { UInt16(bigEndian: rawSession) }
    /// Of what follows this header, in bytes.
    @inlinable public var payloadLength: Int { Int(UInt16(bigEndian: rawLength)) }

    /// RFC 2516's name of a discovery packet.
    @inlinable public var codeName: StaticString? {
        switch code {
        case 0x00: "session"
        case 0x07: "PADO"
        case 0x09: "PADI"
        case 0x0a: "PADG"
        case 0x0b: "PADC"
        case 0x0c: "PADQ"
        case 0x19: "PADR"
        case 0x65: "PADS"
        case 0xa7: "PADT"
        case 0xd3: "PADM"
        case 0xd4: "PADN"
        default: nil
        }
    }
}

extension PPPoEHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        try note(.pppoe, &cursor, into: &decoder)
        return cursor.remaining > 0 ? .ppp : nil
    }

    static func note(
        _ kind: LayerKind, _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) {
        let start = cursor.offset
        let header = try cursor.read(PPPoEHeader.self)
        // What follows the payload is the padding of a short Ethernet frame.
        cursor.narrow(to: header.payloadLength)
        try decoder.append(Layer(kind, at: start, headerLength: size, end: cursor.end))
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        packet.header(PPPoEHeader.self, at: index)?.describe(to: &sink)
    }

    @inlinable
    func describe(to sink: inout some FieldSink & ~Copyable) {
        sink.number("version", version)
        sink.number("type", type)
        sink.hexNumber("code", code, digits: 2, meaning: codeName)
        sink.hexNumber("session_id", session, digits: 4)
        sink.number("payload_length", payloadLength)
    }

    /// `PPPoE  [ses 0x7]`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(PPPoEHeader.self, at: index) else { return }
        sink.write("PPPoE ")
        if header.code != 0 { sink.name(header.codeName, or: header.code) }
        sink.write(" [ses ")
        sink.hexNumber(header.session)
        sink.write("]")
    }
}

/// A packet of the discovery stage: the same header, and tags.
@frozen public struct PPPoEDiscovery: WireHeader {
    public let header: PPPoEHeader

    @inlinable public static var layer: LayerKind { .pppoeDiscovery }
}

extension PPPoEDiscovery: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        try PPPoEHeader.note(.pppoeDiscovery, &cursor, into: &decoder)
        return nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(PPPoEDiscovery.self, at: index)?.header else { return }
        header.describe(to: &sink)
        let payload = packet.payload(at: index)
        var offset = 0
        sink.beginList("tags")
        while let tag = PPPoETag(in: payload, at: offset) {
            sink.beginItem(tag.name ?? "tag")
            sink.hexNumber("type", tag.type, digits: 4, meaning: tag.name)
            sink.number("length", tag.length)
            if tag.isText {
                sink.text("value", tag.value(in: payload))
            } else {
                sink.bytes("value", tag.value(in: payload))
            }
            sink.endItem()
            offset = tag.nextOffset
        }
        sink.endList()
    }

    /// `PPPoE PADI [Service-Name]`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(PPPoEDiscovery.self, at: index)?.header else { return }
        sink.write("PPPoE ")
        sink.name(header.codeName, or: header.code)
        if header.session != 0 {
            sink.write(" [ses ")
            sink.hexNumber(header.session)
            sink.write("]")
        }
        let payload = packet.payload(at: index)
        var offset = 0
        while let tag = PPPoETag(in: payload, at: offset), tag.type != 0 {
            sink.write(" [")
            if let name = tag.name { sink.write(name) } else { sink.hexNumber(tag.type, digits: 4) }
            if tag.length > 0 {
                sink.write(" ")
                if tag.isText {
                    sink.write("\"")
                    sink.escaped(tag.value(in: payload))
                    sink.write("\"")
                } else {
                    sink.write("0x")
                    sink.hexBytes(tag.value(in: payload))
                }
            }
            sink.write("]")
            offset = tag.nextOffset
        }
    }
}

/// A tag of a discovery packet (RFC 2516 appendix A): type, length, value.
@frozen public struct PPPoETag: BitwiseCopyable, Hashable, Sendable {
    /// 0 ends the list.
    public let type: UInt16
    /// Of the value, in bytes.
    public let length: Int
    /// Of the type field, within the payload.
    public let offset: Int

    @inlinable public var nextOffset: Int { offset &+ 4 &+ length }

    /// The tag at `offset` of a discovery packet's payload; nil at its end and where a tag overruns it.
    @inlinable
    public init?(in payload: RawSpan, at offset: Int) {
        guard offset &+ 4 <= payload.byteCount else { return nil }
        type = payload.uint16(at: offset)
        length = Int(payload.uint16(at: offset &+ 2))
        self.offset = offset
        guard nextOffset <= payload.byteCount else { return nil }
    }

    @inlinable
    @_lifetime(copy payload)
    public func value(in payload: RawSpan) -> RawSpan { payload.clipped(from: offset &+ 4, to: nextOffset) }

    /// Whether the value is UTF-8 by definition.
    @inlinable public var isText: Bool {
        switch type {
        case 0x0101, 0x0102, 0x0201...0x0203: true
        default: false
        }
    }

    /// RFC 2516 appendix A.
    @inlinable public var name: StaticString? {
        switch type {
        case 0x0000: "End-Of-List"
        case 0x0101: "Service-Name"
        case 0x0102: "AC-Name"
        case 0x0103: "Host-Uniq"
        case 0x0104: "AC-Cookie"
        case 0x0105: "Vendor-Specific"
        case 0x0110: "Relay-Session-ID"
        case 0x0120: "PPP-Max-Payload"
        case 0x0201: "Service-Name-Error"
        case 0x0202: "AC-System-Error"
        case 0x0203: "Generic-Error"
        default: nil
        }
    }
}
