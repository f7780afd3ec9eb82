// What ICMP types and codes mean (IANA ICMP Parameters), and tcpdump's words for them.

/// What an ICMP message is about.
@frozen public struct ICMPType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var echoReply: ICMPType { ICMPType(rawValue: 0) }
    @inlinable public static var destinationUnreachable: ICMPType { ICMPType(rawValue: 3) }
    /// Deprecated by RFC 6633.
    @inlinable public static var sourceQuench: ICMPType { ICMPType(rawValue: 4) }
    @inlinable public static var redirect: ICMPType { ICMPType(rawValue: 5) }
    @inlinable public static var echoRequest: ICMPType { ICMPType(rawValue: 8) }
    @inlinable public static var routerAdvertisement: ICMPType { ICMPType(rawValue: 9) }
    @inlinable public static var routerSolicitation: ICMPType { ICMPType(rawValue: 10) }
    @inlinable public static var timeExceeded: ICMPType { ICMPType(rawValue: 11) }
    @inlinable public static var parameterProblem: ICMPType { ICMPType(rawValue: 12) }
    @inlinable public static var timestampRequest: ICMPType { ICMPType(rawValue: 13) }
    @inlinable public static var timestampReply: ICMPType { ICMPType(rawValue: 14) }
    @inlinable public static var informationRequest: ICMPType { ICMPType(rawValue: 15) }
    @inlinable public static var informationReply: ICMPType { ICMPType(rawValue: 16) }
    @inlinable public static var maskRequest: ICMPType { ICMPType(rawValue: 17) }
    @inlinable public static var maskReply: ICMPType { ICMPType(rawValue: 18) }
    @inlinable public static var extendedEchoRequest: ICMPType { ICMPType(rawValue: 42) }
    @inlinable public static var extendedEchoReply: ICMPType { ICMPType(rawValue: 43) }

    /// Whether the message quotes the packet that caused it (RFC 1122 section 3.2.2).
    @inlinable public var isError: Bool {
        switch self {
        case .destinationUnreachable, .sourceQuench, .redirect, .timeExceeded, .parameterProblem: true
        default: false
        }
    }

    @inlinable public var name: StaticString? {
        switch self {
        case .echoReply: "echo reply"
        case .destinationUnreachable: "destination unreachable"
        case .sourceQuench: "source quench"
        case .redirect: "redirect"
        case .echoRequest: "echo request"
        case .routerAdvertisement: "router advertisement"
        case .routerSolicitation: "router solicitation"
        case .timeExceeded: "time exceeded"
        case .parameterProblem: "parameter problem"
        case .timestampRequest: "timestamp request"
        case .timestampReply: "timestamp reply"
        case .informationRequest: "information request"
        case .informationReply: "information reply"
        case .maskRequest: "address mask request"
        case .maskReply: "address mask reply"
        case .extendedEchoRequest: "extended echo request"
        case .extendedEchoReply: "extended echo reply"
        default: rawValue == 30 ? "traceroute" : nil
        }
    }

    /// What `code` says beside the type; nil where it says nothing.
    @inlinable
    public func meaning(ofCode code: UInt8) -> StaticString? {
        switch (self, code) {
        case (.destinationUnreachable, 0): "network unreachable"
        case (.destinationUnreachable, 1): "host unreachable"
        case (.destinationUnreachable, 2): "protocol unreachable"
        case (.destinationUnreachable, 3): "port unreachable"
        case (.destinationUnreachable, 4): "fragmentation needed"
        case (.destinationUnreachable, 5): "source route failed"
        case (.destinationUnreachable, 6): "network unknown"
        case (.destinationUnreachable, 7): "host unknown"
        case (.destinationUnreachable, 8): "source host isolated"
        case (.destinationUnreachable, 9): "network administratively prohibited"
        case (.destinationUnreachable, 10): "host administratively prohibited"
        case (.destinationUnreachable, 11): "network unreachable for type of service"
        case (.destinationUnreachable, 12): "host unreachable for type of service"
        case (.destinationUnreachable, 13): "communication administratively prohibited"
        case (.destinationUnreachable, 14): "host precedence violation"
        case (.destinationUnreachable, 15): "precedence cutoff in effect"
        case (.redirect, 0): "for the network"
        case (.redirect, 1): "for the host"
        case (.redirect, 2): "for the type of service and network"
        case (.redirect, 3): "for the type of service and host"
        case (.timeExceeded, 0): "in transit"
        case (.timeExceeded, 1): "during reassembly"
        case (.parameterProblem, 0): "pointer indicates the error"
        case (.parameterProblem, 1): "required option missing"
        case (.parameterProblem, 2): "bad length"
        case (.extendedEchoReply, 0): "no error"
        case (.extendedEchoReply, _): extendedEchoError(code)
        default: nil
        }
    }
}

