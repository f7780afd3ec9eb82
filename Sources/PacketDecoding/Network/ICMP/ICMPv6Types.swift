// What ICMPv6 types and codes mean (IANA ICMPv6 Parameters).

/// What an ICMPv6 message is about.
@frozen public struct ICMPv6Type: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var destinationUnreachable: ICMPv6Type { ICMPv6Type(rawValue: 1) }
    @inlinable public static var packetTooBig: ICMPv6Type { ICMPv6Type(rawValue: 2) }
    @inlinable public static var timeExceeded: ICMPv6Type { ICMPv6Type(rawValue: 3) }
    @inlinable public static var parameterProblem: ICMPv6Type { ICMPv6Type(rawValue: 4) }
    @inlinable public static var echoRequest: ICMPv6Type { ICMPv6Type(rawValue: 128) }
    @inlinable public static var echoReply: ICMPv6Type { ICMPv6Type(rawValue: 129) }
    @inlinable public static var listenerQuery: ICMPv6Type { ICMPv6Type(rawValue: 130) }
    @inlinable public static var listenerReport: ICMPv6Type { ICMPv6Type(rawValue: 131) }
    @inlinable public static var listenerDone: ICMPv6Type { ICMPv6Type(rawValue: 132) }
    @inlinable public static var routerSolicitation: ICMPv6Type { ICMPv6Type(rawValue: 133) }
    @inlinable public static var routerAdvertisement: ICMPv6Type { ICMPv6Type(rawValue: 134) }
    @inlinable public static var neighborSolicitation: ICMPv6Type { ICMPv6Type(rawValue: 135) }
    @inlinable public static var neighborAdvertisement: ICMPv6Type { ICMPv6Type(rawValue: 136) }
    @inlinable public static var redirect: ICMPv6Type { ICMPv6Type(rawValue: 137) }
    /// Of MLDv2 (RFC 3810 section 5.2).
    @inlinable public static var listenerReportVersion2: ICMPv6Type { ICMPv6Type(rawValue: 143) }

    /// Asks a router for the state of one of its interfaces (RFC 8335).
    @inlinable public static var extendedEchoRequest: ICMPv6Type { ICMPv6Type(rawValue: 160) }
    @inlinable public static var extendedEchoReply: ICMPv6Type { ICMPv6Type(rawValue: 161) }

    /// Whether the message quotes the packet that caused it (RFC 4443 section 2.1).
    @inlinable public var isError: Bool { (1...4).contains(rawValue) }

    @inlinable public var isNeighborDiscovery: Bool { (133...137).contains(rawValue) }

    /// Length of the fixed fields of a message that goes on with options or records to its end, in bytes; nil where
    /// data, a quoted packet or something unknown follows the first eight bytes.
    @inlinable var fixedLength: Int? {
        switch self {
        case .routerSolicitation, .listenerReportVersion2: 8
        case .routerAdvertisement: 16
        case .neighborSolicitation, .neighborAdvertisement: 24
        case .listenerQuery, .listenerReport, .listenerDone: 24
        case .redirect: 40
        default: nil
        }
    }

    @inlinable public var name: StaticString? {
        switch self {
        case .destinationUnreachable: "destination unreachable"
        case .packetTooBig: "packet too big"
        case .timeExceeded: "time exceeded"
        case .parameterProblem: "parameter problem"
        case .echoRequest: "echo request"
        case .echoReply: "echo reply"
        case .listenerQuery: "multicast listener query"
        case .listenerReport: "multicast listener report"
        case .listenerDone: "multicast listener done"
        case .routerSolicitation: "router solicitation"
        case .routerAdvertisement: "router advertisement"
        case .neighborSolicitation: "neighbor solicitation"
        case .neighborAdvertisement: "neighbor advertisement"
        case .redirect: "redirect"
        case .listenerReportVersion2: "multicast listener report v2"
        default:
            switch rawValue {
            case 138: "router renumbering"
            case 141: "inverse neighbor solicitation"
            case 142: "inverse neighbor advertisement"
            case 144: "ha discovery request"
            case 145: "ha discovery reply"
            case 146: "mobile router solicitation"
            case 147: "mobile router advertisement"
            default: nil
            }
        }
    }

    /// What `code` says beside the type; nil where it says nothing.
    @inlinable
    public func meaning(ofCode code: UInt8) -> StaticString? {
        switch (self, code) {
        case (.destinationUnreachable, 0): "no route to destination"
        case (.destinationUnreachable, 1): "administratively prohibited"
        case (.destinationUnreachable, 2): "beyond scope of source address"
        case (.destinationUnreachable, 3): "address unreachable"
        case (.destinationUnreachable, 4): "port unreachable"
        case (.destinationUnreachable, 5): "source address failed policy"
        case (.destinationUnreachable, 6): "reject route to destination"
        case (.destinationUnreachable, 7): "error in source routing header"
        case (.destinationUnreachable, 8): "headers too long"
        case (.timeExceeded, 0): "hop limit exceeded in transit"
        case (.timeExceeded, 1): "during reassembly"
        case (.parameterProblem, 0): "erroneous header field"
        case (.parameterProblem, 1): "unrecognized next header"
        case (.parameterProblem, 2): "unrecognized option"
        case (.parameterProblem, 3): "incomplete header chain"
        case (.extendedEchoReply, 0): "no error"
        case (.extendedEchoReply, _): extendedEchoError(code)
        default: nil
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// tcpdump's name of an ICMPv6 type.
    @inlinable
    mutating func name(of type: ICMPv6Type) {
        if type == .timeExceeded {
            write("time exceeded in-transit")
        } else if let name = type.name {
            write(name)
        } else {
            write("unknown icmp6 type (")
            decimal(type.rawValue)
            write(")")
        }
    }
}
