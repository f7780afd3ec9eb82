// Which selector leads to which protocol: the one list. A new protocol is a case of `LayerKind`, its name, its
// selector, and a line in each of the three switches at the end.

/// The kinds of layer that are decoded.
@frozen public enum LayerKind: UInt8, BitwiseCopyable, Hashable, Sendable, CaseIterable {
    case ethernet, vlan, llc, linuxSLL, linuxSLL2, null, rawIP
    case arp, ipv4, ipv6
    case hopByHop, routing, fragment, destinationOptions, authentication, encapsulatingSecurity
    case mobility, hostIdentity, shim6
    case icmp, icmpv6
    case tcp, udp
    case nflog, vnTag
    case isl, fabricPath, mpls, pppoe, pppoeDiscovery, ppp, ciscoHDLC, igmp, gre, vxlan, vxlanGeneric, geneve, l2tp,
        gtpUser, sctp,
        udpLite
    case greeting
    case dns, mdns, dhcp, ntp, http, tls

    /// The JSON schema's name of the layer.
    @inlinable public var name: StaticString {
        switch self {
        case .ethernet: "ethernet"
        case .vlan: "vlan"
        case .llc: "llc"
        case .linuxSLL, .linuxSLL2: "linux_sll"
        case .null: "null"
        case .rawIP: "raw"
        case .arp: "arp"
        case .ipv4: "ipv4"
        case .ipv6: "ipv6"
        case .hopByHop: "ipv6_hop_by_hop"
        case .routing: "ipv6_routing"
        case .fragment: "ipv6_fragment"
        case .destinationOptions: "ipv6_destination_options"
        case .authentication: "ah"
        case .encapsulatingSecurity: "esp"
        case .mobility: "ipv6_mobility"
        case .hostIdentity: "ipv6_host_identity"
        case .shim6: "ipv6_shim6"
        case .icmp: "icmp"
        case .icmpv6: "icmpv6"
        case .tcp: "tcp"
        case .udp: "udp"
        case .isl: "isl"
        case .fabricPath: "fabricpath"
        case .nflog: "nflog"
        case .vnTag: "vntag"
        case .mpls: "mpls"
        case .pppoe, .pppoeDiscovery: "pppoe"
        case .ppp: "ppp"
        case .ciscoHDLC: "chdlc"
        case .igmp: "igmp"
        case .gre: "gre"
        case .vxlan, .vxlanGeneric: "vxlan"
        case .geneve: "geneve"
        case .l2tp: "l2tp"
        case .gtpUser: "gtp"
        case .sctp: "sctp"
        case .udpLite: "udplite"
        case .greeting: "greeting"
        case .dns: "dns"
        case .mdns: "mdns"
        case .dhcp: "dhcp"
        case .ntp: "ntp"
        case .http: "http"
        case .tls: "tls"
        }
    }

    /// Whether the layer says by an EtherType what it carries.
    var hasEtherType: Bool {
        switch self {
        case .ethernet, .vlan, .vnTag, .llc, .linuxSLL, .linuxSLL2, .geneve: true
        default: false
        }
    }

    /// Whether the layer is a link's, or a part of its header: what a network layer stands behind.
    @inlinable public var isLink: Bool {
        switch self {
        case .ethernet, .vlan, .vnTag, .llc, .linuxSLL, .linuxSLL2, .null, .rawIP, .nflog, .isl, .fabricPath, .ppp,
            .ciscoHDLC:
            true
        default: false
        }
    }

    /// Whether the layer is a tag within a link's header.
    @inlinable public var isTag: Bool { self == .vlan || self == .vnTag }

    /// Whether the layer is a tunnel whose packets a transport's payload or another link carries: its words take the place
    /// of the datagram's, and over IPv6 that may have no checksum (RFC 6935 section 5).
    @inlinable public var isTunnel: Bool {
        switch self {
        case .vxlan, .vxlanGeneric, .geneve, .l2tp, .gtpUser, .mpls: true
        default: false
        }
    }

