// DHCP options: RFC 2132 and IANA, DHCP Parameters. Pad (0) and end (255) are single bytes.
//
//    0      7 8      15
//   +--------+---------+-----//-----+
//   |  code  |  length |    data    |
//   +--------+---------+-----//-----+

/// Where one option lies in a DHCP message.
@usableFromInline struct DHCPOption {
    @usableFromInline let code: UInt8
    /// Of its data; empty for pad and end.
    @usableFromInline let data: Range<Int>

    @usableFromInline var end: Int { data.upperBound }
    @usableFromInline var isEnd: Bool { code == 255 }

    /// What the data of an option is.
    @usableFromInline enum Form {
        case addresses, text, seconds, number, messageType, codes, bytes
    }

    /// The option at `offset`; nil when it is not there whole before `limit`.
    @usableFromInline
    init?(in message: RawSpan, at offset: Int, before limit: Int) {
        guard offset < limit else { return nil }
        code = message.byte(at: offset)
        if code == 0 || code == 255 {
            data = offset &+ 1..<offset &+ 1
            return
        }
        guard offset &+ 2 <= limit else { return nil }
        let end = offset &+ 2 &+ Int(message.byte(at: offset &+ 1))
        guard end <= limit else { return nil }
        data = offset &+ 2..<end
    }

    /// The first option `code` of `message`.
    @usableFromInline
    static func first(_ code: UInt8, in message: RawSpan) -> DHCPOption? {
        guard var options = DHCPOptions(in: message) else { return nil }
        while let option = options.next(in: message) {
            if option.code == code { return option }
        }
        return nil
    }

    /// The DHCP message type (RFC 2132 section 9.6); nil in plain BOOTP.
    @usableFromInline
    static func messageType(in message: RawSpan) -> UInt8? {
        guard let option = first(53, in: message), option.data.count == 1 else { return nil }
        return message.byte(at: option.data.lowerBound)
    }

    /// The address a client asks for (RFC 2132 section 9.1); nil where it asks for none.
    @usableFromInline
    static func requestedAddress(in message: RawSpan) -> IPv4Address? {
        guard let option = first(50, in: message), option.data.count == 4 else { return nil }
        let address = message.uint32(at: option.data.lowerBound)
        return address == 0 ? nil : IPv4Address(rawValue: address)
    }

    @inlinable
    func describeData(_ data: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        let count = data.byteCount
        switch form {
        case .addresses where count == 4: sink.address("address", IPv4Address(rawValue: data.uint32(at: 0)))
        case .addresses where count > 0 && count % 4 == 0:
            sink.beginList("addresses")
            for offset in stride(from: 0, to: count, by: 4) {
                sink.beginItem("address")
                sink.address("address", IPv4Address(rawValue: data.uint32(at: offset)))
                sink.endItem()
            }
            sink.endList()
        case .text: sink.text("text", data)
        case .seconds where count == 4: sink.number("seconds", data.uint32(at: 0))
        case .number where count == 1: sink.number("value", data.byte(at: 0))
        case .number where count == 2: sink.number("value", data.uint16(at: 0))
        case .number where count == 4: sink.number("value", data.uint32(at: 0))
        case .messageType where count == 1:
            sink.number("message_type", data.byte(at: 0), meaning: Self.typeName(data.byte(at: 0)))
        case .codes:
            sink.beginList("codes")
            for index in 0..<count {
                sink.beginItem("code")
                let code = data.byte(at: index)
                sink.number("code", code, meaning: Self.name(code))
                sink.endItem()
            }
            sink.endList()
        default: sink.bytes("data", data)
        }
    }

    @usableFromInline var form: Form {
        switch code {
        case 1, 3, 4, 5, 6, 7, 8, 9, 16, 28, 32, 41, 42, 44, 45, 50, 54, 65, 69, 70, 150: .addresses
        case 12, 14, 15, 17, 18, 40, 56, 60, 62, 64, 66, 67, 100, 101, 114, 209, 210, 252: .text
        case 2, 24, 35, 38, 51, 58, 59, 211: .seconds
        case 13, 19, 20, 22, 23, 26, 27, 29, 30, 31, 34, 36, 37, 39, 46, 52, 57, 108, 116: .number
        case 53: .messageType
        case 55: .codes
        default: .bytes
        }
    }

    /// Whether several options of the code are the pieces of one (RFC 3396 section 7): data of any length may be.
    @usableFromInline var isJoined: Bool {
        switch form {
        case .seconds, .number, .messageType: false
        default: true
        }
    }

    @usableFromInline var name: StaticString? { Self.name(code) }

    /// nil for a code without a name here.
    @usableFromInline
    static func name(_ code: UInt8) -> StaticString? {
        switch code {
        case 1: "subnet mask"
        case 2: "time offset"
        case 3: "router"
        case 4: "time server"
        case 6: "domain name server"
        case 7: "log server"
        case 12: "host name"
        case 15: "domain name"
        case 17: "root path"
        case 26: "interface MTU"
        case 28: "broadcast address"
        case 31: "perform router discovery"
        case 33: "static routes"
        case 42: "NTP servers"
        case 43: "vendor-specific information"
        case 44: "NetBIOS name server"
        case 46: "NetBIOS node type"
        case 47: "NetBIOS scope"
        case 50: "requested address"
        case 51: "lease time"
        case 52: "option overload"
        case 53: "message type"
        case 54: "server identifier"
        case 55: "parameter request list"
        case 56: "message"
        case 57: "maximum message size"
        case 58: "renewal time"
        case 59: "rebinding time"
        case 60: "vendor class"
        case 61: "client identifier"
        case 66: "boot server name"
        case 67: "boot file name"
        case 77: "user class"
        case 80: "rapid commit"
        case 81: "client domain name"
        case 82: "relay agent information"
        case 93: "client architecture"
        case 94: "client network interface"
        case 97: "client machine identifier"
        case 108: "IPv6-only preferred"
        case 114: "captive portal"
        case 116: "auto-configure"
        case 119: "domain search"
        case 121: "classless static routes"
        case 150: "TFTP servers"
        case 252: "proxy auto-discovery"
        default: nil
        }
    }

    /// RFC 2132 section 9.6, RFC 3203, RFC 4388; nil for a type without a name here.
    @usableFromInline
    static func typeName(_ type: UInt8) -> StaticString? {
        switch type {
        case 1: "discover"
        case 2: "offer"
        case 3: "request"
        case 4: "decline"
        case 5: "acknowledgment"
        case 6: "negative acknowledgment"
        case 7: "release"
        case 8: "inform"
        case 9: "force renew"
        case 10: "lease query"
        case 11: "lease unassigned"
        case 12: "lease unknown"
        case 13: "lease active"
        default: nil
        }
    }
}
