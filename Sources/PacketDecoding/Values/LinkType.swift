/// A LINKTYPE_ number: what a frame begins with (the tcpdump.org link-layer header types).
@frozen public struct LinkType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt32

    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Four bytes of address family in the capturing host's order.
    @inlinable public static var null: LinkType { LinkType(rawValue: 0) }
    @inlinable public static var ethernet: LinkType { LinkType(rawValue: 1) }
    @inlinable public static var ppp: LinkType { LinkType(rawValue: 9) }
    /// PPP in HDLC framing, or Cisco's HDLC.
    @inlinable public static var pppHDLC: LinkType { LinkType(rawValue: 50) }
    @inlinable public static var pppoe: LinkType { LinkType(rawValue: 51) }
    /// An IPv4 or IPv6 packet, told apart by its version.
    @inlinable public static var raw: LinkType { LinkType(rawValue: 101) }
    @inlinable public static var ciscoHDLC: LinkType { LinkType(rawValue: 104) }
    /// As `null`, in network order.
    @inlinable public static var loop: LinkType { LinkType(rawValue: 108) }
    @inlinable public static var linuxSLL: LinkType { LinkType(rawValue: 113) }
    @inlinable public static var mpls: LinkType { LinkType(rawValue: 219) }
    @inlinable public static var ipv4: LinkType { LinkType(rawValue: 228) }
    @inlinable public static var ipv6: LinkType { LinkType(rawValue: 229) }
    /// What a firewall's rule logs.
    @inlinable public static var nflog: LinkType { LinkType(rawValue: 239) }
    @inlinable public static var linuxSLL2: LinkType { LinkType(rawValue: 276) }

    /// The name libpcap prints (`EN10MB`); nil for types that are not decoded here.
    @inlinable public var name: StaticString? {
        switch self {
        case .null: "NULL"
        case .ethernet: "EN10MB"
        case .ppp: "PPP"
        case .pppHDLC: "PPP_SERIAL"
        case .pppoe: "PPP_ETHER"
        case .raw: "RAW"
        case .ciscoHDLC: "C_HDLC"
        case .loop: "LOOP"
        case .linuxSLL: "LINUX_SLL"
        case .mpls: "MPLS"
        case .ipv4: "IPV4"
        case .ipv6: "IPV6"
        case .nflog: "NFLOG"
        case .linuxSLL2: "LINUX_SLL2"
        default: nil
        }
    }

    /// What libpcap says beside the name.
    @inlinable public var meaning: StaticString? {
        switch self {
        case .null: "BSD loopback"
        case .ethernet: "Ethernet"
        case .ppp: "PPP"
        case .pppHDLC: "PPP over serial"
        case .pppoe: "PPPoE"
        case .raw: "Raw IP"
        case .ciscoHDLC: "Cisco HDLC"
        case .loop: "OpenBSD loopback"
        case .linuxSLL: "Linux cooked v1"
        case .mpls: "MPLS with label as link-layer header"
        case .ipv4: "Raw IPv4"
        case .ipv6: "Raw IPv6"
        case .nflog: "Linux netfilter log messages"
        case .linuxSLL2: "Linux cooked v2"
        default: nil
        }
    }
}
