import PacketDecoding

// The observations of Wireshark 4.0 (User's Guide, section 7.5), by its rules: what one direction sends is held
// against what both directions have sent before. Nothing is taken back later.

/// Observations by sequence and acknowledgment numbers, and the handshake's round trip, which they take.
struct SequenceAnalysis: BitwiseCopyable {
    /// What there is to say about one segment.
    struct Finding {
        var analysis: SegmentAnalysis = []
        var duplicateACKNumber = 0
    }

    /// When the last SYN was sent; 0 before there was one.
    private var lastSYN: Int64 = 0
    /// From the last SYN to the first ACK after it; 0 before that.
    private var initialRoundTrip: Int64 = 0

    /// The same, but only where a SYN,ACK came before that ACK.
    private var answeredRoundTrip: Int64 = 0
    private var isAnswered = false

    /// The initial round-trip time, in nanoseconds; nil where the handshake has not told it.
    var initialRoundTripTime: Int64? { answeredRoundTrip == 0 ? nil : answeredRoundTrip }

    /// Judges a segment; its sender remembers it.
    ///
    /// - Parameters:
    ///   - isReplacing: it begins a connection between ports that had one before.
    ///   - windowShift: of its options; nil where it has none.
    func judge(
        _ segment: TracedSegment, _ sender: inout WiresharkDirection, _ receiver: inout WiresharkDirection,
        isReplacing: Bool,
        windowShift: UInt8?
    ) -> Finding {
        var finding = Finding()
        reopen(segment, &sender, isReplacing: isReplacing, &finding)
        learnBases(segment, &sender, &receiver)
        let isSettled = judgePlace(segment, &sender, receiver, &finding)
        if !isSettled { judgeRepeat(segment, &sender, receiver, &finding) }
        if segment.acknowledgment != sender.acknowledgment { sender.duplicates = 0 }
        judgeAcknowledgment(segment, &receiver, &finding)
        judgeOrder(segment, sender, receiver, &finding)
        remember(segment, &sender, finding.analysis)
        scale(segment, windowShift, &sender, &receiver)
        return finding
    }

    /// A SYN between ports that had a connection, or one that repeats its number; a SYN,ACK that has changed its.
    private func reopen(
        _ segment: TracedSegment, _ sender: inout WiresharkDirection, isReplacing: Bool, _ finding: inout Finding
    ) {
        if isReplacing { finding.analysis.insert(.reusedPorts) }
        guard sender.isBased else { return }
        if segment.isSYN && segment.sequence == sender.base {
            // A RST can have moved the numbers on to what it answers, which was never sent (RFC 9293 section 3.5.2).
            sender.next = sender.complete
        } else if segment.isSYNACK && segment.sequence != sender.base {
            sender.base = segment.sequence
            finding.analysis.insert(.reusedPorts)
        }
    }

    private func learnBases(
        _ segment: TracedSegment, _ sender: inout WiresharkDirection, _ receiver: inout WiresharkDirection
    ) {
        if !sender.isBased {
            sender.base = segment.flags.contains(.syn) ? segment.sequence : segment.sequence &- 1
            sender.isBased = true
        }
        if !receiver.isBased && segment.flags.contains(.ack) {
            receiver.base = segment.acknowledgment &- 1
            receiver.isBased = true
        }
    }

    /// Observations that need no more than the sequence number and the windows.
    ///
    /// - Returns: whether the segment is a probe, which is nothing else.
    private func judgePlace(
        _ segment: TracedSegment, _ sender: inout WiresharkDirection, _ receiver: WiresharkDirection,
        _ finding: inout Finding
    ) -> Bool {
        if segment.length == 1 && segment.sequence == sender.next && receiver.window == 0 {
            finding.analysis.insert(.zeroWindowProbe)
            return true
        }
        if segment.window == 0 && segment.isPlain { finding.analysis.insert(.zeroWindow) }
        if sender.next != 0 && segment.sequence.follows(sender.next) && !segment.flags.contains(.rst) {
            finding.analysis.insert(.lostSegment)
        }
        guard segment.isPlain else { return false }
        if segment.length <= 1 && segment.sequence == sender.next &- 1 { finding.analysis.insert(.keepAlive) }
        if segment.length > 0, let window = receiver.scaledWindow,
            segment.payloadEnd == receiver.acknowledgment &+ UInt32(truncatingIfNeeded: window)
        {
            finding.analysis.insert(.windowFull)
        }
        return false
    }

    /// Observations on an ACK that has nothing new but perhaps its window.
    private func judgeRepeat(
        _ segment: TracedSegment, _ sender: inout WiresharkDirection, _ receiver: WiresharkDirection,
        _ finding: inout Finding
    ) {
        guard segment.length == 0, segment.isPlain, segment.sequence == sender.next, sender.hasAcknowledged,
            segment.acknowledgment == sender.acknowledgment
        else { return }
        guard Int32(segment.window) == sender.window else {
            if segment.window != 0 { finding.analysis.insert(.windowUpdate) }
            return
        }
        if segment.window == 0 {
            if receiver.endedWithProbe { finding.analysis.insert(.zeroWindowProbeACK) }
        } else if receiver.endedWithKeepAlive {
            finding.analysis.insert(.keepAliveACK)
        } else {
            sender.duplicates = sender.duplicates == WiresharkDirection.afterLostACK ? 1 : sender.duplicates &+ 1
            finding.analysis.insert(.duplicateACK)
            finding.duplicateACKNumber = Int(sender.duplicates)
        }
    }

