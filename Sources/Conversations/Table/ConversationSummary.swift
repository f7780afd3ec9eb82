public import PacketDecoding

/// What a line has of a conversation: less than all its totals, and told faster.
@frozen public struct ConversationSummary: BitwiseCopyable, Hashable, Sendable {
    public var key: ConversationKey
    /// From 0, in order of first appearance; TCP and UDP count apart.
    public var number: Int
    public var outcome = ConversationOutcome.open
    public var application: LayerKind?
    /// The earliest time of a packet, and the latest.
    public var firstTime: Timestamp?
    public var lastTime: Timestamp?
    public var clientPackets = 0
    /// Payload bytes, retransmitted ones counted once.
    public var clientBytes = 0
    public var serverPackets = 0
    public var serverBytes = 0
    /// Of both sides.
    public var retransmissions = 0
    /// The initial round-trip time of a handshake that was heard to its end, in nanoseconds. Without that it is the time
    /// to whatever came next, a refusal perhaps.
    public var handshakeRoundTripTime: Int64?

    /// The last ICMP error about one of its packets, and who that was bound for.
    public var lastError: ReportedError?
    public var lastErrorSide: ConversationSide = .server

    init(key: ConversationKey, number: Int) {
        self.key = key
        self.number = number
    }

    /// Of a conversation without packets, between no one.
    public init(transport: Transport) {
        let nowhere = Endpoint(address: .v4(IPv4Address(rawValue: 0)), port: 0)
        self.init(key: ConversationKey(transport: transport, client: nowhere, server: nowhere), number: 0)
    }

    public var packets: Int { clientPackets &+ serverPackets }
    public var bytes: Int { clientBytes &+ serverBytes }

    /// Nanoseconds from the first packet to the last; nil where no record has a time.
    public var duration: Int64? {
        guard let firstTime, let lastTime else { return nil }
        return lastTime.nanoseconds(since: firstTime)
    }

    /// Counts a packet, in the order of the capture, but for its payload.
    mutating func add(_ packet: CompactPacket) {
        if packet.side == .client { clientPackets &+= 1 } else { serverPackets &+= 1 }
        if application == nil { application = packet.application }
        guard let time = packet.time else { return }
        firstTime = min(firstTime ?? time, time)
        lastTime = max(lastTime ?? time, time)
    }
}

extension Conversation {
    /// What a line has of it.
    public var summary: ConversationSummary {
        var summary = ConversationSummary(key: key, number: number)
        summary.outcome = outcome
        summary.application = application
        summary.firstTime = firstTime
        summary.lastTime = lastTime
        summary.clientPackets = client.packets
        summary.clientBytes = client.bytes
        summary.serverPackets = server.packets
        summary.serverBytes = server.bytes
        summary.retransmissions = client.retransmissions &+ server.retransmissions
        summary.handshakeRoundTripTime = handshakeTime == nil ? nil : initialRoundTripTime
        summary.lastError = lastError
        summary.lastErrorSide = lastErrorSide
        return summary
    }
}
