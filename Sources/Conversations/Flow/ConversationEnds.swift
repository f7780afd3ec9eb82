import PacketDecoding

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
