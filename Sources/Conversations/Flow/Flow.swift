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
