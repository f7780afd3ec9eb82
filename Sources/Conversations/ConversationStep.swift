public import PacketDecoding

/// What is worth saying of one segment or datagram in its conversation.
@frozen public struct StepNotes: OptionSet, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The first packet captured of its conversation.
    public static let first = StepNotes(rawValue: 1 << 0)
    /// Payload, SYN or FIN that was captured before.
    public static let retransmission = StepNotes(rawValue: 1 << 1)
    /// The ACK that ends the three-way handshake.
    public static let handshakeComplete = StepNotes(rawValue: 1 << 2)
    /// The conversation's first FIN: its sender closes first.
    public static let firstFIN = StepNotes(rawValue: 1 << 3)
    /// Data from the side that has not closed, after the other side has.
    public static let halfClosedData = StepNotes(rawValue: 1 << 4)
    /// A RST that answers a SYN.
    public static let refused = StepNotes(rawValue: 1 << 5)
    /// The ACK of the last FIN: both ends are done.
    public static let closed = StepNotes(rawValue: 1 << 6)
    /// The conversation's beginning was not captured.
    public static let midstream = StepNotes(rawValue: 1 << 7)
    /// An ICMP error quotes a packet of this conversation: the step is the error, sent by ``ConversationStep/side``.
    public static let icmpError = StepNotes(rawValue: 1 << 8)
}

/// One segment or datagram, as a step of its conversation: what ladders and tables are made of.
@frozen public struct ConversationStep: BitwiseCopyable, Hashable, Sendable {
    public var transport: Transport
    /// The conversation's number, from 0, in order of first appearance; TCP and UDP count apart.
    public var conversation: Int
    /// Who sent it.
    public var side: ConversationSide
    /// The frame's number in the capture, from 1.
    public var frame: Int
    public var timestamp: Timestamp?
    /// Nanoseconds since the conversation's packet before; 0 on the first, and where a record has no time.
    public var sincePrevious: Int64
    public var notes: StepNotes
    /// What the payload is, where the port or the conversation tells.
    public var application: LayerKind?
    /// Set where only the conversation tells: what to decode the frame as once more, to see its application layer
    /// (``PacketDecoder/decode(_:application:)``).
    public var decodingHint: LayerKind?

    /// Length of the payload on the wire, in bytes.
    public var payloadLength: Int
    /// Empty for UDP.
    public var flags: TCPFlags
    /// From the sender's initial sequence number (the SYN is 0); from the first seen where there was no SYN.
    public var relativeSequenceNumber: Int
    /// From the other side's initial sequence number; counts only with the ACK flag.
    public var relativeAcknowledgmentNumber: Int
    /// As in the header, before scaling.
    public var window: Int
    public var maximumSegmentSize: UInt16?

    /// State of each end once this segment has been sent and received.
    public var clientState: TCPState
    public var serverState: TCPState
    public var phase: ConversationPhase

    /// On the ACK that completes the handshake: nanoseconds since the first SYN.
    public var handshakeTime: Int64?
    /// On an ACK of new data: nanoseconds since the segment it acknowledges, when that was sent only once.
    public var roundTripTime: Int64?
    /// On a side's first payload after the other side's: nanoseconds since the other's last payload.
    public var responseTime: Int64?

    public init(
        transport: Transport, conversation: Int, side: ConversationSide, frame: Int, timestamp: Timestamp?
    ) {
        self.transport = transport
        self.conversation = conversation
        self.side = side
        self.frame = frame
        self.timestamp = timestamp
        sincePrevious = 0
        notes = []
        application = nil
        decodingHint = nil
        payloadLength = 0
        flags = []
        relativeSequenceNumber = 0
        relativeAcknowledgmentNumber = 0
        window = 0
        maximumSegmentSize = nil
        clientState = .unknown
        serverState = .unknown
        phase = .data
        handshakeTime = nil
        roundTripTime = nil
        responseTime = nil
    }
}
