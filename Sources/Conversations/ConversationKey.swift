public import PacketDecoding

/// The transports that have conversations. TCP and UDP ones are numbered apart.
@frozen public enum Transport: UInt8, BitwiseCopyable, Hashable, Sendable {
    case tcp, udp
}

/// Who sent a segment or datagram. The client is the sender of the first SYN; without one the receiver of the
/// first segment or datagram if that is a SYN-ACK, comes from a well-known port or opens a greeting, else its sender.
@frozen public enum ConversationSide: UInt8, BitwiseCopyable, Hashable, Sendable {
    case client, server

    public var other: ConversationSide { self == .client ? .server : .client }
}

/// What names a conversation: its two ends and its transport. In other tunnels, as after a new SYN, the same ones are
/// those of another.
@frozen public struct ConversationKey: BitwiseCopyable, Hashable, Sendable {
    public let transport: Transport
    public let client: Endpoint
    public let server: Endpoint

    public init(transport: Transport, client: Endpoint, server: Endpoint) {
        self.transport = transport
        self.client = client
        self.server = server
    }
}
