/// What follows an Ethernet, VLAN, cooked or SNAP header (IEEE 802 Numbers, IANA).
@frozen public struct EtherType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var ipv4: EtherType { EtherType(rawValue: 0x0800) }
    @inlinable public static var arp: EtherType { EtherType(rawValue: 0x0806) }
    @inlinable public static var rarp: EtherType { EtherType(rawValue: 0x8035) }
    /// IEEE 802.1Q customer tag.
    @inlinable public static var vlan: EtherType { EtherType(rawValue: 0x8100) }
    @inlinable public static var ipv6: EtherType { EtherType(rawValue: 0x86dd) }
    /// IEEE 802.1ad service tag.
    @inlinable public static var serviceVLAN: EtherType { EtherType(rawValue: 0x88a8) }
    /// The service tag of gear older than IEEE 802.1ad.
    @inlinable public static var oldServiceVLAN: EtherType { EtherType(rawValue: 0x9100) }

    /// Ethernet within something that is not: GRE, Geneve.
    @inlinable public static var transparentEthernet: EtherType { EtherType(rawValue: 0x6558) }
    @inlinable public static var ppp: EtherType { EtherType(rawValue: 0x880b) }
    /// Web traffic that a router redirects to a cache.
    @inlinable public static var wccp: EtherType { EtherType(rawValue: 0x883e) }
    /// A VN-Tag (IEEE 802.1BR).
    @inlinable public static var vnTag: EtherType { EtherType(rawValue: 0x8926) }
    @inlinable public static var mpls: EtherType { EtherType(rawValue: 0x8847) }
    @inlinable public static var mplsMulticast: EtherType { EtherType(rawValue: 0x8848) }
    @inlinable public static var pppoeDiscovery: EtherType { EtherType(rawValue: 0x8863) }
    @inlinable public static var pppoeSession: EtherType { EtherType(rawValue: 0x8864) }

    /// The name that tcpdump prints, of the types that are decoded here and of others in wide use.
    @inlinable public var name: StaticString? {
        switch self {
        case .ipv4: "IPv4"
        case .arp: "ARP"
        case .rarp: "Reverse ARP"
        case .vlan: "802.1Q"
        case .ipv6: "IPv6"
        case .serviceVLAN: "802.1Q-QinQ"
        case .oldServiceVLAN: "802.1Q-9100"
        case .vnTag: "VN-Tag"
        default: otherName
        }
    }

    @usableFromInline var otherName: StaticString? {
        switch rawValue {
        case 0x6558: "TEB"
        case 0x809b: "Appletalk"
        case 0x80f3: "Appletalk ARP"
        case 0x8137: "IPX"
        case 0x8808: "MPCP"
        case 0x8809: "Slow Protocols"
        case 0x880b: "PPP"
        case 0x8847: "MPLS unicast"
        case 0x8848: "MPLS multicast"
        case 0x8863: "PPPoE D"
        case 0x8864: "PPPoE S"
        case 0x888e: "EAPOL"
        case 0x88a2: "AoE"
        case 0x88ca: "TIPC"
        case 0x88cc: "LLDP"
        case 0x88e5: "802.1AE MACsec"
        case 0x88f7: "PTP"
        case 0x8902: "CFM"
        case 0x894f: "NSH"
        case 0x9000: "Loopback"
        default: nil
        }
    }
}
