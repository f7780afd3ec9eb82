import PacketDecoding

/// An address of either version, as two words: of IPv4 the first is 0. Which version it is, who has it knows.
struct AddressWords: BitwiseCopyable, Hashable {
    let high, low: UInt64

    init(_ address: IPv4Address) {
        high = 0
        low = UInt64(address.rawValue)
    }

    init(_ address: IPv6Address) {
        high = address.high
        low = address.low
    }

    init(_ address: IPAddress) {
        switch address {
        case .v4(let address): self.init(address)
        case .v6(let address): self.init(address)
        }
    }

    func address(_ kind: FlowKind) -> IPAddress {
        kind.isIPv6
            ? .v6(IPv6Address(high: high, low: low)) : .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)))
    }
}

/// A transport, and a version of IP.
struct FlowKind: BitwiseCopyable, Hashable {
    let rawValue: UInt8

    init(_ transport: Transport, isIPv6: Bool) { rawValue = transport.rawValue | (isIPv6 ? 2 : 0) }

    var transport: Transport { rawValue & 1 == 0 ? .tcp : .udp }
    var isIPv6: Bool { rawValue & 2 != 0 }
}

/// Who speaks to whom in one packet.
struct Flow: BitwiseCopyable, Hashable {
    let sourceAddress, destinationAddress: AddressWords
    let sourcePort, destinationPort: UInt16
    let kind: FlowKind
    /// Stands for the addresses and network identifiers of all tunnels around it; 0 outside of any.
    let tunnel: UInt64

    var transport: Transport { kind.transport }
    var source: Endpoint { Endpoint(address: sourceAddress.address(kind), port: sourcePort) }
    var destination: Endpoint { Endpoint(address: destinationAddress.address(kind), port: destinationPort) }

    private init(
        _ kind: FlowKind, from sourceAddress: AddressWords, _ sourcePort: UInt16,
        to destinationAddress: AddressWords, _ destinationPort: UInt16, tunnel: UInt64
    ) {
        self.kind = kind
        self.sourceAddress = sourceAddress
        self.sourcePort = sourcePort
        self.destinationAddress = destinationAddress
        self.destinationPort = destinationPort
        self.tunnel = tunnel
    }

    /// The flow of TCP or UDP layer `index`; nil where its addresses or ports were not captured.
    init?(of packet: Packet, at index: Int) {
        let kind = packet.layers[index].kind
        guard kind == .tcp || kind == .udp else { return nil }
        self.init(of: packet, TransportPlace(packet, at: index))
    }

    /// The flow of a TCP or UDP layer; nil where its addresses or ports were not captured.
    ///
    /// Ports are all it takes: an ICMP error may quote no more of a header than its first 8 bytes (RFC 792).
    ///
    /// - Parameter hasher: tells tunnels apart; nil takes all packets for ones outside of any.
    init?(of packet: Packet, _ place: TransportPlace, hasher: FlowHasher? = nil) {
        let bytes = packet.frame.bytes
        let offset = place.layer.offset
        guard bytes.byteCount &- offset >= 4, place.network >= 0 else { return nil }
        let transport = place.layer.kind == .tcp ? Transport.tcp : .udp
        if let header = packet.header(IPv4Header.self, at: place.network) {
            kind = FlowKind(transport, isIPv6: false)
            sourceAddress = AddressWords(header.source)
            destinationAddress = AddressWords(header.destination)
        } else if let header = packet.header(IPv6Header.self, at: place.network) {
            kind = FlowKind(transport, isIPv6: true)
            sourceAddress = AddressWords(header.source)
            // Underway to the next stop of a routing header, a packet belongs to the conversation with its last one.
            let mayHaveRoute = place.index &- place.network > 1
            let final = mayHaveRoute ? packet.finalDestination(ofIPv6At: place.network) : nil
            destinationAddress = AddressWords(final ?? header.destination)
        } else {
            return nil
        }
        sourcePort = bytes.uint16(at: offset)
        destinationPort = bytes.uint16(at: offset &+ 2)
        tunnel = place.isTunneled ? hasher?.hashTunnel(packet, around: place.network) ?? 0 : 0
    }

    /// The way back.
    var reversed: Flow {
        Flow(
            kind, from: destinationAddress, destinationPort, to: sourceAddress, sourcePort, tunnel: tunnel)
    }

    /// From the client to the server.
    init(_ ends: ConversationEnds) {
        self.init(
            ends.kind, from: ends.client, ends.clientPort, to: ends.server, ends.serverPort, tunnel: 0)
    }
}

/// What names a conversation, in little.
struct ConversationEnds: BitwiseCopyable {
    let client, server: AddressWords
    let clientPort, serverPort: UInt16
    let kind: FlowKind

    /// - Parameter client: who of the two is that.
    init(_ flow: Flow, isFromClient: Bool) {
        kind = flow.kind
        client = isFromClient ? flow.sourceAddress : flow.destinationAddress
        server = isFromClient ? flow.destinationAddress : flow.sourceAddress
        clientPort = isFromClient ? flow.sourcePort : flow.destinationPort
        serverPort = isFromClient ? flow.destinationPort : flow.sourcePort
    }

    var transport: Transport { kind.transport }

    var key: ConversationKey {
        ConversationKey(
            transport: transport, client: Endpoint(address: client.address(kind), port: clientPort),
            server: Endpoint(address: server.address(kind), port: serverPort))
    }

    /// The end that sends `flow`; nil where it does not run between these two.
    func sender(of flow: Flow) -> ConversationSide? {
        guard kind == flow.kind else { return nil }
        if clientPort == flow.sourcePort, serverPort == flow.destinationPort, client == flow.sourceAddress,
            server == flow.destinationAddress
        {
            return .client
        }
        if clientPort == flow.destinationPort, serverPort == flow.sourcePort, client == flow.destinationAddress,
            server == flow.sourceAddress
        {
            return .server
        }
        return nil
    }

    /// With client and server the other way round.
    var reversed: ConversationEnds { ConversationEnds(Flow(self), isFromClient: false) }

    /// Whether the client of the other one is this one's, too.
    func hasClient(of other: ConversationEnds) -> Bool {
        kind.isIPv6 == other.kind.isIPv6 && client == other.client && clientPort == other.clientPort
    }
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
        let kind = UInt64(flow.kind.rawValue)
        let ends: UInt64
        if flow.kind.isIPv6 {
            ends =
                end(flow.sourceAddress.high, flow.sourceAddress.low, flow.sourcePort)
                &+ end(flow.destinationAddress.high, flow.destinationAddress.low, flow.destinationPort)
        } else {
            ends =
                end(flow.sourceAddress.low, flow.sourcePort)
                &+ end(flow.destinationAddress.low, flow.destinationPort)
        }
        return UInt32(truncatingIfNeeded: Self.fold(ends ^ tunnel ^ kind, secret.2) >> 16)
    }

    /// Of one end, for itself; never 0 or 1.
    func hashEnd(_ address: AddressWords, _ port: UInt16, _ kind: FlowKind) -> UInt64 {
        (kind.isIPv6 ? end(address.high, address.low, port) : end(address.low, port)) | 2
    }

    private func end(_ address: UInt64, _ port: UInt16) -> UInt64 {
        Self.fold((address << 16 | UInt64(port)) ^ secret.0, secret.1)
    }

    private func end(_ high: UInt64, _ low: UInt64, _ port: UInt16) -> UInt64 {
        Self.fold(Self.fold(high ^ secret.1, low ^ secret.0) ^ UInt64(port), secret.2)
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
