import PacketDecoding

// What a segment does to its connection.

extension ConversationCourse {
    /// What a sound segment does to its connection.
    ///
    /// - Returns: bytes of payload captured for the first time; nil where the receiver does not take the segment.
    mutating func take(
        _ facts: SegmentFacts, _ sender: inout TrackedEnd, _ receiver: inout TrackedEnd, isReplacing: Bool,
        _ log: inout TransmissionLog, _ step: inout ConversationStep
    ) -> Int? {
        let header = facts.header
        let flags = header.flags
        step.sequenceNumber = header.sequenceNumber
        step.acknowledgmentNumber = header.acknowledgmentNumber
        step.flags = flags
        step.window = Int(header.window)
        step.payloadLength = facts.payloadLength
        step.maximumSegmentSize = facts.maximumSegmentSize
        analyze(facts, &sender, &receiver, isReplacing: isReplacing, &step)

        if flags.contains(.syn) && !flags.contains(.rst) { open(&step) }
        if packets == 0 && !sawBeginning { step.notes.insert(.midstream) }
        guard accepts(header, &sender.connection, &receiver.connection, &log.gaps, &step) else {
            step.notes.insert(.unacceptable)
            return nil
        }
        if !flags.contains(.rst) {
            sender.connection.offer(header.window, isSYN: flags.contains(.syn), shift: facts.windowShift)
        }
        advance(&step, &receiver.connection)
        if flags.contains(.ack) && !flags.contains(.rst) { acknowledge(&step, &receiver, &log) }
        let bytes = capture(&step, &sender.connection, &log)
        if step.payloadLength > 0 && !flags.contains(.rst) { measureFlight(&step, &sender.connection) }
        if flags.contains(.ack) && flags.isDisjoint(with: [.syn, .rst]) { sender.connection.hasSpoken = true }
        return bytes
    }

    /// What the segment is among the others, whatever its receiver makes of it.
    private mutating func analyze(
        _ facts: SegmentFacts, _ sender: inout TrackedEnd, _ receiver: inout TrackedEnd, isReplacing: Bool,
        _ step: inout ConversationStep
    ) {
        let segment = TracedSegment(facts.header, length: facts.payloadLength, time: facts.time)
        // A fragment does not tell how long the segment is.
        if !facts.isFragment {
            let finding = analysis.judge(
                segment, &sender.trace, &receiver.trace, isReplacing: isReplacing, windowShift: facts.windowShift)
            step.analysis = finding.analysis
            step.duplicateACKNumber = finding.duplicateACKNumber
        }
        step.scaledWindow = sender.trace.scaledWindow
        if let holes = facts.holes, holes.count > 0 {
            step.analysis.insert(.selectiveACK)
            step.missingBlocks = holes.count
            step.missingBytes = holes.bytes
        }
        if facts.isMarked { step.analysis.insert(.congestionExperienced) }
        if !step.flags.contains(.syn) {
            if step.flags.contains(.ece) { step.analysis.insert(.congestionEcho) }
            if step.flags.contains(.cwr) { step.analysis.insert(.congestionWindowReduced) }
        }
        noteHandshake(segment, isReplacing: isReplacing)
        sender.sums.windowShift = sender.trace.shift
        receiver.sums.windowShift = receiver.trace.shift
    }

    /// A segment that its receiver drops still has a place among the others, by its numbers or else by its flags.
    mutating func analyzeUnsound(
        _ place: TransportPlace, _ header: SegmentHeader, _ sender: inout TrackedEnd, _ receiver: inout TrackedEnd,
        isReplacing: Bool, _ time: Timestamp?
    ) {
        let length = place.wireEnd &- place.layer.offset &- header.headerLength
        let segment = TracedSegment(header, length: max(0, length), time: time)
        if length >= 0 {
            _ = analysis.judge(
                segment, &sender.trace, &receiver.trace, isReplacing: isReplacing, windowShift: nil)
        }
        if header.headerLength >= TCPHeader.size {
            noteHandshake(segment, isReplacing: isReplacing)
        } else {
            beginCompleteness(isReplacing: isReplacing)
        }
    }

    private mutating func beginCompleteness(isReplacing: Bool) {
        if isReplacing { completeness = .syn }
        completenessBeforeLast = completeness
    }

    private mutating func noteHandshake(_ segment: TracedSegment, isReplacing: Bool) {
        beginCompleteness(isReplacing: isReplacing)
        analysis.timeHandshake(segment)
        completeness.note(segment, isFirst: packets == 0 && !isReplacing)
    }

    /// A SYN begins the connection, or tries again after a refusal; a SYN,ACK is where a capture may begin.
    private mutating func open(_ step: inout ConversationStep) {
        let isAnswer = step.flags.contains(.ack)
        if step.side == .client && !isAnswer {
            sawBeginning = true
            firstSYN = firstSYN ?? step.timestamp
        }
        if state.isAbsent && (!isAnswer || state.client == .unknown) {
            phase = .handshake
            outcome = .open
            closedBy = nil
        }
    }

