import PacketDecoding

/// Judges who of a conversation is the client, by the rule of ``ConversationSide``.
struct RoleJudge {
    private let ports: PortMap
    private let hasher: FlowHasher
    private(set) var listeners = ListenerBook()

    init(_ ports: PortMap, _ hasher: FlowHasher) {
        self.ports = ports
        self.hasher = hasher
    }

    /// Notes who listens, of a segment with SYN.
    mutating func note(_ flow: Flow, isAnswer: Bool) {
        let fingerprint =
            isAnswer
            ? hasher.hashEnd(flow.sourceAddress, flow.sourcePort, flow.kind)
            : hasher.hashEnd(flow.destinationAddress, flow.destinationPort, flow.kind)
        listeners.note(fingerprint, port: isAnswer ? flow.sourcePort : flow.destinationPort, isAnswering: isAnswer)
    }

    /// Who sent the first packet of a conversation, which is no SYN.
    func judge(_ packet: Packet, _ place: TransportPlace, _ flow: Flow) -> RoleFinding {
        let heard = judgeListeners(ConversationEnds(flow, isFromClient: true), than: .firstPacket)
        if let heard, heard.evidence > .content { return heard }
        let numbered = judgePorts(from: flow.sourcePort, to: flow.destinationPort, flow.transport, ports)
        if let sender = packet.tellingSender(place, isFirst: true, numbered) {
            return RoleFinding(sender: sender, evidence: .content)
        }
        // Of the same strength a service's own port counts: a scanned host answers at many.
        if let heard, heard.evidence > numbered?.evidence ?? .firstPacket { return heard }
        return numbered ?? RoleFinding(sender: .client, evidence: .firstPacket)
    }

    /// Who sends what a conversation of `ends` goes on with; nil where that tells nothing.
    ///
    /// - Parameter side: whose it is taken for so far.
    func judgeContent(
        _ packet: Packet, _ place: TransportPlace, from side: ConversationSide, _ ends: ConversationEnds
    ) -> ConversationSide? {
        let (own, other) = side == .client ? (ends.clientPort, ends.serverPort) : (ends.serverPort, ends.clientPort)
        return packet.tellingSender(place, isFirst: false, judgePorts(from: own, to: other, ends.transport, ports))
    }

    /// Whom the SYNs of other conversations tell to be what the client is taken for; nil where they tell no more than
    /// is known.
    ///
    /// - Parameter evidence: what tells it so far.
    func judgeListeners(_ ends: ConversationEnds, than evidence: RoleEvidence) -> RoleFinding? {
        guard ends.transport == .tcp, listeners.changes > 0, evidence < .listener else { return nil }
        let client = listeners.standing(hasher.hashEnd(ends.client, ends.clientPort, ends.kind))
        let server = listeners.standing(hasher.hashEnd(ends.server, ends.serverPort, ends.kind))
        if client != server {
            let isAnswered = max(client, server) == .answered
            guard isAnswered || evidence < .attempt else { return nil }
            return RoleFinding(
                sender: client > server ? .server : .client, evidence: isAnswered ? .listener : .attempt)
        }
        guard evidence < .servicePort else { return nil }
        let (isClients, isServers) = (listeners.isAnswered(ends.clientPort), listeners.isAnswered(ends.serverPort))
        return isClients == isServers
            ? nil : RoleFinding(sender: isClients ? .server : .client, evidence: .servicePort)
    }
}
