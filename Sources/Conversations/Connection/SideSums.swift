/// What ``SideTotals`` are made of, in little.
struct SideSums: BitwiseCopyable {
    private(set) var packets = 0
    private(set) var bytes = 0
    private var thinkTime: Int64 = 0
    /// Nanoseconds; negative before the first.
    var smoothedRoundTripTime: Int64 = -1
    private var longestPayload: UInt32 = 0
    private var retransmissions: UInt32 = 0
    private var outOfOrder: UInt32 = 0
    private var duplicateACKs: UInt32 = 0
    private var lostSegments: UInt32 = 0
    private var acknowledgedLostSegments: UInt32 = 0
    private var zeroWindows: UInt32 = 0
    private var congestionMarks: UInt32 = 0
    private var copies: UInt32 = 0
    private var maximumSegmentSize: UInt16?
    /// As ``WiresharkDirection/shift``.
    var windowShift: Int8 = -1

    /// Counts a packet its side has sent.
    ///
    /// - Parameter bytes: payload captured for the first time.
    mutating func count(_ step: inout ConversationStep, bytes: Int) {
        packets &+= 1
        guard !step.notes.contains(.copy) else { return copies.addClamped(1) }
        self.bytes &+= bytes
        longestPayload = max(longestPayload, UInt32(clamping: step.payloadLength))
        if let size = step.maximumSegmentSize { maximumSegmentSize = size }
        if let time = step.responseTime { thinkTime.addClamped(time) }
        if !step.analysis.isEmpty { note(step.analysis) }
    }

    /// Only the first `bytes` of what was counted are part of the stream.
    mutating func keepBytes(_ bytes: Int) { self.bytes = min(self.bytes, bytes) }

    private mutating func note(_ analysis: SegmentAnalysis) {
        if analysis.contains(.retransmission) { retransmissions.addClamped(1) }
        if analysis.contains(.outOfOrder) { outOfOrder.addClamped(1) }
        if analysis.contains(.duplicateACK) { duplicateACKs.addClamped(1) }
        if analysis.contains(.lostSegment) { lostSegments.addClamped(1) }
        if analysis.contains(.ackLostSegment) { acknowledgedLostSegments.addClamped(1) }
        if analysis.contains(.zeroWindow) { zeroWindows.addClamped(1) }
        if analysis.contains(.congestionExperienced) { congestionMarks.addClamped(1) }
    }

    var retransmissionCount: Int { Int(retransmissions) }

    var totals: SideTotals {
        var totals = SideTotals()
        totals.packets = packets
        totals.bytes = bytes
        totals.retransmissions = Int(retransmissions)
        totals.outOfOrder = Int(outOfOrder)
        totals.duplicateACKs = Int(duplicateACKs)
        totals.lostSegments = Int(lostSegments)
        totals.acknowledgedLostSegments = Int(acknowledgedLostSegments)
        totals.zeroWindows = Int(zeroWindows)
        totals.congestionMarks = Int(congestionMarks)
        totals.copies = Int(copies)
        totals.maximumSegmentSize = maximumSegmentSize
        totals.longestPayload = Int(longestPayload)
        totals.windowScaling =
            windowShift >= 0 ? .shift(UInt8(windowShift)) : windowShift == -1 ? .unknown : .none
        totals.smoothedRoundTripTime = smoothedRoundTripTime < 0 ? nil : smoothedRoundTripTime
        totals.thinkTime = thinkTime
        return totals
    }
}

extension FixedWidthInteger {
    /// Adds what is not negative, and stays at the largest number there is.
    fileprivate mutating func addClamped(_ other: Self) {
        let (sum, overflow) = addingReportingOverflow(other)
        self = overflow ? .max : sum
    }
}
