import PacketDecoding

/// Stands for the VLANs and tunnels that a packet came in: the same addresses in another network are those of others
/// (RFC 791 section 3.2 knows one network only).
///
/// Numbers of one run of a program are comparable, and of no other: a secret keys them, so that nobody can make two
/// networks look like one.
struct NetworkNumber: BitwiseCopyable, Hashable {
    let rawValue: UInt32

    /// Outside of any VLAN and tunnel.
    static var plain: NetworkNumber { NetworkNumber(rawValue: 0) }

    var isPlain: Bool { rawValue == 0 }

    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The network of IP layer `inner`: VLAN and PPPoE session numbers, and of every tunnel its two ends in either
    /// order, its kind, and the identifier that is the same both ways (VXLAN's and Geneve's networks, the key of GRE,
    /// but not of its version 1). What a port, an MPLS label or a GTP endpoint identifier tells depends on the
    /// direction.
    @inline(__always)
    init(_ packet: Packet, around inner: Int) {
        // A datagram put together from fragments came in the network of those.
        let carrier = packet.frame.header.network
        let isPlain = inner <= 1 && carrier == 0 && (inner == 0 || !packet.layers[0].kind.isIP)
        self = isPlain ? .plain : Self.number(packet, around: inner, from: carrier)
    }

    @inline(never)
    private static func number(_ packet: Packet, around inner: Int, from carrier: UInt32) -> NetworkNumber {
        var networks = UInt64(carrier)
        var nearest: UInt64 = 0
        for index in 0..<inner {
            switch packet.layers[index].kind {
            case .ipv4, .ipv6:
                networks = enter(nearest, in: networks)
                nearest = ends(of: packet, at: index)
            // It is not what an ICMP error travels in that the packet it quotes did.
            case .icmp, .icmpv6: nearest = 0
            default:
                if let network = packet.virtualLink(at: index) {
                    networks = enter(network, in: enter(nearest, in: networks))
                    nearest = 0
                } else if let network = packet.tunnelNetwork(at: index) {
                    nearest = FlowHasher.fold(nearest ^ network, secret.0) | 1
                }
            }
        }
        return NetworkNumber(rawValue: UInt32(truncatingIfNeeded: enter(nearest, in: networks)))
    }

    private static let secret = (UInt64.random(in: .min ... .max) | 1, UInt64.random(in: .min ... .max) | 1)

    /// - Parameter network: 0 for none.
    /// - Returns: what a number holds, so that a carrier's goes on as if its layers were there.
    private static func enter(_ network: UInt64, in networks: UInt64) -> UInt64 {
        network == 0 ? networks : FlowHasher.fold(networks ^ network, secret.1) & 0xffff_ffff | 1
    }

    /// The same for both directions; never 0.
    private static func ends(of packet: Packet, at index: Int) -> UInt64 {
        if let header = packet.header(IPv4Header.self, at: index) {
            return end(AddressWords(header.source)) &+ end(AddressWords(header.destination)) | 1
        }
        if let header = packet.header(IPv6Header.self, at: index) {
            return end(AddressWords(header.source)) &+ end(AddressWords(header.destination)) | 1
        }
        return 1
    }

    private static func end(_ address: AddressWords) -> UInt64 {
        FlowHasher.fold(address.high ^ secret.1, address.low ^ secret.0)
    }
}

extension LayerKind {
    fileprivate var isIP: Bool { self == .ipv4 || self == .ipv6 }
}

extension Packet {
    /// What tells networks apart that share a link: the VLAN, or the PPPoE session; nil where layer `index` does not.
    fileprivate func virtualLink(at index: Int) -> UInt64? {
        let identifier: UInt16
        if let header = header(VLANTag.self, at: index) {
            identifier = header.identifier
        } else if let header = header(ISLHeader.self, at: index) {
            identifier = header.vlan
        } else if let header = header(PPPoEHeader.self, at: index) {
            // An Ethernet has one access concentrator's sessions, and VLANs besides.
            return UInt64(LayerKind.pppoe.rawValue) << 40 | UInt64(header.session) | 1 << 32
        } else {
            return nil
        }
        // VLAN 0 is none: the tag has a priority only (IEEE 802.1Q section 9.6).
        return identifier == 0 ? nil : UInt64(LayerKind.vlan.rawValue) << 40 | UInt64(identifier)
    }

    /// What tells networks apart that share a tunnel's two ends: the kind of tunnel and its identifier, which GRE may
    /// lack; nil where layer `index` does not.
    fileprivate func tunnelNetwork(at index: Int) -> UInt64? {
        let kind = UInt64(layers[index].kind.rawValue) << 40
        if let header = header(VXLANHeader.self, at: index) { return kind | UInt64(header.networkIdentifier) }
        if let header = header(GeneveHeader.self, at: index) { return kind | UInt64(header.networkIdentifier) }
        if let header = header(VXLANGenericHeader.self, at: index) { return kind | UInt64(header.networkIdentifier) }
        guard let header = header(GREHeader.self, at: index) else { return nil }
        let bytes = headerBytes(at: index)
        guard header.hasKey, header.version == 0, bytes.byteCount >= header.keyOffset &+ 4 else { return kind }
        return kind | 1 << 32 | UInt64(bytes.uint32(at: header.keyOffset))
    }
}
