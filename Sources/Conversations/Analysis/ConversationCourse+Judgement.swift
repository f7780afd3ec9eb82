import PacketDecoding

// What a segment is among those that were captured: Earshot's own judgement, by which numbers were captured before and
// which were acknowledged. Wireshark's is used for what is no matter of numbers: times, and ACKs that repeat.

extension ConversationCourse {
    /// Notes the numbers a segment takes: SYN, payload, FIN, in this order; and says what it is.
    ///
    /// - Returns: bytes of payload captured for the first time.
    mutating func capture(
        _ step: inout ConversationStep, _ sender: inout ConnectionEnd, _ receiver: inout ConnectionEnd,
        _ log: inout TransmissionLog
    ) -> Int {
        let highest = sender.sent.end
        // In order, and nothing else to say: nearly all segments.
        if step.relativeSequenceNumber == highest && step.flags.isDisjoint(with: [.syn, .fin])
            && step.wiresharkAnalysis.isEmpty && sender.request == .none && receiver.request == .none
            && receiver.window != 0
        {
            guard step.payloadLength > 0 else { return 0 }
            let end = highest &+ step.payloadLength
            _ = sender.sent.capture(from: highest, length: step.payloadLength, &log.gaps)
            log.flights.append(end: end, sent: step.timestamp, frame: step.frame, to: &sender.flight)
            return step.payloadLength
        }
        let isEarly = step.notes.contains(.early)
        if !isEarly { judgeRepeat(&step, receiver) }
        receiver.request = .none
        sender.request = isEarly ? .none : judgeProbe(&step, sender, receiver)
        if sender.request != .none {
            // What a keep-alive carries is no data, nor is what a probe carries once more.
            guard step.payloadLength == 1 && step.relativeSequenceNumber == highest else {
                if step.payloadLength == 1 { step.notes.insert(.keepAlive) }
                return 0
            }
            sender.probeEnd = highest &+ 1
        }
        return captureRare(&step, &sender, receiver, &log, isEarly: isEarly)
    }

    private func captureRare(
        _ step: inout ConversationStep, _ sender: inout ConnectionEnd, _ receiver: ConnectionEnd,
        _ log: inout TransmissionLog, isEarly: Bool
    ) -> Int {
        let syn = step.flags.contains(.syn) ? 1 : 0
        let fin = step.flags.contains(.fin) ? 1 : 0
        let start = step.relativeSequenceNumber &+ syn
        let end = start &+ step.payloadLength
        let highest = sender.sent.end
        let takesNumbers = syn &+ fin &+ step.payloadLength > 0
        if start &- syn > highest && (takesNumbers || sender.reaches(start, tolerance: receiver.tolerance))
            && sender.sent.reach(start &- syn, &log.gaps) && !isEarly
        {
            step.analysis.insert(.lostSegment)
        }
        guard takesNumbers else { return 0 }

        let freshSYN = sender.sent.capture(from: start &- syn, length: syn, &log.gaps)
        var bytes = sender.sent.capture(from: start, length: step.payloadLength, &log.gaps)
        // Data in the place of a FIN: that ended nothing, and its number is a byte's.
        if start < sender.finEnd && end >= sender.finEnd && step.payloadLength > 0 {
            sender.finEnd = .max
            bytes &+= 1
        }
        let freshFIN = sender.sent.capture(from: end, length: fin, &log.gaps)
        if fin == 1 && sender.finEnd == .max { sender.finEnd = end &+ 1 }
        // In a simultaneous open (RFC 9293 figure 8) each SYN is followed by a SYN,ACK of the same number.
        var old = step.payloadLength &- bytes &+ fin &- freshFIN &+ syn &- freshSYN
        var isFirstAnswer = false
        if syn == 1 {
            sender.sent.anchor()
            sender.openingEnd = max(sender.openingEnd, end)
            if step.flags.contains(.ack) && !sender.hasAnswered {
                sender.hasAnswered = true
                isFirstAnswer = true
                old &-= 1 &- freshSYN
            }
        }
        // The byte of a probe that was not taken is sent again with what follows it (section 3.8.6.1).
        if old > 0 && sender.probeEnd == start &+ 1 && step.payloadLength > 1 && sender.acknowledged < sender.probeEnd {
            old &-= 1
        }
        if old > 0 {
            step.notes.insert(.retransmission)
            let isSpurious = sender.acknowledged >= end &+ fin
            step.analysis.insert(.retransmission)
            if isSpurious { step.analysis.insert(.spuriousRetransmission) }
            step.analysis.formUnion(step.wiresharkAnalysis.intersection(.fastRetransmission))
        } else if end &+ fin <= highest && highest > start &- syn && !isEarly && !isFirstAnswer {
            step.analysis.formUnion(late(step.wiresharkAnalysis))
        }
        if bytes < step.payloadLength {
            sender.flight.resent(before: end)
        } else if bytes > 0 && start >= highest {
            log.flights.append(end: end, sent: step.timestamp, frame: step.frame, to: &sender.flight)
        }
        return bytes
    }

    /// What fills a hole has come late, or is what was lost before it could be captured: time tells.
    private func late(_ analysis: SegmentAnalysis) -> SegmentAnalysis {
        if analysis.contains(.spuriousRetransmission) || !analysis.contains(.retransmission) { return .outOfOrder }
        return analysis.intersection([.retransmission, .fastRetransmission])
    }

    /// A segment that says nothing new, so that the other end tells where it is (RFC 9293 sections 3.8.4 and 3.8.6.1).
    private func judgeProbe(
        _ step: inout ConversationStep, _ sender: ConnectionEnd, _ receiver: ConnectionEnd
    ) -> ConnectionEnd.Request {
        let highest = sender.sent.end
        guard step.payloadLength <= 1, step.flags.isDisjoint(with: [.syn, .fin]), step.flags.contains(.ack) else {
            return .none
        }
        let isNext = step.payloadLength == 1 && step.relativeSequenceNumber == highest
        let isBefore = step.relativeSequenceNumber == highest &- 1
        if receiver.window == 0 && (isNext || isBefore) {
            step.analysis.insert(.zeroWindowProbe)
            return .zeroWindowProbe
        }
        guard isBefore, sender.acknowledged >= highest || sender.acknowledged == .min && step.payloadLength == 0 else {
            return .none
        }
        step.analysis.insert(.keepAlive)
        return .keepAlive
    }

    /// An ACK that has nothing new but perhaps its window, by what the other end has asked for.
    private func judgeRepeat(_ step: inout ConversationStep, _ receiver: ConnectionEnd) {
        let seen = step.wiresharkAnalysis
        step.analysis.formUnion(seen.intersection([.zeroWindow, .windowFull, .windowUpdate]))
        guard !seen.isDisjoint(with: [.duplicateACK, .keepAliveACK, .zeroWindowProbeACK, .zeroWindow]),
            step.payloadLength == 0
        else { return }
        switch receiver.request {
        // Nothing can be missing where all was acknowledged (RFC 5681 section 2).
        case .none where receiver.sent.end > receiver.acknowledged:
            step.analysis.formUnion(seen.intersection(.duplicateACK))
        case .keepAlive where !seen.contains(.zeroWindow): step.analysis.insert(.keepAliveACK)
        case .zeroWindowProbe where seen.contains(.zeroWindow): step.analysis.insert(.zeroWindowProbeACK)
        case .challengedReset: step.analysis.insert(.challengeACK)
        default: break
        }
    }
}
