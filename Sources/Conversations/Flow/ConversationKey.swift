public import PacketDecoding

/// The transports that have conversations. TCP and UDP ones are numbered apart.
@frozen public enum Transport: UInt8, BitwiseCopyable, Hashable, Sendable {
    case tcp, udp
}

/// Who sent a segment or datagram. The client is the sender of the first SYN, or the receiver of a SYN,ACK.
///
/// Where the capture has neither, the best of this tells, in this order (``RoleEvidence``): a SYN that the address and
/// port of one end answered elsewhere in the capture; what was said (an HTTP status line, a DNS answer, a TLS hello, a
/// banner); a SYN without answer to one of the ends; a port that a service is known by, or at which any host answered;
/// a port of the range for clients against a lower one; and last who spoke first. Better evidence that comes later
/// corrects the roles (``StepNotes/rolesChanged``): all that was the client's so far is the server's then.
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

    /// With client and server the other way round.
    public var reversed: ConversationKey { ConversationKey(transport: transport, client: server, server: client) }
}