    /// What a frame of this link type begins with; nil when it is not decoded.
    public init?(linkType: LinkType) {
        switch linkType {
        case .ethernet: self = .ethernet
        case .linuxSLL: self = .linuxSLL
        case .linuxSLL2: self = .linuxSLL2
        case .null, .loop: self = .null
        case .raw: self = .rawIP
        case .ipv4: self = .ipv4
        case .ipv6: self = .ipv6
        case .ppp, .pppHDLC: self = .ppp
        case .pppoe: self = .pppoe
        case .ciscoHDLC: self = .ciscoHDLC
        case .mpls: self = .mpls
        case .nflog: self = .nflog
        default: return nil
        }
    }

    @inline(__always)
    init?(_ etherType: EtherType) {
        switch etherType {
        case .ipv4: self = .ipv4
        case .ipv6: self = .ipv6
        case .arp, .rarp: self = .arp
        case .vlan, .serviceVLAN, .oldServiceVLAN: self = .vlan
        case .mpls, .mplsMulticast: self = .mpls
        case .pppoeDiscovery: self = .pppoeDiscovery
        case .pppoeSession: self = .pppoe
        case .transparentEthernet: self = .ethernet
        case .vnTag: self = .vnTag
        default: return nil
        }
    }

    @inline(__always)
    init?(_ ipProtocol: IPProtocol) {
        switch ipProtocol {
        case .tcp: self = .tcp
        case .udp: self = .udp
        case .icmp: self = .icmp
        case .icmpv6: self = .icmpv6
        case .ipv4: self = .ipv4
        case .ipv6: self = .ipv6
        case .hopByHop: self = .hopByHop
        case .routing: self = .routing
        case .fragment: self = .fragment
        case .destinationOptions: self = .destinationOptions
        case .ah: self = .authentication
        case .esp: self = .encapsulatingSecurity
        case .mobility: self = .mobility
        case .hostIdentity: self = .hostIdentity
        case .shim6: self = .shim6
        case .igmp: self = .igmp
        case .gre: self = .gre
        case .sctp: self = .sctp
        case .udpLite: self = .udpLite
        case .mpls: self = .mpls
        case .ethernet: self = .ethernet
        default: return nil
        }
    }

    init?(_ pppProtocol: PPPProtocol) {
        switch pppProtocol.rawValue {
        case 0x0021: self = .ipv4
        case 0x0057: self = .ipv6
        case 0x0281, 0x0283: self = .mpls
        default: return nil
        }
    }

    /// GRE's protocol types are EtherTypes but for a few of its own.
    init?(greProtocol type: EtherType) {
        switch type {
        case .wccp: self = .ipv4
        // Mobile networks carry PPP under a number of their own, a vendor Ethernet.
        case .ppp, EtherType(rawValue: 0x88d2): self = .ppp
        case EtherType(rawValue: 0x6400): self = .ethernet
        // Tags and PPPoE are parts of an Ethernet frame, which has a number of its own here (RFC 7637 section 3.2).
        case .vlan, .serviceVLAN, .oldServiceVLAN, .vnTag, .pppoeDiscovery, .pppoeSession: return nil
        case let type: self.init(type)
        }
    }

    /// An application protocol by the name that `--decode-as` takes.
    public init?(applicationNamed name: String) {
        switch name {
        case "greeting": self = .greeting
        case "dns": self = .dns
        case "mdns": self = .mdns
        case "dhcp": self = .dhcp
        case "ntp": self = .ntp
        case "http": self = .http
        case "tls": self = .tls
        default: return nil
        }
    }

    /// The tunnels whose packets UDP ports receive (IANA, Service Name and Transport Protocol Port Number Registry).
    static let tunnelPorts: [PortMap.Entry] = [
        PortMap.Entry(port: 1701, kind: .l2tp),
        PortMap.Entry(port: 2152, kind: .gtpUser),
        PortMap.Entry(port: 4789, kind: .vxlan),
        PortMap.Entry(port: 4790, kind: .vxlanGeneric),
        PortMap.Entry(port: 6081, kind: .geneve),
        PortMap.Entry(port: 6635, kind: .mpls),
    ]

