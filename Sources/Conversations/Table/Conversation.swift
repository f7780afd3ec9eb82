public import PacketDecoding

/// How a TCP connection ended, as far as the capture goes.
@frozen public enum ConversationOutcome: UInt8, BitwiseCopyable, Hashable, Sendable {
    /// It is established, or was so when the capture began, and the capture ended first (and every UDP conversation).
    case open
    /// Nobody answered its SYN.
    case unanswered
    /// The SYN was answered, but the capture holds no end of the handshake.
    case unfinished
    /// One side has closed, the other has not, or not yet been acknowledged.
    case halfClosed
    /// Both FINs were acknowledged.
    case closed
    case reset
    /// A RST answered the SYN, and no other try got further.
    case refused
    /// Its client answered the SYN,ACK with a RST: somebody wanted to know whether the port is open, and it is.
    case halfOpenScan
    /// A new SYN between the same ports, which was answered, began another connection before this one had ended.
    case replaced

    var isOver: Bool {
        switch self {
        case .closed, .reset, .refused, .halfOpenScan, .replaced: true
        case .open, .unanswered, .unfinished, .halfClosed: false
        }
    }
}

/// What one side of a conversation sent.
@frozen public struct SideTotals: BitwiseCopyable, Hashable, Sendable {
    /// Copies included.
    public var packets = 0
    /// Packets that were captured before (``StepNotes/copy``): nothing but ``packets`` counts them.
    public var copies = 0
    /// Payload bytes, retransmitted ones counted once.
    public var bytes = 0
    /// Segments with ``SegmentAnalysis/retransmission``.
    public var retransmissions = 0
    public var outOfOrder = 0
    public var duplicateACKs = 0
    /// Times that segments before one were not captured.
    public var lostSegments = 0
    /// ACKs of segments of the other side that were not captured (``SegmentAnalysis/ackLostSegment``).
    public var acknowledgedLostSegments = 0
    /// Segments with ``SegmentAnalysis/zeroWindow``.
    public var zeroWindows = 0
    /// Segments that a router marked (``SegmentAnalysis/congestionExperienced``).
    public var congestionMarks = 0
    /// As its SYN has it: the most payload per segment that it takes; nil where that was not captured or does not say.
    public var maximumSegmentSize: UInt16?
    /// The longest payload of one segment or datagram, in bytes.
    public var longestPayload = 0
    public var windowScaling: WindowScaling = .unknown
    /// Nanoseconds, smoothed (RFC 6298 section 2), from this side's payload to the other's ACK.
    public var smoothedRoundTripTime: Int64?
    /// Nanoseconds that the other side waited for this one: the sum of its ``ConversationStep/responseTime``s.
    public var thinkTime: Int64 = 0

    public init() {}
}

/// A conversation's totals so far.
@frozen public struct Conversation: BitwiseCopyable, Hashable, Sendable {
    public var key: ConversationKey
    /// From 0, in order of first appearance; TCP and UDP count apart.
    public var number: Int
    public var firstFrame: Int
    /// The earliest time of a packet: the first's, unless they are out of order in the capture.
    public var firstTime: Timestamp?
    /// The latest.
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
    /// Nanoseconds from the last SYN to the first segment after it with ACK and without SYN, of either side; nil where no
    /// SYN,ACK came before that.
    public var initialRoundTripTime: Int64?
    public var completeness: Completeness = []
    /// Without the last segment: what tshark shows on that, reading a capture once.
    public var completenessBeforeLast: Completeness = []
    /// ICMP errors about its packets; they are not among ``packets``.
    public var icmpErrors = 0
    /// ICMP errors that tell of a packet that did not arrive: all but redirects.
    public var undelivered = 0
    /// The last ICMP error, and who the packet was bound for that it is about.
    public var lastError: ReportedError?
    public var lastErrorSide: ConversationSide = .server
    /// Bytes that a router let pass at most, as ICMP said last (RFC 1191, RFC 8201); nil where none did.
    public var pathMTU: Int?
    public var application: LayerKind?
    /// What tells who is the client.
    public var roleEvidence: RoleEvidence = .firstPacket
    /// The interface of the first frame, as its source numbers it.
    public var interface: UInt32?

    public init(key: ConversationKey, number: Int, firstFrame: Int) {
        self.key = key
        self.number = number
        self.firstFrame = firstFrame
    }

    public var packets: Int { client.packets + server.packets }
    /// How many of them were captured before.
    public var copies: Int { client.copies + server.copies }

    /// Closed, reset, refused or replaced: neither end will send anything new. Never so for UDP.
    public var isOver: Bool { outcome.isOver }
}
