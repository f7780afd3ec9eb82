// What the extensions of ICMP messages say. MPLS label stacks: RFC 4950. Interface information: RFC 5837. Interface
// identification, and the extended echo that asks with it: RFC 8335.
//
//   extended echo request and reply, from the fifth byte
//   +-------------------------+------------+------------+
//   |       identifier        |  sequence  |   0      L |   L: the interface is the node's own
//   |                         |   number   | state  A46 |   A: active, with IPv4, with IPv6
//   +-------------------------+------------+------------+

extension FieldSink where Self: ~Copyable {
    /// The extension structure of layer `index` and the objects in it.
    @inlinable
    mutating func extensions(_ extensions: ICMPExtensions, _ index: Int, of packet: Packet) {
        let bytes = extensions.bytes(in: packet, index)
        let length = extensions.end &- extensions.start
        number("extension_version", bytes.byte(at: 0) >> 4)
        hexNumber("extension_checksum", bytes.uint16(at: 2), digits: 4)
        let status = bytes.byteCount == length ? ICMPExtensions.status(of: bytes) : .unverified
        word("extension_checksum_status", status.name)
        beginList("extension_objects")
        var offset = ICMPExtensions.headerLength
        var count = 0
        while let object = ICMPExtensionObject(in: bytes, at: offset, end: length),
            count < ICMPExtensions.describedLimit
        {
            beginItem("object")
            number("class", object.classNumber, meaning: object.className)
            number("subtype", object.subtype, meaning: object.subtypeName)
            number("length", object.length)
            // What the capture cut off is not told in part.
            if object.end <= bytes.byteCount { objectData(object, bytes.extracting(object.data)) }
            endItem()
            offset = object.end
            count &+= 1
        }
        endList()
    }

    @inlinable
    mutating func objectData(_ object: ICMPExtensionObject, _ data: RawSpan) {
        switch (object.classNumber, object.subtype) {
        case (1, 1) where data.byteCount % 4 == 0: labels(data)
        case (2, _): interfaceInformation(object.subtype, data)
        case (3, 1): text("interface_name", data.upToZero)
        case (3, 2) where data.byteCount == 4: number("interface_index", data.uint32(at: 0))
        case (3, 3) where data.byteCount >= 4:
            let end = 4 &+ Int(data.byte(at: 2))
            interfaceAddress(family: data.uint16(at: 0), data.clipped(from: 4, to: end))
        default: bytes("data", data)
        }
    }

    @inlinable
    mutating func labels(_ data: RawSpan) {
        beginList("labels")
        for offset in stride(from: 0, to: data.byteCount, by: 4) {
            let label = data.header(MPLSLabel.self, at: offset)
            beginItem("label")
            number("label", label.label, meaning: label.labelName)
            number("traffic_class", label.trafficClass)
            boolean("bottom_of_stack", label.isBottomOfStack)
            number("ttl", label.timeToLive)
            endItem()
        }
        endList()
    }

    /// The subtype's bits say what is there (RFC 5837 section 4.1); it ends where that is no longer so.
    @inlinable
    mutating func interfaceInformation(_ subtype: UInt8, _ data: RawSpan) {
        let role: StaticString =
            switch subtype >> 6 {
            case 0: "incoming"
            case 1: "part of the incoming"
            case 2: "outgoing"
            default: "next hop"
            }
        number("interface_role", subtype >> 6, meaning: role)
        var offset = 0
        if subtype & 0x08 != 0 {
            guard data.byteCount &- offset >= 4 else { return }
            number("interface_index", data.uint32(at: offset))
            offset &+= 4
        }
        if subtype & 0x04 != 0 {
            guard data.byteCount &- offset >= 4 else { return }
            let family = data.uint16(at: offset)
            let size = family == 1 ? 4 : family == 2 ? 16 : 0
            guard size > 0, data.byteCount &- offset &- 4 >= size else { return }
            interfaceAddress(family: family, data.clipped(from: offset &+ 4, to: offset &+ 4 &+ size))
            offset &+= 4 &+ size
        }
        if subtype & 0x02 != 0 {
            guard offset < data.byteCount else { return }
            // The length counts its own byte.
            let length = Int(data.byte(at: offset))
            guard length > 0, length <= data.byteCount &- offset else { return }
            text("interface_name", data.clipped(from: offset &+ 1, to: offset &+ length).upToZero)
            offset &+= (length &+ 3) & ~3
        }
        if subtype & 0x01 != 0, data.byteCount &- offset >= 4 {
            number("interface_mtu", data.uint32(at: offset))
        }
    }

    /// - Parameter family: IANA, Address Family Numbers.
    @inlinable
    mutating func interfaceAddress(family: UInt16, _ data: RawSpan) {
        number("address_family", family, meaning: family == 1 ? "IPv4" : family == 2 ? "IPv6" : nil)
        switch (family, data.byteCount) {
        case (1, 4): address("interface_address", IPv4Address(rawValue: data.uint32(at: 0)))
        case (2, 16): address("interface_address", IPv6Address(data, at: 0))
        default: address("interface_address", bytes: data)
        }
    }

    /// - Parameter rest: the header's last four bytes.
    @inlinable
    mutating func extendedEcho(_ rest: UInt32, isReply: Bool) {
        number("identifier", rest >> 16)
        number("sequence_number", rest >> 8 & 0xff)
        if isReply {
            let state = UInt8(rest >> 5 & 7)
            number("state", state, meaning: extendedEchoState(state))
            boolean("active", rest & 4 != 0)
            boolean("ipv4", rest & 2 != 0)
            boolean("ipv6", rest & 1 != 0)
        } else {
            boolean("local", rest & 1 != 0)
        }
    }
}

/// Of an address in the replying node's table of neighbours (RFC 8335 section 3).
@usableFromInline
func extendedEchoState(_ state: UInt8) -> StaticString? {
    switch state {
    case 1: "incomplete"
    case 2: "reachable"
    case 3: "stale"
    case 4: "delay"
    case 5: "probe"
    case 6: "failed"
    default: nil
    }
}

/// Why an extended echo was not answered with a state.
@usableFromInline
func extendedEchoError(_ code: UInt8) -> StaticString? {
    switch code {
    case 1: "malformed query"
    case 2: "no such interface"
    case 3: "no such table entry"
    case 4: "multiple interfaces satisfy query"
    default: nil
    }
}