extension ICMPHeader {
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(ICMPHeader.self, at: index), say(header, index, of: packet, to: &sink) else {
            sink.write(" [|icmp]")
            return
        }
        sink.write(", length ")
        sink.decimal(packet.layers[index].length)
    }

    /// The message in words; false, and nothing said, when what it takes was not captured.
    @inlinable
    static func say(
        _ header: ICMPHeader, _ index: Int, of packet: Packet, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        let bytes = packet.headerBytes(at: index)
        switch header.type {
        case .destinationUnreachable, .redirect, .timeExceeded:
            return sayError(header, packet.payload(at: index), to: &sink)
        case .echoRequest, .echoReply:
            sink.write(header.type == .echoRequest ? "ICMP echo request, id " : "ICMP echo reply, id ")
            sink.decimal(header.identifier)
            sink.write(", seq ")
            sink.decimal(header.sequenceNumber)
        case .parameterProblem:
            sink.write(header.code == 0 ? "ICMP parameter problem - octet " : "ICMP parameter problem - code ")
            sink.decimal(header.code == 0 ? header.pointer : header.code)
        case .timestampRequest:
            sink.write("ICMP time stamp query id ")
            sink.decimal(header.identifier)
            sink.write(" seq ")
            sink.decimal(header.sequenceNumber)
        case .timestampReply:
            guard bytes.byteCount >= 20 else { return false }
            sink.write("ICMP time stamp reply id ")
            sink.decimal(header.identifier)
            sink.write(" seq ")
            sink.decimal(header.sequenceNumber)
            sink.write(": org ")
            sink.timeOfDay(milliseconds: bytes.uint32(at: 8))
            sink.write(", recv ")
            sink.timeOfDay(milliseconds: bytes.uint32(at: 12))
            sink.write(", xmit ")
            sink.timeOfDay(milliseconds: bytes.uint32(at: 16))
        case .maskReply:
            guard bytes.byteCount >= 12 else { return false }
            sink.write("ICMP address mask is ")
            sink.hexNumber(bytes.uint32(at: 8), digits: 8)
        case .routerAdvertisement:
            return sayRouters(header, bytes, packet.layers[index].headerLength, to: &sink)
        case .sourceQuench, .routerSolicitation, .informationRequest, .informationReply, .maskRequest:
            sink.write("ICMP ")
            sink.write(header.type.name ?? "")
        default:
            sink.write("ICMP type-#")
            sink.decimal(header.type.rawValue)
        }
        return true
    }

    /// What became of the packet of which `quote` was captured.
    @inlinable
    static func sayError(
        _ header: ICMPHeader, _ quote: RawSpan, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        guard quote.byteCount >= IPv4Header.size else { return false }
        let destination = IPv4Address(rawValue: quote.uint32(at: 16))
        switch (header.type, header.code) {
        case (.destinationUnreachable, 3):
            let portOffset = Int(quote.byte(at: 0) & 0x0f) &* 4 &+ 2
            guard quote.byteCount >= portOffset &+ 2 else { return false }
            sink.write("ICMP ")
            sink.address(destination)
            switch IPProtocol(rawValue: quote.byte(at: 9)) {
            case .tcp: sink.write(" tcp")
            case .udp: sink.write(" udp")
            case let other:
                sink.write(" protocol ")
                sink.decimal(other.rawValue)
            }
            sink.write(" port ")
            sink.decimal(quote.uint16(at: portOffset))
            sink.write(" unreachable")
        case (.destinationUnreachable, let code):
            sayUnreachable(code, destination, quotedProtocol: quote.byte(at: 9), mtu: header.mtu, to: &sink)
        case (.redirect, let code):
            switch code {
            case 0, 1: sink.write("ICMP redirect ")
            case 2, 3: sink.write("ICMP redirect-tos ")
            default:
                sink.write("ICMP redirect-#")
                sink.decimal(code)
                sink.write(byte: UInt8(ascii: " "))
            }
            sink.address(destination)
            sink.write(code > 3 ? " to " : code & 1 == 0 ? " to net " : " to host ")
            sink.address(header.gateway)
        case (_, 0): sink.write("ICMP time exceeded in-transit")
        case (_, 1): sink.write("ICMP ip reassembly time exceeded")
        case (_, let code):
            sink.write("ICMP time exceeded-#")
            sink.decimal(code)
        }
        return true
    }

    /// A packet to `destination` that could not be delivered, for a reason other than its port.
    @inlinable
    static func sayUnreachable(
        _ code: UInt8, _ destination: IPv4Address, quotedProtocol: UInt8, mtu: UInt16,
        to sink: inout some TextSink & ~Copyable
    ) {
        switch code {
        case 0, 6, 9, 11: sink.write("ICMP net ")
        case 1, 7, 10, 12, 13, 14, 15: sink.write("ICMP host ")
        default: sink.write("ICMP ")
        }
        sink.address(destination)
        if code == 2 {
            sink.write(" protocol ")
            sink.decimal(quotedProtocol)
        }
        sink.write(" unreachable")
        switch code {
        case 0, 1, 2: break
        case 4:
            sink.write(" - need to frag")
            guard mtu != 0 else { return }
            sink.write(" (mtu ")
            sink.decimal(mtu)
            sink.write(")")
        case 5: sink.write(" - source route failed")
        case 6, 7: sink.write(" - unknown")
        case 8: sink.write(" - source host isolated")
        case 9, 10: sink.write(" - admin prohibited")
        case 11, 12: sink.write(" - tos prohibited")
        case 13: sink.write(" - admin prohibited filter")
        case 14: sink.write(" - host precedence violation")
        case 15: sink.write(" - precedence cutoff")
        default:
            sink.write(" - #")
            sink.decimal(code)
        }
    }

    /// - Parameter length: of the advertisement, in bytes, whether captured or not.
    @inlinable
    static func sayRouters(
        _ header: ICMPHeader, _ bytes: RawSpan, _ length: Int, to sink: inout some TextSink & ~Copyable
    ) -> Bool {
        let wordsPerEntry = header.rest >> 16 & 0xff
        guard wordsPerEntry != 2 || bytes.byteCount >= length else { return false }
        sink.write("ICMP router advertisement lifetime ")
        sink.lifetime(seconds: header.sequenceNumber)
        sink.write(byte: UInt8(ascii: " "))
        sink.decimal(header.rest >> 24)
        sink.write(":")
        guard wordsPerEntry == 2 else {
            sink.write(" [size ")
            sink.decimal(wordsPerEntry)
            sink.write("]")
            return true
        }
        var offset = size
        while offset &+ 8 <= bytes.byteCount {
            sink.write(" {")
            sink.address(IPv4Address(rawValue: bytes.uint32(at: offset)))
            sink.write(byte: UInt8(ascii: " "))
            sink.decimal(bytes.uint32(at: offset &+ 4))
            sink.write("}")
            offset &+= 8
        }
        return true
    }
}

extension TextSink where Self: ~Copyable {
    @inlinable
    mutating func twoDigits(_ value: UInt32) {
        if value < 10 { write("0") }
        decimal(value)
    }

    /// Milliseconds since midnight as `hh:mm:ss.mmm`; hours past 23 where the field is no such time.
    @inlinable
    mutating func timeOfDay(milliseconds: UInt32) {
        let seconds = milliseconds / 1000
        twoDigits(seconds / 3600)
        write(":")
        twoDigits(seconds / 60 % 60)
        write(":")
        twoDigits(seconds % 60)
        write(".")
        if milliseconds % 1000 < 100 { write("0") }
        twoDigits(milliseconds % 1000)
    }

    /// `s`, `m:ss` or `h:mm:ss`.
    @inlinable
    mutating func lifetime(seconds: UInt16) {
        let seconds = UInt32(seconds)
        if seconds >= 3600 {
            decimal(seconds / 3600)
            write(":")
            twoDigits(seconds / 60 % 60)
            write(":")
            twoDigits(seconds % 60)
        } else if seconds >= 60 {
            decimal(seconds / 60)
            write(":")
            twoDigits(seconds % 60)
        } else {
            decimal(seconds)
        }
    }
}
