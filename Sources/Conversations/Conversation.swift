public import PacketDecoding

/// How a TCP connection ended, as far as the capture goes.
@frozen public enum ConversationOutcome: UInt8, BitwiseCopyable, Hashable, Sendable {
    /// The capture ended first (and every UDP conversation).
    case open
    /// One side has closed, the other has not, or not yet been acknowledged.
    case halfClosed
    /// Both FINs were acknowledged.
    case closed
    case reset
    /// A RST answered the SYN, and no other try got further.
    case refused
}

/// What one side of a conversation sent.
@frozen public struct SideTotals: BitwiseCopyable, Hashable, Sendable {
    public var packets = 0
    /// Payload bytes, retransmitted ones counted once.
    public var bytes = 0
    public var retransmissions = 0

    public init() {}
}

/// A conversation's totals so far.
@frozen public struct Conversation: BitwiseCopyable, Hashable, Sendable {
    public var key: ConversationKey
    /// From 0, in order of first appearance; TCP and UDP count apart.
    public var number: Int
    public var firstFrame: Int
    public var firstTime: Timestamp?
    public var lastTime: Timestamp?
    public var client = SideTotals()
    public var server = SideTotals()
    public var clientState: TCPState = .unknown
    public var serverState: TCPState = .unknown
    public var outcome: ConversationOutcome = .open
    /// Who sent the first FIN or the RST.
    public var closedBy: ConversationSide?
    /// Whether the capture holds the client's SYN; never for UDP.
    public var sawBeginning = false
    /// Nanoseconds from the first SYN to the ACK that ended the handshake.
    public var handshakeTime: Int64?
    public var application: LayerKind?
    /// The interface of the first frame, as its source numbers it.
    public var interface: UInt32?

    public init(key: ConversationKey, number: Int, firstFrame: Int) {
        self.key = key
        self.number = number
        self.firstFrame = firstFrame
    }

    public var packets: Int { client.packets + server.packets }

    /// Closed, reset or refused: neither end will send anything new. Never so for UDP.
    public var isOver: Bool {
        switch outcome {
        case .closed, .reset, .refused: true
        case .open, .halfClosed: false
        }
    }
}
