public import PacketDecoding

/// Who speaks to whom in one packet.
struct Flow: BitwiseCopyable, Hashable {
    let transport: Transport
    let source: Endpoint
    let destination: Endpoint
    /// Stands for the addresses and network identifiers of all tunnels around it; 0 outside of any.
    let tunnel: UInt64

    init(transport: Transport, source: Endpoint, destination: Endpoint, tunnel: UInt64 = 0) {
        self.transport = transport
        self.source = source
        self.destination = destination
        self.tunnel = tunnel
    }

    /// The flow of TCP or UDP layer `index`; nil where its addresses or ports were not captured.
    ///
    /// Ports are all it takes: an ICMP error may quote no more of a header than its first 8 bytes (RFC 792).
    ///
    /// - Parameters:
    ///   - hasher: tells tunnels apart; nil takes all packets for ones outside of any.
    ///   - viaRoute: underway to the next stop of an IPv6 routing header, a packet belongs to the conversation with its
    ///     last one; false takes the address that the header shows.
    init?(of packet: Packet, at index: Int, hasher: FlowHasher? = nil, viaRoute: Bool = true) {
        switch packet.layers[index].kind {
        case .tcp: transport = .tcp
        case .udp: transport = .udp
        default: return nil
        }
        let bytes = packet.frame.bytes
        let offset = packet.layers[index].offset
        guard bytes.byteCount &- offset >= 4, let network = packet.networkIndex(below: index) else { return nil }
        let from, to: IPAddress
        if let header = packet.header(IPv4Header.self, at: network) {
            from = .v4(header.source)
            to = .v4(header.destination)
        } else if let header = packet.header(IPv6Header.self, at: network) {
            from = .v6(header.source)
            let final = viaRoute ? packet.finalDestination(ofIPv6At: network) : nil
            to = .v6(final ?? header.destination)
        } else {
            return nil
        }
        source = Endpoint(address: from, port: bytes.uint16(at: offset))
        destination = Endpoint(address: to, port: bytes.uint16(at: offset &+ 2))
        tunnel = packet.networkIndex(below: network) == nil ? 0 : hasher?.hashTunnel(packet, around: network) ?? 0
    }

    /// The way back.
    var reversed: Flow { Flow(transport: transport, source: destination, destination: source, tunnel: tunnel) }

    /// Whether the sender is the end that a key shared by both directions names first.
    var isForward: Bool { source <= destination }
}

/// Hashes flows so that both directions are equal, and what fragments have in common, with a secret: a peer that picks
/// its addresses, ports and identifications cannot make them collide.
struct FlowHasher: BitwiseCopyable {
    private let secret: (UInt64, UInt64, UInt64)

    /// - Parameter seed: nil takes one from the system.
    init(seed: UInt64?) {
        let seed = seed ?? UInt64.random(in: .min ... .max)
        // Any odd constants without structure do; these are digits of pi.
        secret = (
            Self.fold(seed ^ 0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345),
            Self.fold(seed ^ 0xa409_3822_299f_31d1, 0x082e_fa98_ec4e_6c89),
            Self.fold(seed ^ 0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6d)
        )
    }

    func hash(_ flow: Flow) -> UInt32 { hash(flow, in: flow.tunnel) }

    /// As if the flow ran in another tunnel.
    func hash(_ flow: Flow, in tunnel: UInt64) -> UInt32 {
        let (low, high) = flow.isForward ? (flow.source, flow.destination) : (flow.destination, flow.source)
        let ports = UInt64(flow.transport.rawValue) << 32 | UInt64(low.port) << 16 | UInt64(high.port)
        return hash(low.address, high.address, ports ^ tunnel)
    }

    func hash(_ key: FragmentKey) -> UInt32 {
        hash(key.source, key.destination, UInt64(key.protocolNumber) << 32 | UInt64(key.identification))
    }

    /// The tunnels around IP layer `inner`: their ends, in either order, their kinds, and the identifiers that are the
    /// same both ways (VXLAN's and Geneve's networks, the key of GRE, but not of its version 1). What a port, an MPLS
    /// label or a GTP endpoint identifier tells depends on the direction. 0 where there is none.
    func hashTunnel(_ packet: Packet, around inner: Int) -> UInt64 {
        var tunnels: UInt64 = 0
        var nearest: UInt64 = 0
        for index in 0..<inner {
            switch packet.layers[index].kind {
            case .ipv4, .ipv6:
                if nearest != 0 { tunnels = Self.fold(tunnels ^ nearest, secret.2) | 1 }
                nearest = hashEnds(packet, at: index)
            // It is not what an ICMP error travels in that the packet it quotes did.
            case .icmp, .icmpv6: nearest = 0
            default:
                if let network = packet.tunnelNetwork(at: index) {
                    nearest = Self.fold(nearest ^ network, secret.0) | 1
                }
            }
        }
        return nearest == 0 ? tunnels : Self.fold(tunnels ^ nearest, secret.2) | 1
    }

