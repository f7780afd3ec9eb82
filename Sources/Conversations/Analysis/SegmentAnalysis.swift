/// What one TCP segment is in its connection, under the names of Wireshark's analysis as far as ``wireshark`` goes.
///
/// Earshot's own judgement (``ConversationStep/analysis``) is about the numbers of the segments that their receivers take:
/// which were captured, and which acknowledged. Wireshark's (``ConversationStep/wiresharkAnalysis``) is about neighbouring
/// segments, whoever takes them.
@frozen public struct SegmentAnalysis: OptionSet, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// It carries a SYN, a FIN or payload from before the highest number seen of its sender, and is not out of order.
    @inlinable public static var retransmission: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 0) }
    /// A retransmission that two or more duplicate ACKs asked for, within 20 ms of the last one. Also a
    /// ``retransmission``.
    @inlinable public static var fastRetransmission: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 1) }
    /// A retransmission of what had been acknowledged by then. Also a ``retransmission``.
    @inlinable public static var spuriousRetransmission: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 2) }
    /// It comes after what follows it in sequence, by less than the initial round-trip time (3 ms where that is not
    /// known).
    @inlinable public static var outOfOrder: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 3) }
    /// An ACK without payload that repeats the one before, window included.
    @inlinable public static var duplicateACK: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 4) }
    /// At most one byte from before the next number (RFC 9293 section 3.8.4).
    @inlinable public static var keepAlive: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 5) }
    /// Answers a keep-alive by repeating the ACK before.
    @inlinable public static var keepAliveACK: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 6) }
    /// Its sender takes no payload at present.
    @inlinable public static var zeroWindow: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 7) }
    /// One new byte for a receiver whose window is zero (RFC 9293 section 3.8.6.1).
    @inlinable public static var zeroWindowProbe: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 8) }
    /// Answers a zero window probe by repeating the ACK before, the window still zero.
    @inlinable public static var zeroWindowProbeACK: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 9) }
    /// Repeats the ACK before with another window.
    @inlinable public static var windowUpdate: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 10) }
    /// Its payload ends at the edge of the receiver's window.
    @inlinable public static var windowFull: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 11) }
    /// What should come before it was not captured, or not yet.
    @inlinable public static var lostSegment: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 12) }
    /// It acknowledges a segment that was not captured.
    @inlinable public static var ackLostSegment: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 13) }
    /// A SYN between ports that had a connection before; a SYN,ACK with another number than the one before.
    @inlinable public static var reusedPorts: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 14) }

    /// An ACK without payload of new payload that its sender held back: it came 20 ms or more later than the
    /// connection's shortest round trip lets expect, yet within the half second of RFC 9293 section 3.8.6.3.
    @inlinable public static var delayedACK: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 15) }
    /// It acknowledges payload behind a hole (RFC 2018).
    @inlinable public static var selectiveACK: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 16) }
    /// A router marked it: congestion experienced (RFC 3168 section 5).
    @inlinable public static var congestionExperienced: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 17) }
    /// Its sender tells of such a mark (ECE, RFC 3168 section 6.1.3); not on a SYN, where ECE offers ECN, and not where both
    /// ends count marks instead (RFC 9768).
    @inlinable public static var congestionEcho: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 18) }
    /// Its sender has slowed down (CWR, RFC 3168 section 6.1.2); likewise.
    @inlinable public static var congestionWindowReduced: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 19) }

    /// Repeats an ACK because a RST came that was not at the next number (RFC 5961 section 3.2).
    @inlinable public static var challengeACK: SegmentAnalysis { SegmentAnalysis(rawValue: 1 << 20) }

    /// The observations that Wireshark makes too, under the names of ``forEachName(_:)``.
    @inlinable public static var wireshark: SegmentAnalysis { SegmentAnalysis(rawValue: 0x7fff) }

    /// The name of the observation with the lowest bit, as JSON has it; nil where there is none.
    public var firstName: StaticString? {
        let bit = rawValue.trailingZeroBitCount
        return switch bit {
        case 0: "retransmission"
        case 1: "fast_retransmission"
        case 2: "spurious_retransmission"
        case 3: "out_of_order"
        case 4: "duplicate_ack"
        case 5: "keep_alive"
        case 6: "keep_alive_ack"
        case 7: "zero_window"
        case 8: "zero_window_probe"
        case 9: "zero_window_probe_ack"
        case 10: "window_update"
        case 11: "window_full"
        case 12: "lost_segment"
        case 13: "ack_lost_segment"
        case 14: "reused_ports"
        case 15: "delayed_ack"
        case 16: "selective_ack"
        case 17: "congestion_experienced"
        case 18: "congestion_echo"
        case 19: "congestion_window_reduced"
        case 20: "challenge_ack"
        default: nil
        }
    }

    /// Calls `body` with the name of each observation, as JSON has it.
    public func forEachName(_ body: (StaticString) -> Void) {
        var rest = self
        while let name = rest.firstName {
            body(name)
            rest = SegmentAnalysis(rawValue: rest.rawValue & (rest.rawValue &- 1))
        }
    }
}

/// Which kinds of segments the capture of a connection holds, as Wireshark counts them.
///
/// The first segment counts only if it is a SYN. An ACK counts as ``acknowledgment`` without payload, as ``data`` with.
@frozen public struct Completeness: OptionSet, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var syn: Completeness { Completeness(rawValue: 1 << 0) }
    @inlinable public static var synAck: Completeness { Completeness(rawValue: 1 << 1) }
    @inlinable public static var acknowledgment: Completeness { Completeness(rawValue: 1 << 2) }
    @inlinable public static var data: Completeness { Completeness(rawValue: 1 << 3) }
    @inlinable public static var fin: Completeness { Completeness(rawValue: 1 << 4) }
    @inlinable public static var rst: Completeness { Completeness(rawValue: 1 << 5) }

    /// Calls `body` with the name of each kind, as JSON has it.
    public func forEachName(_ body: (StaticString) -> Void) {
        if contains(.syn) { body("syn") }
        if contains(.synAck) { body("syn_ack") }
        if contains(.acknowledgment) { body("ack") }
        if contains(.data) { body("data") }
        if contains(.fin) { body("fin") }
        if contains(.rst) { body("rst") }
    }
}

/// How the windows of one end are scaled (RFC 7323 section 2).
@frozen public enum WindowScaling: BitwiseCopyable, Hashable, Sendable {
    /// Its SYN was not captured.
    case unknown
    /// One of the two SYNs did not offer it: windows are as in the header.
    case none
    /// The left shift of its windows, 0 to 14; not of those of its SYN.
    case shift(UInt8)
}