    /// Learns what the ends' numbers count from, and says which the segment's are.
    ///
    /// - Returns: whether the receiver takes it; of one that it does not nothing was learnt.
    private func accepts(
        _ header: SegmentHeader, _ sender: inout ConnectionEnd, _ receiver: inout ConnectionEnd,
        _ gaps: inout GapPool, _ step: inout ConversationStep
    ) -> Bool {
        if sender.sent.isKnown && receiver.sent.isKnown && phase != .handshake && !header.flags.contains(.syn) {
            number(&step, header, &sender, &receiver)
            return isAcceptable(&step, &sender, &receiver)
        }
        var (newSender, newReceiver) = (sender, receiver)
        learnBases(&newSender, &newReceiver, header, &gaps)
        number(&step, header, &newSender, &newReceiver)
        guard isAcceptable(&step, &newSender, &newReceiver) else { return false }
        sender = newSender
        receiver = newReceiver
        return true
    }

    /// A RST teaches nothing: one that refuses a SYN has no sequence number of its own (RFC 9293 section 3.5.2).
    private func learnBases(
        _ sender: inout ConnectionEnd, _ receiver: inout ConnectionEnd, _ header: SegmentHeader, _ gaps: inout GapPool
    ) {
        let flags = header.flags
        guard !flags.contains(.rst) else { return }
        let number = header.sequenceNumber.rawValue
        if flags.contains(.syn) {
            // A second answer to the SYN, from another number, is the one that counts until the client chooses.
            if !sender.sent.isKnown || (number != sender.sent.base && phase == .handshake) {
                let before = sender.sent.isKnown ? sender.sent.base : nil
                sender.sent.release(&gaps)
                sender = ConnectionEnd()
                sender.sent.begin(at: number, &gaps)
                sender.otherBase = before
            }
        } else if !sender.sent.isKnown {
            sender.sent.beginMidstream(at: number, &gaps)
        } else if phase == .handshake {
            sender.choose(number, &gaps)
            if flags.contains(.ack) { receiver.choose(header.acknowledgmentNumber.rawValue, &gaps) }
        }
        if flags.contains(.ack) && !receiver.sent.isKnown {
            receiver.sent.beginMidstream(at: header.acknowledgmentNumber.rawValue, &gaps)
        }
    }

    private func number(
        _ step: inout ConversationStep, _ header: SegmentHeader, _ sender: inout ConnectionEnd,
        _ receiver: inout ConnectionEnd
    ) {
        // Only a RST can come before anything is known; it gets the numbers that end a handshake.
        step.relativeSequenceNumber =
            sender.sent.isKnown ? sender.sent.relative(header.sequenceNumber.rawValue) : 1
        if step.flags.contains(.ack) {
            step.relativeAcknowledgmentNumber =
                receiver.sent.isKnown ? receiver.sent.relative(header.acknowledgmentNumber.rawValue) : 1
        }
    }

    /// Whether the receiver takes the segment: not a RST or FIN far from its window, nor an acknowledgment of what it
    /// has not sent (RFC 9293 section 3.10.7.4). Before both ends are known it may be anything.
    private func isAcceptable(
        _ step: inout ConversationStep, _ sender: inout ConnectionEnd, _ receiver: inout ConnectionEnd
    ) -> Bool {
        if step.flags.contains(.syn) || state[step.side.other] == .synSent {
            return true
        }
        let start = step.relativeSequenceNumber
        if !step.flags.isDisjoint(with: [.rst, .fin]) && !sender.reaches(start, tolerance: receiver.tolerance) {
            return false
        }
        guard step.flags.contains(.ack) && !step.flags.contains(.rst) else { return true }
        // What is acknowledged may be missing from the capture, as much of it as fits the window.
        return receiver.reaches(step.relativeAcknowledgmentNumber, tolerance: sender.tolerance)
    }

    /// Moves the states on, and the phase and outcome with them.
    private mutating func advance(_ step: inout ConversationStep, _ receiver: inout ConnectionEnd) {
        let hasPayload = step.payloadLength > 0
        let hasACK = step.flags.contains(.ack)
        let acknowledged = step.relativeAcknowledgmentNumber
        // An end that has sent only its SYN takes no acknowledgment of more (section 3.10.7.3).
        let limit = state[step.side.other] == .synSent ? receiver.sent.end : .max
        let notes = state.advance(
            step.side,
            ConnectionState.Segment(
                flags: step.flags, hasPayload: hasPayload,
                acknowledgesSYN: hasACK && acknowledged >= 1 && acknowledged <= limit,
                acknowledgesMore: hasACK && acknowledged > 1,
                acknowledgesFIN: hasACK && acknowledged >= receiver.finEnd,
                answersTraffic: receiver.hasSpoken))
        step.clientState = state.client
        step.serverState = state.server
        step.notes.formUnion(notes)

        if notes.contains(.handshakeComplete), handshakeTime == nil {
            step.handshakeTime = Self.interval(from: firstSYN, to: step.timestamp)
            handshakeTime = step.handshakeTime
        }
        if step.flags.contains(.rst) {
            if outcome != .closed {
                outcome = notes.contains(.refused) ? .refused : .reset
                closedBy = closedBy ?? step.side
                phase = .reset
            }
        } else if notes.contains(.closed) {
            outcome = .closed
        } else if notes.contains(.firstFIN) {
            outcome = .halfClosed
            closedBy = step.side
            phase = .teardown
        } else if phase == .handshake && !step.flags.contains(.syn)
            && (hasPayload || state.isEstablished && !notes.contains(.handshakeComplete))
        {
            phase = .data
        }
        step.phase = phase
    }

