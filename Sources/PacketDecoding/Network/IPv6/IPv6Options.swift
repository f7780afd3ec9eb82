// IPv6 hop-by-hop and destination options: RFC 8200 sections 4.2, 4.3 and 4.6. Jumbo payload: RFC 2675. Router alert:
// RFC 2711. Home address: RFC 6275 section 6.3.
//
//    0           7 8          15
//   +-------------+-------------+--------------
//   | next header |   length    | options ...
//   +-------------+-------------+--------------

/// The first two bytes of a hop-by-hop options header, as on the wire.
@frozen public struct IPv6HopByHop: IPv6ExtensionHeader {
    @usableFromInline let rawNextHeader, rawLength: UInt8

    @inlinable public static var layer: LayerKind { .hopByHop }

    @inlinable public var nextHeader: IPProtocol { IPProtocol(rawValue: rawNextHeader) }
    /// In bytes: 8 to 2048.
    @inlinable public var headerLength: Int { (Int(rawLength) &+ 1) &* 8 }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(IPv6HopByHop.self, at: index) else {
            return sink.extensionHeaderBeginning(packet.headerBytes(at: index))
        }
        sink.extensionHeader(header)
        IPv6Option.describe(packet.headerBytes(at: index).clipped(from: size, to: header.headerLength), to: &sink)
    }

    /// `HBH`: what the options are is for the verbose tree.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        sink.write("HBH")
    }
}

/// The first two bytes of a destination options header, as on the wire.
@frozen public struct IPv6DestinationOptions: IPv6ExtensionHeader {
    @usableFromInline let rawNextHeader, rawLength: UInt8

    @inlinable public static var layer: LayerKind { .destinationOptions }

    @inlinable public var nextHeader: IPProtocol { IPProtocol(rawValue: rawNextHeader) }
    /// In bytes: 8 to 2048.
    @inlinable public var headerLength: Int { (Int(rawLength) &+ 1) &* 8 }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(IPv6DestinationOptions.self, at: index) else {
            return sink.extensionHeaderBeginning(packet.headerBytes(at: index))
        }
        sink.extensionHeader(header)
        IPv6Option.describe(packet.headerBytes(at: index).clipped(from: size, to: header.headerLength), to: &sink)
    }

    /// `DSTOPT`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        sink.write("DSTOPT")
    }
}

/// One option of a hop-by-hop or destination options header.
@frozen public struct IPv6Option: BitwiseCopyable, Hashable, Sendable {
    /// The whole octet: what a node does that does not know it, whether routers may change it, and its number.
    public let type: UInt8
    /// Of the data, in bytes; 0 for Pad1, which has no length octet.
    public let dataLength: Int
    /// Of the type octet, within the option area.
    public let offset: Int

    @inlinable public static var pad1: UInt8 { 0x00 }
    @inlinable public static var routerAlert: UInt8 { 0x05 }
    @inlinable public static var jumboPayload: UInt8 { 0xc2 }
    @inlinable public static var homeAddress: UInt8 { 0xc9 }

    @inlinable public var hasLength: Bool { type != Self.pad1 }
    @inlinable public var dataOffset: Int { offset &+ (hasLength ? 2 : 1) }
    /// Of the next option, within the option area.
    @inlinable public var nextOffset: Int { dataOffset &+ dataLength }

    /// The name in the IANA registry of destination options and hop-by-hop options.
    @inlinable public var name: StaticString? {
        switch type {
        case Self.pad1: "Pad1"
        case 0x01: "PadN"
        case 0x04: "tunnel encapsulation limit"
        case Self.routerAlert: "router alert"
        case 0x07: "CALIPSO"
        case 0x08: "SMF_DPD"
        case 0x0f: "PDM"
        case 0x11, 0x31: "IOAM"
        case 0x23, 0x63: "RPL"
        case 0x30: "minimum path MTU"
        case 0x6d: "MPL"
        case 0x8b: "ILNP nonce"
        case 0x8c: "line-identification"
        case Self.jumboPayload: "jumbo payload"
        case Self.homeAddress: "home address"
        default: nil
        }
    }

    /// The option at `offset` of an option area; nil at its end and where an option overruns it.
    @inlinable
    public init?(in area: RawSpan, at offset: Int) {
        guard offset < area.byteCount else { return nil }
        let type = area.byte(at: offset)
        var dataLength = 0
        if type != Self.pad1 {
            guard offset &+ 2 <= area.byteCount else { return nil }
            dataLength = Int(area.byte(at: offset &+ 1))
            guard offset &+ 2 &+ dataLength <= area.byteCount else { return nil }
        }
        self.type = type
        self.dataLength = dataLength
        self.offset = offset
    }

    /// The length of what follows the IPv6 header by the jumbo payload option of the hop-by-hop options header at the
    /// cursor, in bytes; nil without one, and below 65536, which RFC 2675 section 3 forbids.
    static func jumboPayloadLength(at cursor: Cursor) -> Int? {
        guard let length = cursor.peekByte(1) else { return nil }
        let end = min((Int(length) &+ 1) &* 8, cursor.captured)
        let area = cursor.bytes.clipped(from: cursor.offset &+ IPv6HopByHop.size, to: cursor.offset &+ end)
        var offset = 0
        while let option = IPv6Option(in: area, at: offset) {
            if option.type == jumboPayload, option.dataLength == 4 {
                let length = Int(area.uint32(at: option.dataOffset))
                return length > 0xffff ? length : nil
            }
            offset = option.nextOffset
        }
        return nil
    }

    /// The options of `area`, as a list called `options`.
    @inlinable
    public static func describe(_ area: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        sink.beginList("options")
        var offset = 0
        while let option = IPv6Option(in: area, at: offset) {
            sink.beginItem(option.name ?? "option")
            sink.number("type", option.type)
            if option.hasLength { sink.number("length", option.dataLength) }
            switch (option.type, option.dataLength) {
            case (routerAlert, 2):
                let value = area.uint16(at: option.dataOffset)
                sink.number("router_alert", value, meaning: routerAlertMeaning(value))
            case (jumboPayload, 4):
                sink.number("jumbo_payload_length", area.uint32(at: option.dataOffset))
            case (homeAddress, 16):
                sink.address("home_address", IPv6Address(area, at: option.dataOffset))
            default: break
            }
            sink.endItem()
            offset = option.nextOffset
        }
        // The option that overruns the area: its own length tells by how much.
        if offset &+ 2 <= area.byteCount {
            sink.beginItem("option")
            sink.number("type", area.byte(at: offset))
            sink.number("length", area.byte(at: offset &+ 1))
            sink.endItem()
        }
        sink.endList()
    }

    /// What routers are to look at (RFC 2711 section 2.1).
    @inlinable
    static func routerAlertMeaning(_ value: UInt16) -> StaticString? {
        switch value {
        case 0: "multicast listener discovery"
        case 1: "RSVP"
        case 2: "active networks"
        default: nil
        }
    }
}

extension IPv6Address {
    /// The address in the sixteen bytes at `offset`, which the caller has checked to be there.
    @inlinable
    init(_ bytes: RawSpan, at offset: Int) {
        self.init(high: bytes.uint64(at: offset), low: bytes.uint64(at: offset &+ 8))
    }
}
