/// What tells who of a conversation is the client, the weakest first. Better evidence that comes later corrects what
/// weaker evidence said; evidence of the same strength does not.
@frozen public enum RoleEvidence: UInt8, BitwiseCopyable, Comparable, Hashable, Sendable {
    /// Nothing but the order: the sender of the first packet is the client.
    case firstPacket
    /// A port from which systems number their clients (32768 and above: Linux's range, and that of RFC 6335 section 6),
    /// against a lower one.
    case ephemeralPort
    /// A port that a service is known by (RFC 6335 section 6, the port map), or at which some host of the capture
    /// answered a SYN.
    case servicePort
    /// A SYN of another conversation went to this address and port, and no answer was captured.
    case attempt
    /// What was said: an HTTP status line is a server's (RFC 9112 section 4), a DNS message with QR set, too (RFC 1035
    /// section 4.1.1).
    case content
    /// This address and port answered the SYN of another conversation.
    case listener
    /// The SYN of this conversation (RFC 9293 section 3.5).
    case syn

    @inlinable public static func < (left: RoleEvidence, right: RoleEvidence) -> Bool {
        left.rawValue < right.rawValue
    }

    /// As JSON has it.
    public var name: StaticString {
        switch self {
        case .firstPacket: "first_packet"
        case .ephemeralPort: "ephemeral_port"
        case .servicePort: "service_port"
        case .attempt: "attempt"
        case .content: "content"
        case .listener: "listener"
        case .syn: "syn"
        }
    }
}

/// Who sent a packet, and how that is known.
struct RoleFinding: BitwiseCopyable, Hashable {
    let sender: ConversationSide
    let evidence: RoleEvidence
}
