import PacketDecoding

// Whether the receiver of a segment takes it: RFC 9293 section 3.10.7, RFC 5961.

/// What the receiver of a segment makes of it.
enum Reception {
    case taken
    /// It has only sent its SYN, and drops what is no answer to that; but the answer may not have been captured.
    case early
    case dropped
    /// No end of the connection takes it.
    case foreign
    /// It answers a RST with an ACK, and goes on.
    case challenged
}

extension ConversationCourse {
    /// Learns what the ends' numbers count from, and says which the segment's are. Of a segment that is not taken
    /// nothing is learnt.
    mutating func receive(
        _ header: SegmentHeader, _ sender: inout TrackedEnd, _ receiver: inout TrackedEnd, _ gaps: inout GapPool,
        _ step: inout ConversationStep
    ) -> Reception {
        let flags = header.flags
        if progress.phase != .handshake && flags.isDisjoint(with: [.syn, .rst]) && flags.contains(.ack)
            && sender.connection.sent.isKnown && receiver.connection.sent.isKnown
        {
            number(&step, header, sender.connection, receiver.connection)
            if isAcceptable(step, sender.connection, receiver.connection) { return .taken }
            return receiver.connection.isPast(step.relativeAcknowledgmentNumber, tolerance: sender.connection.tolerance)
                ? .foreign : .dropped
        }
        return receiveRare(header, &sender, &receiver, &gaps, &step)
    }

    private mutating func receiveRare(
        _ header: SegmentHeader, _ sender: inout TrackedEnd, _ receiver: inout TrackedEnd, _ gaps: inout GapPool,
        _ step: inout ConversationStep
    ) -> Reception {
        let flags = header.flags
        number(&step, header, sender.connection, receiver.connection)
        if flags.isDisjoint(with: [.syn, .rst, .ack]) { return .foreign }
        let isWaiting = progress.state[step.side.other] == .synSent
        let answers = step.acknowledges(upTo: receiver.connection.sent.end)
        if flags.contains(.rst) { return judgeReset(step, sender.connection, receiver.connection, answers: answers) }
        if isWaiting && flags.contains(.ack) && !answers { return .foreign }
        // A synchronized end takes no SYN (RFC 9293 section 3.10.7.4, RFC 5961 section 4), but for one that comes late.
        if flags.contains(.syn) && progress.isSteady && aftermath == nil && !isTentative
            && sender.connection.sent.isKnown && header.sequenceNumber.rawValue != sender.connection.sent.base
        {
            return .dropped
        }
        if flags.contains(.syn) { restart(header, &sender, &receiver, &gaps, &step, isWaiting: isWaiting) }

        if flags.contains(.syn) && sender.connection.isGone {
            sender.connection.sent.release(&gaps)
            sender.connection = ConnectionEnd()
            // What it answers was not captured.
            if flags.contains(.ack) && receiver.connection.isGone {
                receiver.connection.sent.release(&gaps)
                receiver.connection = ConnectionEnd()
            }
        }
        let isGuess = progress.state[step.side] == .synSent && !receiver.connection.sent.isKnown
        var (newSender, newReceiver) = (sender.connection, receiver.connection)
        learnBases(&newSender, &newReceiver, header, &gaps)
        number(&step, header, newSender, newReceiver)
        guard flags.contains(.syn) || isWaiting || isAcceptable(step, newSender, newReceiver) else { return .dropped }
        sender.connection = newSender
        receiver.connection = newReceiver
        isTentative = isGuess && !flags.contains(.syn)
        if isTentative { step.notes.insert(.early) }
        return isWaiting && !flags.contains(.syn) ? .early : .taken
    }

    /// A side begins anew with its SYN where something came before that: then what came before does not count. Where
    /// that was the other side's, which the capture showed to have got a SYN,ACK of another number, neither does that.
    private mutating func restart(
        _ header: SegmentHeader, _ sender: inout TrackedEnd, _ receiver: inout TrackedEnd, _ gaps: inout GapPool,
        _ step: inout ConversationStep, isWaiting: Bool
    ) {
        let sent = sender.connection.sent
        guard sent.isKnown && !sent.isAnchored && (isWaiting || isTentative) else { return }
        if !isWaiting {
            guard header.flags.contains(.ack), header.sequenceNumber.rawValue != sent.base,
                step.acknowledges(upTo: receiver.connection.openingEnd)
            else { return }
            receiver.rewindToSYN(&gaps)
            progress.rewind(toSYNOf: step.side.other)
        }
        sender.connection.sent.release(&gaps)
        sender.connection = ConnectionEnd()
        sender.sums.keepBytes(0)
        forgetSpeaker()
        step.notes.insert(.restarts)
    }

