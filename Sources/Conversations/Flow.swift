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
    let network: NetworkNumber

    var transport: Transport { kind.transport }
    var source: Endpoint { Endpoint(address: sourceAddress.address(kind), port: sourcePort) }
    var destination: Endpoint { Endpoint(address: destinationAddress.address(kind), port: destinationPort) }

    private init(
        _ kind: FlowKind, from sourceAddress: AddressWords, _ sourcePort: UInt16,
        to destinationAddress: AddressWords, _ destinationPort: UInt16, in network: NetworkNumber
    ) {
        self.kind = kind
        self.sourceAddress = sourceAddress
        self.sourcePort = sourcePort
        self.destinationAddress = destinationAddress
        self.destinationPort = destinationPort
        self.network = network
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
    init?(of packet: Packet, _ place: TransportPlace) {
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
        network = NetworkNumber(packet, around: place.network)
    }

    /// The way back.
    var reversed: Flow {
        Flow(
            kind, from: destinationAddress, destinationPort, to: sourceAddress, sourcePort, in: network)
    }

    /// From the client to the server.
    init(_ ends: ConversationEnds, in network: NetworkNumber) {
        self.init(
            ends.kind, from: ends.client, ends.clientPort, to: ends.server, ends.serverPort, in: network)
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
    var reversed: ConversationEnds { ConversationEnds(Flow(self, in: .plain), isFromClient: false) }
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

    func hash(_ flow: Flow) -> UInt32 { hash(flow, in: flow.network) }

    /// As if the flow ran in another network.
    func hash(_ flow: Flow, in network: NetworkNumber) -> UInt32 {
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
        return UInt32(truncatingIfNeeded: Self.fold(ends ^ UInt64(network.rawValue) << 8 ^ kind, secret.2) >> 16)
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
        hash(
            key.source, key.destination,
            UInt64(key.protocolNumber) << 32 ^ UInt64(key.identification) ^ UInt64(key.network.rawValue) << 16)
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