    static let wellKnownPorts: [PortMap.Entry] = [
        PortMap.Entry(port: 9999, kind: .greeting),
        PortMap.Entry(port: 53, kind: .dns),
        PortMap.Entry(port: 5353, kind: .mdns),
        PortMap.Entry(port: 67, kind: .dhcp),
        PortMap.Entry(port: 68, kind: .dhcp),
        PortMap.Entry(port: 123, kind: .ntp),
        PortMap.Entry(port: 80, kind: .http),
        PortMap.Entry(port: 8000, kind: .http),
        PortMap.Entry(port: 8080, kind: .http),
        PortMap.Entry(port: 443, kind: .tls),
    ]

    /// What the first four bytes of a TCP payload tell where no port does.
    @inline(__always)
    init?(openingOfStream word: UInt32) {
        switch word {
        // "GET ", "HEAD", "POST", "PUT ", "DELE", "CONN", "OPTI", "TRAC", "PATC", "HTTP"
        case 0x4745_5420, 0x4845_4144, 0x504f_5354, 0x5055_5420, 0x4445_4c45, 0x434f_4e4e, 0x4f50_5449, 0x5452_4143,
            0x5041_5443, 0x4854_5450:
            self = .http
        // A handshake record of version 3.0 to 3.4, or an alert, which is short.
        case 0x1603_0000...0x1603_04ff, 0x1503_0000, 0x1503_0100, 0x1503_0200, 0x1503_0300, 0x1503_0400: self = .tls
        default: return nil
        }
    }

    /// Whether ``init(openingOfStream:)`` knows the protocol, and no port needs to.
    var hasOpening: Bool { self == .http || self == .tls }

    /// Whether `payload`, whose first four bytes ``init(openingOfStream:)`` knows, is the protocol's also as it goes on.
    func begins(_ payload: RawSpan) -> Bool {
        switch self {
        case .http: HTTP.begins(payload)
        case .tls: TLS.begins(payload)
        default: false
        }
    }

    /// Whether the application protocol is spoken over `transport`: HTTP and TLS would be something else over UDP.
    func runs(over transport: LayerKind) -> Bool {
        switch self {
        case .http, .tls: transport == .tcp
        case .dhcp, .ntp, .mdns: transport == .udp
        default: true
        }
    }
}

