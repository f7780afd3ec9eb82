/// What follows an IPv4 header or an IPv6 header or extension header (IANA Protocol Numbers).
@frozen public struct IPProtocol: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var hopByHop: IPProtocol { IPProtocol(rawValue: 0) }
    @inlinable public static var icmp: IPProtocol { IPProtocol(rawValue: 1) }
    @inlinable public static var igmp: IPProtocol { IPProtocol(rawValue: 2) }
    @inlinable public static var ipv4: IPProtocol { IPProtocol(rawValue: 4) }
    @inlinable public static var tcp: IPProtocol { IPProtocol(rawValue: 6) }
    @inlinable public static var udp: IPProtocol { IPProtocol(rawValue: 17) }
    @inlinable public static var ipv6: IPProtocol { IPProtocol(rawValue: 41) }
    @inlinable public static var routing: IPProtocol { IPProtocol(rawValue: 43) }
    @inlinable public static var fragment: IPProtocol { IPProtocol(rawValue: 44) }
    @inlinable public static var gre: IPProtocol { IPProtocol(rawValue: 47) }
    @inlinable public static var esp: IPProtocol { IPProtocol(rawValue: 50) }
    @inlinable public static var ah: IPProtocol { IPProtocol(rawValue: 51) }
    @inlinable public static var icmpv6: IPProtocol { IPProtocol(rawValue: 58) }
    @inlinable public static var noNextHeader: IPProtocol { IPProtocol(rawValue: 59) }
    @inlinable public static var destinationOptions: IPProtocol { IPProtocol(rawValue: 60) }
    @inlinable public static var sctp: IPProtocol { IPProtocol(rawValue: 132) }
    @inlinable public static var mobility: IPProtocol { IPProtocol(rawValue: 135) }
    @inlinable public static var udpLite: IPProtocol { IPProtocol(rawValue: 136) }
    @inlinable public static var mpls: IPProtocol { IPProtocol(rawValue: 137) }
    @inlinable public static var ethernet: IPProtocol { IPProtocol(rawValue: 143) }
    @inlinable public static var hostIdentity: IPProtocol { IPProtocol(rawValue: 139) }
    @inlinable public static var shim6: IPProtocol { IPProtocol(rawValue: 140) }

    @inlinable public var name: StaticString? {
        switch self {
        case .hopByHop: "hop-by-hop options"
        case .icmp: "ICMP"
        case .igmp: "IGMP"
        case .ipv4: "IPIP"
        case .tcp: "TCP"
        case .udp: "UDP"
        case .ipv6: "IPv6"
        case .routing: "routing"
        case .fragment: "fragment"
        case .gre: "GRE"
        case .esp: "ESP"
        case .ah: "AH"
        case .icmpv6: "ICMPv6"
        case .noNextHeader: "none"
        case .destinationOptions: "destination options"
        case .sctp: "SCTP"
        case .mobility: "mobility"
        case .udpLite: "UDP-Lite"
        case .mpls: "MPLS"
        case .ethernet: "Ethernet"
        case .hostIdentity: "HIP"
        case .shim6: "shim6"
        default: nil
        }
    }
}
