public import Conversations
internal import PacketDecoding

/// What conversations can be sorted by.
public enum ConversationColumn: String, CaseIterable, Sendable {
    case number, client, server, transport, state, packets, bytes, start, duration, rtt, retransmissions
    case clientPackets = "client-packets"
    case clientBytes = "client-bytes"
    case serverPackets = "server-packets"
    case serverBytes = "server-bytes"
    case application

    /// The place of `conversation` by this column.
    public func sortKey(_ conversation: ConversationSummary) -> ConversationSortKey {
        var key = ConversationSortKey(conversation)
        switch self {
        case .number: key.set(conversation.number, after: UInt64(conversation.key.transport.rawValue))
        case .client: key.set(conversation.key.client)
        case .server: key.set(conversation.key.server)
        case .transport: key.set(Int(conversation.key.transport.rawValue))
        case .state: key.set(conversation.key.transport == .tcp ? Int(conversation.outcome.rawValue) : nil)
        case .packets: key.set(conversation.packets)
        case .bytes: key.set(conversation.bytes)
        case .start: key.set(conversation.firstTime.map { Int($0.rawValue) })
        case .duration: key.set(conversation.duration.map { Int($0) })
        case .rtt: key.set(conversation.handshakeRoundTripTime.map { Int($0) })
        case .retransmissions: key.set(conversation.key.transport == .tcp ? conversation.retransmissions : nil)
        case .clientPackets: key.set(conversation.clientPackets)
        case .clientBytes: key.set(conversation.clientBytes)
        case .serverPackets: key.set(conversation.serverPackets)
        case .serverBytes: key.set(conversation.serverBytes)
        case .application: key.set(conversation.application.map { Int($0.rawValue) })
        }
        return key
    }
}

/// Where a conversation stands among others.
public struct ConversationSortKey: BitwiseCopyable, Sendable {
    public let transport: Transport
    public let number: Int
    private var isMissing = false
    /// Most significant first.
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)

    init(_ conversation: ConversationSummary) {
        transport = conversation.key.transport
        number = conversation.number
    }

    /// Nil is a value that this conversation has none of.
    fileprivate mutating func set(_ value: Int?, after group: UInt64 = 0) {
        isMissing = value == nil
        words = (group, 0, UInt64(bitPattern: Int64(value ?? 0)) ^ 1 << 63)
    }

    /// IPv4 before IPv6, then by number and port.
    fileprivate mutating func set(_ endpoint: Endpoint) {
        switch endpoint.address {
        case .v4(let address): words = (0, 0, UInt64(address.rawValue) << 16 | UInt64(endpoint.port))
        // No address is lost: the first bit of what they have in common is shifted out, a one where it is no IPv4.
        case .v6(let address):
            words = (1 << 63 | address.high >> 1, address.high << 63 | address.low >> 1, address.low << 63)
            words.2 |= UInt64(endpoint.port)
        }
    }

    /// Whether it comes before `other`. Where two are equal their numbers decide; what has no value comes last either
    /// way.
    public func precedes(_ other: Self, isDescending: Bool) -> Bool {
        if isMissing != other.isMissing { return other.isMissing }
        if words != other.words { return isDescending ? words > other.words : words < other.words }
        return (transport.rawValue, number) < (other.transport.rawValue, other.number)
    }
}