extension PacketDecoder {
    mutating func decode(_ kind: LayerKind, _ cursor: inout Cursor) throws(DecodeError) -> LayerKind? {
        switch kind {
        case .ethernet: try EthernetHeader.decode(&cursor, into: &self)
        case .vlan: try VLANTag.decode(&cursor, into: &self)
        case .llc: try LLCHeader.decode(&cursor, into: &self)
        case .linuxSLL: try LinuxSLLHeader.decode(&cursor, into: &self)
        case .linuxSLL2: try LinuxSLL2Header.decode(&cursor, into: &self)
        case .null: try NullHeader.decode(&cursor, into: &self)
        case .rawIP: try RawIP.decode(&cursor, into: &self)
        case .arp: try ARPHeader.decode(&cursor, into: &self)
        case .ipv4: try IPv4Header.decode(&cursor, into: &self)
        case .ipv6: try IPv6Header.decode(&cursor, into: &self)
        case .hopByHop: try IPv6HopByHop.decode(&cursor, into: &self)
        case .routing: try IPv6RoutingHeader.decode(&cursor, into: &self)
        case .fragment: try IPv6FragmentHeader.decode(&cursor, into: &self)
        case .destinationOptions: try IPv6DestinationOptions.decode(&cursor, into: &self)
        case .authentication: try AuthenticationHeader.decode(&cursor, into: &self)
        case .encapsulatingSecurity: try ESPHeader.decode(&cursor, into: &self)
        case .mobility: try IPv6Mobility.decode(&cursor, into: &self)
        case .hostIdentity: try IPv6HostIdentity.decode(&cursor, into: &self)
        case .shim6: try IPv6Shim6.decode(&cursor, into: &self)
        case .icmp: try ICMPHeader.decode(&cursor, into: &self)
        case .icmpv6: try ICMPv6Header.decode(&cursor, into: &self)
        case .tcp: try TCPHeader.decode(&cursor, into: &self)
        case .udp: try UDPHeader.decode(&cursor, into: &self)
        case .isl: try ISLHeader.decode(&cursor, into: &self)
        case .fabricPath: try FabricPathHeader.decode(&cursor, into: &self)
        case .nflog: try NFLOGHeader.decode(&cursor, into: &self)
        case .vnTag: try VNTag.decode(&cursor, into: &self)
        case .mpls: try MPLSLabel.decode(&cursor, into: &self)
        case .pppoe: try PPPoEHeader.decode(&cursor, into: &self)
        case .pppoeDiscovery: try PPPoEDiscovery.decode(&cursor, into: &self)
        case .ppp: try PPPHeader.decode(&cursor, into: &self)
        case .ciscoHDLC: try CiscoHDLCHeader.decode(&cursor, into: &self)
        case .igmp: try IGMPHeader.decode(&cursor, into: &self)
        case .gre: try GREHeader.decode(&cursor, into: &self)
        case .vxlan: try VXLANHeader.decode(&cursor, into: &self)
        case .vxlanGeneric: try VXLANGenericHeader.decode(&cursor, into: &self)
        case .geneve: try GeneveHeader.decode(&cursor, into: &self)
        case .l2tp: try L2TPHeader.decode(&cursor, into: &self)
        case .gtpUser: try GTPUserHeader.decode(&cursor, into: &self)
        case .sctp: try SCTPHeader.decode(&cursor, into: &self)
        case .udpLite: try UDPLiteHeader.decode(&cursor, into: &self)
        case .greeting: try Greeting.decode(&cursor, into: &self)
        case .dns: try DNS.decode(&cursor, into: &self)
        case .mdns: try MulticastDNS.decode(&cursor, into: &self)
        case .dhcp: try DHCPHeader.decode(&cursor, into: &self)
        case .ntp: try NTPHeader.decode(&cursor, into: &self)
        case .http: try HTTP.decode(&cursor, into: &self)
        case .tls: try TLS.decode(&cursor, into: &self)
        }
    }
}

