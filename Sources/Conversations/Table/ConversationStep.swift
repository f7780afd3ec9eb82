public import PacketDecoding

/// What is worth saying of one segment or datagram in its conversation.
@frozen public struct StepNotes: OptionSet, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The first packet captured of its conversation.
    @inlinable public static var first: StepNotes { StepNotes(rawValue: 1 << 0) }
    /// Payload, SYN or FIN that was captured before, all of it or a part. Not so a keep-alive: one byte, or none, from
    /// before the next number once all was acknowledged (RFC 9293 section 3.8.4).
    @inlinable public static var retransmission: StepNotes { StepNotes(rawValue: 1 << 1) }
    /// The ACK that ends the three-way handshake, whatever else it carries.
    @inlinable public static var handshakeComplete: StepNotes { StepNotes(rawValue: 1 << 2) }
    /// The conversation's first FIN: its sender closes first.
    @inlinable public static var firstFIN: StepNotes { StepNotes(rawValue: 1 << 3) }
    /// Data from the side that has not closed, captured after the other side's FIN.
    @inlinable public static var halfClosedData: StepNotes { StepNotes(rawValue: 1 << 4) }
    /// A RST that answers a SYN and acknowledges it.
    @inlinable public static var refused: StepNotes { StepNotes(rawValue: 1 << 5) }
    /// The ACK of the last FIN: both ends are done.
    @inlinable public static var closed: StepNotes { StepNotes(rawValue: 1 << 6) }
    /// On the first step of a TCP conversation: its SYN was not captured before.
    @inlinable public static var midstream: StepNotes { StepNotes(rawValue: 1 << 7) }
    /// An ICMP error quotes a packet of this conversation: the step is the error, sent by ``ConversationStep/side``.
    @inlinable public static var icmpError: StepNotes { StepNotes(rawValue: 1 << 8) }
    /// Its receiver drops it: a RST outside of the window, a FIN far from it, an ACK of what was not sent (RFC 9293
    /// section 3.10.7.4).
    @inlinable public static var unacceptable: StepNotes { StepNotes(rawValue: 1 << 9) }
    /// It is no part of this connection, its payload neither: a segment without SYN, RST or ACK, one for an end in
    /// SYN-SENT that acknowledges what this has not sent (RFC 9293 section 3.10.7.3), or one whose ACK is older than any
    /// window (RFC 5961 section 5.2). Also ``unacceptable``.
    @inlinable public static var foreign: StepNotes { StepNotes(rawValue: 1 << 10) }
    /// It came before the SYN of one side was answered. It counts only if the SYN,ACK was not captured: where the next
    /// step has ``restarts``, what it carried is no part of the stream (RFC 9293 section 3.10.7.3).
    @inlinable public static var early: StepNotes { StepNotes(rawValue: 1 << 11) }
    /// A SYN from a side of which something came before. Nothing that came before counts: the side's numbers begin
    /// anew, and so does its stream. What the other side sent after its SYN does not count either, where it is
    /// ``early``.
    @inlinable public static var restarts: StepNotes { StepNotes(rawValue: 1 << 12) }
    /// A RST that its receiver takes, and that ends the connection.
    @inlinable public static var reset: StepNotes { StepNotes(rawValue: 1 << 13) }
    /// A RST in the receiver's window, but not at the next number it expects. It answers with an ACK and goes on (RFC
    /// 5961 section 3.2).
    @inlinable public static var challenged: StepNotes { StepNotes(rawValue: 1 << 14) }
    /// A RST that answers a SYN,ACK, from the end that sent the SYN: ``ConversationOutcome/halfOpenScan``. Also ``reset``.
    @inlinable public static var halfOpenScan: StepNotes { StepNotes(rawValue: 1 << 16) }
    /// Both ends go on after a RST: the connection was not reset.
    @inlinable public static var revived: StepNotes { StepNotes(rawValue: 1 << 15) }
    /// Better evidence has come who is the client: client and server have changed places since the step before. This
    /// step has them right.
    @inlinable public static var rolesChanged: StepNotes { StepNotes(rawValue: 1 << 17) }
    /// The same packet was captured before: on another interface, before it was routed, with another VLAN tag. It is no
    /// retransmission, and nothing else either: only ``ConversationStep/wiresharkAnalysis`` judges it.
    @inlinable public static var copy: StepNotes { StepNotes(rawValue: 1 << 18) }
    /// Its one byte is a keep-alive's, or a probe's that came before, and no part of the stream (RFC 9293 section 3.8.4).
    @inlinable public static var keepAlive: StepNotes { StepNotes(rawValue: 1 << 19) }
}