    /// Never 0.
    private func hashEnds(_ packet: Packet, at index: Int) -> UInt64 {
        if let header = packet.header(IPv4Header.self, at: index) {
            return hash(.v4(header.source)) &+ hash(.v4(header.destination)) | 1
        }
        if let header = packet.header(IPv6Header.self, at: index) {
            return hash(.v6(header.source)) &+ hash(.v6(header.destination)) | 1
        }
        return 1
    }

    private func hash(_ first: IPAddress, _ second: IPAddress, _ rest: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: Self.fold(hash(first) ^ rest, hash(second) ^ secret.2) >> 16)
    }

    private func hash(_ address: IPAddress) -> UInt64 {
        switch address {
        case .v4(let address): Self.fold(UInt64(address.rawValue) ^ secret.0, secret.1)
        case .v6(let address): Self.fold(address.high ^ secret.1, address.low ^ secret.0)
        }
    }

    /// Both halves of the product, folded: every bit of either factor reaches every bit of the result.
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}

extension Packet {
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

extension ConversationKey {
    /// Whether `flow` runs between these two ends, either way.
    func joins(_ flow: Flow) -> Bool {
        flow.transport == transport
            && (flow.source == client && flow.destination == server
                || flow.source == server && flow.destination == client)
    }

    /// A flow from the client to the server.
    var flow: Flow { Flow(transport: transport, source: client, destination: server) }

    /// The end that sends `flow`, which must run between these two.
    func sender(of flow: Flow) -> ConversationSide { flow.source == client ? .client : .server }
}

extension TCPHeader {
    /// Whether its length is possible. A receiver drops a segment that fails this (RFC 9293 section 3.1).
    var isSound: Bool { headerLength >= TCPHeader.size }
}

/// What a conversation needs of a TCP header: the first 16 of its bytes.
struct SegmentHeader: BitwiseCopyable {
    let sequenceNumber, acknowledgmentNumber: SequenceNumber
    let flags: TCPFlags
    let window: UInt16
    /// With options, in bytes, as it claims: 0 to 60.
    let headerLength: Int
    /// Whether that is possible, and fits the packet. A receiver drops a segment that fails this (RFC 9293 section
    /// 3.1).
    let isSound: Bool

    init(
        sequenceNumber: SequenceNumber, acknowledgmentNumber: SequenceNumber, flags: TCPFlags, window: UInt16,
        headerLength: Int, isSound: Bool
    ) {
        self.sequenceNumber = sequenceNumber
        self.acknowledgmentNumber = acknowledgmentNumber
        self.flags = flags
        self.window = window
        self.headerLength = headerLength
        self.isSound = isSound
    }

    /// The header of TCP layer `index`; nil where less of it was captured.
    init?(of packet: Packet, at index: Int) {
        let layer = packet.layers[index]
        let bytes = packet.frame.bytes
        guard layer.headerLength >= 16, packet.capturedEnd(at: index) &- layer.offset >= 16 else { return nil }
        sequenceNumber = SequenceNumber(bytes.uint32(at: layer.offset &+ 4))
        acknowledgmentNumber = SequenceNumber(bytes.uint32(at: layer.offset &+ 8))
        let word = bytes.uint16(at: layer.offset &+ 12)
        flags = TCPFlags(rawValue: word & 0x1ff)
        headerLength = Int(word >> 12) &* 4
        window = bytes.uint16(at: layer.offset &+ 14)
        isSound = headerLength >= TCPHeader.size && packet.wireEnd(at: index) &- layer.offset >= headerLength
    }
}

extension Packet {
    /// The innermost TCP or UDP layer: the one whose conversation the packet is in.
    ///
    /// - Parameter quoted: looks in the packet that an ICMP error quotes instead of the packet itself.
    public func innermostTransport(quoted: Bool) -> Int? {
        var index = layers.count &- 1
        while index >= 0 {
            let layer = layers[index]
            if (layer.kind == .tcp || layer.kind == .udp) && layer.traits.contains(.quoted) == quoted { return index }
            index &-= 1
        }
        return nil
    }

    /// The header of TCP layer `index`, where all 20 bytes of it are there. Options that were cut off don't matter.
    @inline(__always)
    func segmentHeader(at index: Int) -> TCPHeader? {
        layers[index].headerLength >= TCPHeader.size ? header(TCPHeader.self, at: index) : nil
    }
}