extension Packet {
    /// Every field of layer `index`, in the header's order.
    @inlinable
    public func describe(_ index: Int, to sink: inout some FieldSink & ~Copyable) {
        switch layers[index].kind {
        case .ethernet: EthernetHeader.describe(index, of: self, to: &sink)
        case .vlan: VLANTag.describe(index, of: self, to: &sink)
        case .llc: LLCHeader.describe(index, of: self, to: &sink)
        case .linuxSLL: LinuxSLLHeader.describe(index, of: self, to: &sink)
        case .linuxSLL2: LinuxSLL2Header.describe(index, of: self, to: &sink)
        case .null: NullHeader.describe(index, of: self, to: &sink)
        case .rawIP: break
        case .arp: ARPHeader.describe(index, of: self, to: &sink)
        case .ipv4: IPv4Header.describe(index, of: self, to: &sink)
        case .ipv6: IPv6Header.describe(index, of: self, to: &sink)
        case .hopByHop: IPv6HopByHop.describe(index, of: self, to: &sink)
        case .routing: IPv6RoutingHeader.describe(index, of: self, to: &sink)
        case .fragment: IPv6FragmentHeader.describe(index, of: self, to: &sink)
        case .destinationOptions: IPv6DestinationOptions.describe(index, of: self, to: &sink)
        case .authentication: AuthenticationHeader.describe(index, of: self, to: &sink)
        case .encapsulatingSecurity: ESPHeader.describe(index, of: self, to: &sink)
        case .mobility: IPv6Mobility.describe(index, of: self, to: &sink)
        case .hostIdentity: IPv6HostIdentity.describe(index, of: self, to: &sink)
        case .shim6: IPv6Shim6.describe(index, of: self, to: &sink)
        case .icmp: ICMPHeader.describe(index, of: self, to: &sink)
        case .icmpv6: ICMPv6Header.describe(index, of: self, to: &sink)
        case .tcp: TCPHeader.describe(index, of: self, to: &sink)
        case .udp: UDPHeader.describe(index, of: self, to: &sink)
        case .isl: ISLHeader.describe(index, of: self, to: &sink)
        case .fabricPath: FabricPathHeader.describe(index, of: self, to: &sink)
        case .nflog: NFLOGHeader.describe(index, of: self, to: &sink)
        case .vnTag: VNTag.describe(index, of: self, to: &sink)
        case .mpls: MPLSLabel.describe(index, of: self, to: &sink)
        case .pppoe: PPPoEHeader.describe(index, of: self, to: &sink)
        case .pppoeDiscovery: PPPoEDiscovery.describe(index, of: self, to: &sink)
        case .ppp: PPPHeader.describe(index, of: self, to: &sink)
        case .ciscoHDLC: CiscoHDLCHeader.describe(index, of: self, to: &sink)
        case .igmp: IGMPHeader.describe(index, of: self, to: &sink)
        case .gre: GREHeader.describe(index, of: self, to: &sink)
        case .vxlan: VXLANHeader.describe(index, of: self, to: &sink)
        case .vxlanGeneric: VXLANGenericHeader.describe(index, of: self, to: &sink)
        case .geneve: GeneveHeader.describe(index, of: self, to: &sink)
        case .l2tp: L2TPHeader.describe(index, of: self, to: &sink)
        case .gtpUser: GTPUserHeader.describe(index, of: self, to: &sink)
        case .sctp: SCTPHeader.describe(index, of: self, to: &sink)
        case .udpLite: UDPLiteHeader.describe(index, of: self, to: &sink)
        case .greeting: Greeting.describe(index, of: self, to: &sink)
        case .dns: DNS.describe(index, of: self, to: &sink)
        case .mdns: MulticastDNS.describe(index, of: self, to: &sink)
        case .dhcp: DHCPHeader.describe(index, of: self, to: &sink)
        case .ntp: NTPHeader.describe(index, of: self, to: &sink)
        case .http: HTTP.describe(index, of: self, to: &sink)
        case .tls: TLS.describe(index, of: self, to: &sink)
        }
    }

