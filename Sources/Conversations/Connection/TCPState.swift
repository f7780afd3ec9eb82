/// The state of one end of a connection (RFC 9293 section 3.3.2), as the wire showed it.
@frozen public enum TCPState: UInt8, BitwiseCopyable, Hashable, Sendable {
    /// Nothing of the connection's beginning was captured, and nothing since has told the state.
    case unknown
    case closed, listen, synSent, synReceived, established
    case finWait1, finWait2, closeWait, closing, lastAck, timeWait

    /// RFC 9293's name.
    public var name: StaticString {
        switch self {
        case .unknown: "?"
        case .closed: "CLOSED"
        case .listen: "LISTEN"
        case .synSent: "SYN-SENT"
        case .synReceived: "SYN-RECEIVED"
        case .established: "ESTABLISHED"
        case .finWait1: "FIN-WAIT-1"
        case .finWait2: "FIN-WAIT-2"
        case .closeWait: "CLOSE-WAIT"
        case .closing: "CLOSING"
        case .lastAck: "LAST-ACK"
        case .timeWait: "TIME-WAIT"
        }
    }
}

/// The part of a conversation that a segment belongs to: each lasts until the next begins. UDP is all data.
@frozen public enum ConversationPhase: UInt8, BitwiseCopyable, Hashable, Sendable {
    /// Up to the ACK that completes it, unless that carries payload.
    case handshake
    case data
    /// From the first FIN on.
    case teardown
    /// From a RST on that came before both FINs were acknowledged. A SYN that tries again is a handshake.
    case reset
}
