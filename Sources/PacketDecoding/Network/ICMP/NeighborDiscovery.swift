// IPv6 neighbor discovery, in ICMPv6: RFC 4861. Router preference: RFC 4191. DNS servers: RFC 8106.
//
//    0        7 8       15
//   +----------+----------+------------
//   |   type   |  length  |  data ...      an option; the length counts units of 8 bytes
//   +----------+----------+------------

/// One option of a neighbor discovery message (RFC 4861 section 4.6).
@frozen public struct NeighborDiscoveryOption: BitwiseCopyable, Hashable, Sendable {
    public let type: UInt8
    /// With type and length octets, in bytes; a multiple of 8.
    public let length: Int
    /// Of the type octet, within the option area.
    public let offset: Int

    /// The name in the IANA registry of neighbor discovery options.
    @inlinable public var name: StaticString? {
        switch type {
        case 1: "source link-layer address"
        case 2: "target link-layer address"
        case 3: "prefix information"
        case 4: "redirected header"
        case 5: "MTU"
        case 7: "advertisement interval"
        case 8: "home agent information"
        case 11: "CGA"
        case 12: "RSA signature"
        case 13: "timestamp"
        case 14: "nonce"
        case 24: "route information"
        case 25: "recursive DNS servers"
        case 26: "router advertisement flags"
        case 31: "DNS search list"
        case 33: "address registration"
        case 34: "6LoWPAN context"
        case 37: "captive portal"
        case 38: "PREF64"
        default: nil
        }
    }

    /// The option at `offset` of an option area; nil at its end, where an option overruns it, and at a length of 0,
    /// which makes the rest of the message worthless (RFC 4861 section 4.6).
    @inlinable
    public init?(in area: RawSpan, at offset: Int) {
        guard offset &+ 2 <= area.byteCount else { return nil }
        let length = Int(area.byte(at: offset &+ 1)) &* 8
        guard length > 0, offset &+ length <= area.byteCount else { return nil }
        type = area.byte(at: offset)
        self.length = length
        self.offset = offset
    }

    /// Moves from the end of a redirect's first eight bytes to the packet that its redirected header option quotes
    /// (RFC 4861 section 4.6.3); false, and nothing moved, without one.
    static func enterRedirectedPacket(_ cursor: inout Cursor) -> Bool {
        // Both addresses come before the options.
        var distance = 32
        while let type = cursor.peekByte(distance), let units = cursor.peekByte(distance &+ 1), units > 0 {
            if type == 4 && units > 1 {
                cursor.skip(distance &+ 8)
                cursor.narrow(to: Int(units) &* 8 &- 8)
                return true
            }
            distance &+= Int(units) &* 8
        }
        return false
    }

    /// The options of `area`, as a list called `options`.
    ///
    /// - Parameter isCut: whether the capture ends in them. Of an option that it cuts, Wireshark lists only a redirected
    ///   header, for the packet in it.
    @inlinable
    static func describe(_ area: RawSpan, isCut: Bool, to sink: inout some FieldSink & ~Copyable) {
        sink.beginList("options")
        var offset = 0
        while let option = NeighborDiscoveryOption(in: area, at: offset) {
            sink.beginItem(option.name ?? "option")
            sink.number("type", option.type)
            sink.number("length", option.length)
            option.describe(area.clipped(from: offset, to: offset &+ option.length), to: &sink)
            sink.endItem()
            offset &+= option.length
        }
        if isCut, area.byteCount &- offset >= 2, area.byte(at: offset) == 4, area.byte(at: offset &+ 1) > 0 {
            sink.beginItem("redirected header")
            sink.number("type", 4)
            sink.number("length", Int(area.byte(at: offset &+ 1)) &* 8)
            sink.endItem()
        }
        sink.endList()
    }

    /// - Parameter bytes: the whole option.
    @inlinable
    func describe(_ bytes: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        switch (type, length) {
        // An EUI-64, and padding (RFC 4944 section 8).
        case (1, 16), (2, 16): sink.address("link_layer_address", bytes: bytes.clipped(from: 2, to: 10))
        case (1, _), (2, _): sink.address("link_layer_address", bytes: bytes.clipped(from: 2, to: length))
        case (3, 32):
            sink.number("prefix_length", bytes.byte(at: 2))
            sink.boolean("on_link", bytes.byte(at: 3) & 0x80 != 0)
            sink.boolean("autonomous", bytes.byte(at: 3) & 0x40 != 0)
            sink.number("valid_lifetime", bytes.uint32(at: 4))
            sink.number("preferred_lifetime", bytes.uint32(at: 8))
            sink.address("prefix", IPv6Address(bytes, at: 16))
        case (5, _): sink.number("mtu", bytes.uint32(at: 4))
        case (25, 24...):
            sink.number("lifetime", bytes.uint32(at: 4))
            sink.beginList("servers")
            var offset = 8
            while offset &+ 16 <= length {
                sink.beginItem("server")
                sink.address("address", IPv6Address(bytes, at: offset))
                sink.endItem()
                offset &+= 16
            }
            sink.endList()
        default: sink.bytes("data", bytes.clipped(from: 2, to: length))
        }
    }
}

extension ICMPv6Header {
    /// - Parameters:
    ///   - bytes: the message with its options, as captured.
    ///   - isCut: whether the capture ends in it.
    @inlinable
    static func describeNeighborDiscovery(
        _ header: ICMPv6Header, _ bytes: RawSpan, isCut: Bool, to sink: inout some FieldSink & ~Copyable
    ) {
        switch header.type {
        case .routerAdvertisement:
            sink.number("current_hop_limit", header.rest >> 24)
            sink.boolean("managed", header.rest & 0x80_0000 != 0)
            sink.boolean("other_configuration", header.rest & 0x40_0000 != 0)
            sink.number("router_lifetime", header.rest & 0xffff)
            guard bytes.byteCount >= 12 else { break }
            sink.number("reachable_time", bytes.uint32(at: 8))
            guard bytes.byteCount >= 16 else { break }
            sink.number("retransmission_timer", bytes.uint32(at: 12))
        case .neighborAdvertisement:
            sink.boolean("router", header.rest & 0x8000_0000 != 0)
            sink.boolean("solicited", header.rest & 0x4000_0000 != 0)
            sink.boolean("override", header.rest & 0x2000_0000 != 0)
            guard bytes.byteCount >= 24 else { break }
            sink.address("target_address", IPv6Address(bytes, at: 8))
        case .neighborSolicitation, .redirect:
            guard bytes.byteCount >= 24 else { break }
            sink.address("target_address", IPv6Address(bytes, at: 8))
            guard header.type == .redirect, bytes.byteCount >= 40 else { break }
            sink.address("destination_address", IPv6Address(bytes, at: 24))
        default: break
        }
        guard let fixedLength = header.type.fixedLength else { return }
        NeighborDiscoveryOption.describe(bytes.clipped(from: fixedLength, to: bytes.byteCount), isCut: isCut, to: &sink)
    }

    /// tcpdump's words after the type's name; false when what they take was not captured.
    @inlinable
    static func sayNeighborDiscovery(
        _ header: ICMPv6Header, _ bytes: RawSpan, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        guard bytes.byteCount >= (header.type == .redirect ? 40 : 24) else { return false }
        switch header.type {
        case .neighborSolicitation: sink.write(", who has ")
        case .neighborAdvertisement: sink.write(", tgt is ")
        default:
            sink.write(", ")
            sink.address(IPv6Address(bytes, at: 24))
            sink.write(" to ")
        }
        sink.address(IPv6Address(bytes, at: 8))
        return true
    }
}