    /// A RST teaches nothing: one that refuses a SYN has no sequence number of its own (RFC 9293 section 3.5.2).
    private func learnBases(
        _ sender: inout ConnectionEnd, _ receiver: inout ConnectionEnd, _ header: SegmentHeader, _ gaps: inout GapPool
    ) {
        let flags = header.flags
        let number = header.sequenceNumber.rawValue
        if flags.contains(.syn) {
            // A second answer to the SYN, from another number, is the one that counts until the client chooses.
            if !sender.sent.isKnown || (number != sender.sent.base && progress.phase == .handshake) {
                let before = sender.sent.isKnown ? sender.sent.base : nil
                sender.sent.release(&gaps)
                sender = ConnectionEnd()
                sender.sent.begin(at: number, &gaps)
                sender.otherBase = before
            }
        } else if !sender.sent.isKnown {
            sender.sent.beginMidstream(at: number, &gaps)
        } else if progress.phase == .handshake {
            sender.choose(number, &gaps)
            if flags.contains(.ack) { receiver.choose(header.acknowledgmentNumber.rawValue, &gaps) }
        }
        if flags.contains(.ack) && !receiver.sent.isKnown {
            receiver.sent.beginMidstream(at: header.acknowledgmentNumber.rawValue, &gaps)
        }
    }

    func number(
        _ step: inout ConversationStep, _ header: SegmentHeader, _ sender: ConnectionEnd, _ receiver: ConnectionEnd
    ) {
        // What comes before anything is known, and teaches nothing, gets the numbers that end a handshake.
        step.relativeSequenceNumber =
            sender.sent.isKnown ? sender.sent.relative(header.sequenceNumber.rawValue) : 1
        if step.flags.contains(.ack) {
            step.relativeAcknowledgmentNumber =
                receiver.sent.isKnown ? receiver.sent.relative(header.acknowledgmentNumber.rawValue) : 1
        }
    }

    /// Whether the receiver takes a segment that is no RST: not a FIN far from its window, nor an acknowledgment of what
    /// it has not sent (RFC 9293 section 3.10.7.4). Before both ends are known it may be anything.
    @inline(__always)
    private func isAcceptable(_ step: ConversationStep, _ sender: ConnectionEnd, _ receiver: ConnectionEnd) -> Bool {
        if step.flags.contains(.fin) && !sender.reaches(step.relativeSequenceNumber, tolerance: receiver.tolerance) {
            return false
        }
        guard step.flags.contains(.ack) else { return true }
        // What is acknowledged may be missing from the capture, as much of it as fits the window.
        return receiver.reaches(step.relativeAcknowledgmentNumber, tolerance: sender.tolerance)
    }

    /// What the receiver of a RST makes of it, by its state.
    ///
    /// - Parameter answers: its acknowledgment number is one that answers the receiver's SYN.
    private func judgeReset(
        _ step: ConversationStep, _ sender: ConnectionEnd, _ receiver: ConnectionEnd, answers: Bool
    ) -> Reception {
        let number = step.relativeSequenceNumber
        switch progress.state[step.side.other] {
        case .synSent: return step.flags.contains(.ack) && answers ? .taken : .dropped
        case .listen:
            // It may have got the SYN, and its SYN,ACK not have been captured. Any other RST is for a connection before
            // this one (RFC 9293 section 3.5.1).
            return number == sender.sent.end ? .taken : .dropped
        case .closed: return .taken
        default: break
        }
        guard sender.sent.isKnown else { return .taken }
        // What its receiver expects is what it has told last, or what was sent since.
        if number == sender.sent.end || number == sender.acknowledged { return .taken }
        let expected = sender.acknowledged == .min ? sender.sent.end : sender.acknowledged
        let window = receiver.window < 0 ? 1 << 30 : Int(receiver.window)
        return number > expected && number < expected &+ window ? .challenged : .dropped
    }
}

extension ConversationStep {
    /// Whether it acknowledges a SYN, and nothing from `end` on.
    fileprivate func acknowledges(upTo end: Int) -> Bool {
        relativeAcknowledgmentNumber >= 1 && relativeAcknowledgmentNumber <= end
    }
}

extension TrackedEnd {
    /// Keeps no more of this end than its SYN, and what that carried.
    fileprivate mutating func rewindToSYN(_ gaps: inout GapPool) {
        let (base, end) = (connection.sent.base, connection.openingEnd)
        connection.sent.release(&gaps)
        connection = ConnectionEnd()
        connection.sent.begin(at: base, &gaps)
        _ = connection.sent.capture(from: 0, length: end, &gaps)
        connection.openingEnd = end
        sums.keepBytes(end &- 1)
    }
}