    private func acknowledge(
        _ step: inout ConversationStep, _ receiver: inout TrackedEnd, _ log: inout TransmissionLog
    ) {
        let acknowledged = step.relativeAcknowledgmentNumber
        guard acknowledged > receiver.connection.acknowledged else { return }
        receiver.connection.acknowledged = acknowledged
        guard let sent = log.flights.acknowledge(before: acknowledged, in: &receiver.connection.flight) else { return }
        step.acknowledgedFrame = sent.frame
        step.roundTripTime = Self.interval(from: sent.sent, to: step.timestamp)
        guard let time = step.roundTripTime else { return }
        noteRoundTrip(time, &step, &receiver.connection)
        receiver.sums.smoothedRoundTripTime = step.smoothedRoundTripTime ?? -1
    }

    private func noteRoundTrip(_ time: Int64, _ step: inout ConversationStep, _ receiver: inout ConnectionEnd) {
        receiver.smoothed.add(time)
        receiver.shortest = min(receiver.shortest, time)
        step.smoothedRoundTripTime = receiver.smoothed.value
        let expected = min(receiver.shortest, analysis.initialRoundTripTime ?? .max)
        if step.payloadLength == 0 && (20_000_000..<500_000_000).contains(time &- expected) {
            step.analysis.insert(.delayedACK)
        }
    }

    /// What is on its way once a segment with payload is.
    private func measureFlight(_ step: inout ConversationStep, _ sender: inout ConnectionEnd) {
        guard sender.acknowledged != .min, sender.sent.end > sender.acknowledged else { return }
        step.bytesInFlight = sender.sent.end &- sender.acknowledged &- (sender.finEnd == sender.sent.end ? 1 : 0)
    }

    /// Notes the numbers a segment takes: SYN, payload, FIN, in this order.
    ///
    /// - Returns: bytes of payload captured for the first time.
    private func capture(_ step: inout ConversationStep, _ sender: inout ConnectionEnd, _ log: inout TransmissionLog)
        -> Int
    {
        // What a RST carries is no part of the data (section 3.5.3).
        guard !step.flags.contains(.rst) else { return 0 }
        let syn = step.flags.contains(.syn) ? 1 : 0
        let fin = step.flags.contains(.fin) ? 1 : 0
        let start = step.relativeSequenceNumber &+ syn
        let end = start &+ step.payloadLength
        let highest = sender.sent.end
        // A keep-alive repeats at most the last byte, and only once all is acknowledged (section 3.8.4).
        let isKeepAlive =
            syn &+ fin == 0 && step.payloadLength == 1 && end == highest && sender.acknowledged >= highest
        if isKeepAlive { return 0 }

        let freshSYN = sender.sent.capture(from: start &- syn, length: syn, &log.gaps)
        let bytes = sender.sent.capture(from: start, length: step.payloadLength, &log.gaps)
        let freshFIN = sender.sent.capture(from: end, length: fin, &log.gaps)
        if fin == 1 && sender.finEnd == .max { sender.finEnd = end &+ 1 }
        // In a simultaneous open (RFC 9293 figure 8) each SYN is followed by a SYN,ACK of the same number.
        let isAnswer = syn == 1 && step.flags.contains(.ack) && !sender.hasAnswered
        if isAnswer { sender.hasAnswered = true }
        if freshSYN < syn && !isAnswer || bytes < step.payloadLength || freshFIN < fin {
            step.notes.insert(.retransmission)
        }
        if bytes < step.payloadLength {
            sender.flight.resent(before: end)
        } else if bytes > 0 && start >= highest {
            log.flights.append(end: end, sent: step.timestamp, frame: step.frame, to: &sender.flight)
        }
        return bytes
    }
}

extension Completeness {
    /// Counts a segment; the first one only if it is a SYN.
    fileprivate mutating func note(_ segment: TracedSegment, isFirst: Bool) {
        let flags = segment.flags
        let isSYN = flags.contains(.syn)
        let isACK = flags.contains(.ack)
        if isFirst {
            if isSYN && !isACK { formUnion(segment.length > 0 ? [.syn, .data] : .syn) }
            return
        }
        if isSYN && isACK { insert(.synAck) }
        if isACK && !isSYN { insert(segment.length > 0 ? .data : .acknowledgment) }
        if isACK && flags.contains(.fin) { insert(.fin) }
        if flags.contains(.rst) { insert(.rst) }
    }
}