/// One segment or datagram, as a step of its conversation: what ladders and tables are made of.
@frozen public struct ConversationStep: BitwiseCopyable, Hashable, Sendable {
    public var transport: Transport
    /// The conversation's number, from 0, in order of first appearance; TCP and UDP count apart.
    public var conversation: Int
    /// Who sent it. An ICMP error stands for the end that the packet it quotes was bound for.
    public var side: ConversationSide
    /// The frame's number in the capture, from 1.
    public var frame: Int
    public var timestamp: Timestamp?
    /// Nanoseconds since the conversation's packet before; 0 on the first, and where a record has no time; negative
    /// where the clock stepped back.
    public var sincePrevious: Int64
    public var notes: StepNotes
    /// What the payload is, where the port or the conversation tells.
    public var application: LayerKind?
    /// Set where only the conversation tells: what to decode the frame as once more, to see its application layer
    /// (``PacketDecoder/decode(_:application:)``).
    public var decodingHint: LayerKind?

    /// Length of the payload on the wire, in bytes.
    public var payloadLength: Int
    /// As much of that as was captured for the first time, in bytes: what ``SideTotals/bytes`` sums.
    public var newPayloadLength: Int
    /// Empty for UDP.
    public var flags: TCPFlags
    /// From the sender's initial sequence number (the SYN is 0), and on past 2^32. Where there was no SYN, from the
    /// number before the first one seen (which is then 1); 0 or less for what comes late from before that. A RST
    /// from an end of which nothing else is known has 1.
    public var relativeSequenceNumber: Int
    /// Likewise from the other side's initial sequence number; counts only with the ACK flag.
    public var relativeAcknowledgmentNumber: Int
    /// As on the wire; 0 for UDP.
    public var sequenceNumber: SequenceNumber
    /// As on the wire; counts only with the ACK flag.
    public var acknowledgmentNumber: SequenceNumber
    /// As in the header, before scaling.
    public var window: Int
    /// In bytes, after scaling; nil where the sender's scaling is not known (``WindowScaling/unknown``), and for UDP.
    public var scaledWindow: Int?
    public var maximumSegmentSize: UInt16?

    /// What the segment is in its connection, as Earshot judges it; empty for UDP, and for a segment that its receiver
    /// drops.
    public var analysis: SegmentAnalysis
    /// What Wireshark calls it, and nothing beyond ``SegmentAnalysis/wireshark``.
    public var wiresharkAnalysis: SegmentAnalysis
    /// Where both ends count the packets that routers have marked: the counter that it carries, 0 to 7 (RFC 9768 section
    /// 3.2.2).
    public var congestionCounter: UInt8?
    /// With ``SegmentAnalysis/duplicateACK`` of Wireshark's: 1 for the first that repeats an ACK.
    public var duplicateACKNumber: Int
    /// On a segment with payload: bytes that its sender has sent and the other end not acknowledged, this segment
    /// included; nil while nothing tells.
    public var bytesInFlight: Int?
    /// On an ACK of new payload: the frame of the last segment with payload that it covers, where that is known.
    public var acknowledgedFrame: Int?
    /// On an ACK with ``SegmentAnalysis/selectiveACK``: the holes it tells of, and their bytes.
    public var missingBlocks: Int
    public var missingBytes: Int

    /// State of each end once this segment has been sent and received. In a capture that begins midstream both are
    /// unknown until both ends have acknowledged something, or one closes.
    public var clientState: TCPState
    public var serverState: TCPState
    public var phase: ConversationPhase

    /// On the ACK that completes the handshake: nanoseconds since the first SYN.
    public var handshakeTime: Int64?
    /// On an ACK of new payload: nanoseconds since the last segment with payload that it covers, when that was sent
    /// only once (Karn's algorithm, RFC 6298 section 3).
    public var roundTripTime: Int64?
    /// With ``roundTripTime``: smoothed, as RFC 6298 section 2 does.
    public var smoothedRoundTripTime: Int64?
    /// On a side's first payload after the other side's: nanoseconds since the other's last payload. Retransmitted
    /// payload does not count; every datagram does, even an empty one.
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
        newPayloadLength = 0
        flags = []
        relativeSequenceNumber = 0
        relativeAcknowledgmentNumber = 0
        sequenceNumber = SequenceNumber(0)
        acknowledgmentNumber = SequenceNumber(0)
        window = 0
        scaledWindow = nil
        maximumSegmentSize = nil
        analysis = []
        wiresharkAnalysis = []
        congestionCounter = nil
        duplicateACKNumber = 0
        bytesInFlight = nil
        acknowledgedFrame = nil
        missingBlocks = 0
        missingBytes = 0
        clientState = .unknown
        serverState = .unknown
        phase = .data
        handshakeTime = nil
        roundTripTime = nil
        smoothedRoundTripTime = nil
        responseTime = nil
    }

    /// With client and server the other way round.
    public var reversed: ConversationStep {
        var step = self
        step.side = side.other
        step.clientState = serverState
        step.serverState = clientState
        return step
    }
}