    /// Whether it acknowledges more than was captured of the other direction; said once for the same hole.
    private func judgeAcknowledgment(
        _ segment: TracedSegment, _ receiver: inout WiresharkDirection, _ finding: inout Finding
    ) {
        guard receiver.complete != 0, segment.flags.contains(.ack), segment.acknowledgment.follows(receiver.complete)
        else { return }
        if receiver.next > receiver.complete {
            receiver.complete = receiver.next
            finding.analysis.insert(.ackLostSegment)
        } else {
            if receiver.duplicates == 0 { finding.analysis.insert(.ackLostSegment) }
            receiver.duplicates = WiresharkDirection.afterLostACK
        }
    }

    /// What a segment is that does not go on where its sender was: repeated, or overtaken.
    private func judgeOrder(
        _ segment: TracedSegment, _ sender: WiresharkDirection, _ receiver: WiresharkDirection, _ finding: inout Finding
    ) {
        guard segment.length > 0 || segment.isMark, !finding.analysis.contains(.keepAlive) else { return }
        if segment.length > 0 && receiver.acknowledgment != 0
            && !segment.payloadEnd.follows(receiver.acknowledgment)
        {
            finding.analysis.formUnion([.retransmission, .spuriousRetransmission])
            return
        }
        // One byte back may be a probe's, which did not count.
        let isBack =
            sender.next != 0 && segment.sequence.precedes(sender.next)
            && !(segment.length > 1 && segment.sequence == sender.next &- 1)
        guard isBack else { return }
        if receiver.duplicates >= 2 && receiver.acknowledgment == segment.sequence
            && Self.isWithin(20_000_000, from: receiver.last, to: segment.time)
        {
            finding.analysis.formUnion([.retransmission, .fastRetransmission])
        } else if segment.end != sender.next
            && Self.isWithin(
                initialRoundTrip == 0 ? 3_000_000 : initialRoundTrip, from: sender.advanced, to: segment.time)
        {
            finding.analysis.insert(.outOfOrder)
        } else {
            finding.analysis.insert(.retransmission)
        }
    }

    /// Not so where the clock stepped back.
    private static func isWithin(_ limit: Int64, from earlier: Int64, to later: Int64) -> Bool {
        let (time, overflow) = later.subtractingReportingOverflow(earlier)
        return !overflow && time >= 0 && time < limit
    }

    private func remember(
        _ segment: TracedSegment, _ sender: inout WiresharkDirection, _ analysis: SegmentAnalysis
    ) {
        let isProbe = analysis.contains(.zeroWindowProbe)
        if (segment.end.follows(sender.next) || sender.next == 0) && !isProbe {
            sender.next = segment.end
            sender.advanced = segment.time
        }
        if (segment.sequence == sender.complete || sender.complete == 0) && !isProbe { sender.complete = sender.next }
        sender.window = Int32(segment.window)
        sender.acknowledgment = segment.acknowledgment
        sender.hasAcknowledged = segment.flags.contains(.ack)
        sender.last = segment.time
        sender.endedWithKeepAlive = analysis.contains(.keepAlive)
        sender.endedWithProbe = isProbe
    }

    /// Times the handshake, after the segment was judged.
    @inline(__always)
    mutating func timeHandshake(_ segment: TracedSegment) {
        if segment.isSYN { lastSYN = segment.time }
        if segment.isSYNACK { isAnswered = true }
        guard segment.isAcknowledgment && lastSYN != 0 && answeredRoundTrip == 0 else { return }
        let time = segment.time.subtractingReportingOverflow(lastSYN).partialValue
        if initialRoundTrip == 0 { initialRoundTrip = time }
        guard !segment.flags.contains(.rst) else { return }
        // Without a SYN,ACK before it there is nothing to time, whatever comes later.
        if isAnswered { answeredRoundTrip = time } else { lastSYN = 0 }
    }

    /// Windows are scaled only where both SYNs offer it (RFC 7323 section 2.2).
    private func scale(
        _ segment: TracedSegment, _ windowShift: UInt8?, _ sender: inout WiresharkDirection,
        _ receiver: inout WiresharkDirection
    ) {
        if segment.isAcknowledgment { sender.hasOnlyOpened = false }
        guard segment.flags.contains(.syn) else { return }
        sender.hasOnlyOpened = true
        if let windowShift { sender.shift = Int8(min(windowShift, 14)) }
        if sender.shift == -1 {
            sender.shift = -2
            receiver.shift = -2
        } else if segment.isSYNACK && receiver.shift == -2 {
            sender.shift = -2
        }
    }
}