    /// Layer `index` in a few words.
    @inlinable
    public func summarize(_ index: Int, context: SummaryContext, to sink: inout some TextSink & ~Copyable) {
        switch layers[index].kind {
        case .ethernet: EthernetHeader.summarize(index, of: self, context: context, to: &sink)
        case .vlan: VLANTag.summarize(index, of: self, context: context, to: &sink)
        case .llc: LLCHeader.summarize(index, of: self, context: context, to: &sink)
        case .linuxSLL: LinuxSLLHeader.summarize(index, of: self, context: context, to: &sink)
        case .linuxSLL2: LinuxSLL2Header.summarize(index, of: self, context: context, to: &sink)
        case .null: NullHeader.summarize(index, of: self, context: context, to: &sink)
        case .rawIP: break
        case .arp: ARPHeader.summarize(index, of: self, context: context, to: &sink)
        case .ipv4: IPv4Header.summarize(index, of: self, context: context, to: &sink)
        case .ipv6: IPv6Header.summarize(index, of: self, context: context, to: &sink)
        case .hopByHop: IPv6HopByHop.summarize(index, of: self, context: context, to: &sink)
        case .routing: IPv6RoutingHeader.summarize(index, of: self, context: context, to: &sink)
        case .fragment: IPv6FragmentHeader.summarize(index, of: self, context: context, to: &sink)
        case .destinationOptions: IPv6DestinationOptions.summarize(index, of: self, context: context, to: &sink)
        case .authentication: AuthenticationHeader.summarize(index, of: self, context: context, to: &sink)
        case .encapsulatingSecurity: ESPHeader.summarize(index, of: self, context: context, to: &sink)
        case .mobility: IPv6Mobility.summarize(index, of: self, context: context, to: &sink)
        case .hostIdentity: IPv6HostIdentity.summarize(index, of: self, context: context, to: &sink)
        case .shim6: IPv6Shim6.summarize(index, of: self, context: context, to: &sink)
        case .icmp: ICMPHeader.summarize(index, of: self, context: context, to: &sink)
        case .icmpv6: ICMPv6Header.summarize(index, of: self, context: context, to: &sink)
        case .tcp: TCPHeader.summarize(index, of: self, context: context, to: &sink)
        case .udp: UDPHeader.summarize(index, of: self, context: context, to: &sink)
        case .isl: ISLHeader.summarize(index, of: self, context: context, to: &sink)
        case .fabricPath: FabricPathHeader.summarize(index, of: self, context: context, to: &sink)
        case .nflog: NFLOGHeader.summarize(index, of: self, context: context, to: &sink)
        case .vnTag: VNTag.summarize(index, of: self, context: context, to: &sink)
        case .mpls: MPLSLabel.summarize(index, of: self, context: context, to: &sink)
        case .pppoe: PPPoEHeader.summarize(index, of: self, context: context, to: &sink)
        case .pppoeDiscovery: PPPoEDiscovery.summarize(index, of: self, context: context, to: &sink)
        case .ppp: PPPHeader.summarize(index, of: self, context: context, to: &sink)
        case .ciscoHDLC: CiscoHDLCHeader.summarize(index, of: self, context: context, to: &sink)
        case .igmp: IGMPHeader.summarize(index, of: self, context: context, to: &sink)
        case .gre: GREHeader.summarize(index, of: self, context: context, to: &sink)
        case .vxlan: VXLANHeader.summarize(index, of: self, context: context, to: &sink)
        case .vxlanGeneric: VXLANGenericHeader.summarize(index, of: self, context: context, to: &sink)
        case .geneve: GeneveHeader.summarize(index, of: self, context: context, to: &sink)
        case .l2tp: L2TPHeader.summarize(index, of: self, context: context, to: &sink)
        case .gtpUser: GTPUserHeader.summarize(index, of: self, context: context, to: &sink)
        case .sctp: SCTPHeader.summarize(index, of: self, context: context, to: &sink)
        case .udpLite: UDPLiteHeader.summarize(index, of: self, context: context, to: &sink)
        case .greeting: Greeting.summarize(index, of: self, context: context, to: &sink)
        case .dns: DNS.summarize(index, of: self, context: context, to: &sink)
        case .mdns: MulticastDNS.summarize(index, of: self, context: context, to: &sink)
        case .dhcp: DHCPHeader.summarize(index, of: self, context: context, to: &sink)
        case .ntp: NTPHeader.summarize(index, of: self, context: context, to: &sink)
        case .http: HTTP.summarize(index, of: self, context: context, to: &sink)
        case .tls: TLS.summarize(index, of: self, context: context, to: &sink)
        }
    }
}

extension Packet {
    /// Whether the checksum of layer `index` is right; nil where the layer has none. What covers a whole packet is
    /// summed anew at each call.
    @inlinable
    public func checksumStatus(at index: Int) -> ChecksumStatus? {
        switch layers[index].kind {
        case .ipv4: IPv4Header.checksumStatus(at: index, of: self)
        case .icmp: ICMPHeader.checksumStatus(at: index, of: self)
        case .icmpv6: ICMPv6Header.checksumStatus(at: index, of: self)
        case .igmp: IGMPHeader.checksumStatus(at: index, of: self)
        case .gre: GREHeader.checksumStatus(at: index, of: self)
        case .tcp: TCPHeader.checksumStatus(at: index, of: self)
        case .udp: UDPHeader.checksumStatus(at: index, of: self)
        case .udpLite: UDPLiteHeader.checksumStatus(at: index, of: self)
        case .sctp: SCTPHeader.checksumStatus(at: index, of: self)
        default: nil
        }
    }
}
