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
        if facts.isCopy {
            step.notes.insert(.copy)
            step.analysis = []
            number(&step, header, sender.connection, receiver.connection)
            return nil
        }

        if flags.contains(.syn) && !flags.contains(.rst) { open(step) }
        if packets == 0 && !sawBeginning { step.notes.insert(.midstream) }
        let reception = receive(header, &sender, &receiver, &log.gaps, &step)
        guard reception == .taken else {
            refuse(&step, reception, &sender.connection)
            progress.hear(step.side)
            switch reception {
            case .early: return capture(&step, &sender.connection, &receiver.connection, &log)
            // What it says is captured all the same, and may be all that there is of it.
            case .dropped: return captureIgnored(step, &sender.connection, &log)
            default: return nil
            }
        }
        if flags.contains(.rst) {
            reset(&step, &sender.connection, &receiver.connection)
            return 0
        }
        sender.connection.offer(header.window, isSYN: flags.contains(.syn), shift: sender.trace.shift)
        // Nothing but a SYN, a FIN or a RST moves on an established connection.
        if !(progress.isSteady && aftermath == nil && flags.isDisjoint(with: [.syn, .fin])) {
            advance(&step, &sender.connection, &receiver.connection)
            progress.hear(step.side)
        }
        observe(facts, isReplacing: isReplacing, &step)
        if flags.contains(.ack) { acknowledge(&step, &receiver, &log) }
        let bytes = capture(&step, &sender.connection, &receiver.connection, &log)
        if step.payloadLength > 0 { measureFlight(&step, &sender.connection) }
        if flags.contains(.ack) && !flags.contains(.syn) { sender.connection.hasSpoken = true }
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
            step.wiresharkAnalysis = finding.analysis
            step.duplicateACKNumber = finding.duplicateACKNumber
        }
        step.scaledWindow = sender.trace.scaledWindow
        noteHandshake(segment, isReplacing: isReplacing)
        sender.sums.windowShift = sender.trace.shift
        receiver.sums.windowShift = receiver.trace.shift
    }

    /// What a segment that is taken says by itself.
    private mutating func observe(_ facts: SegmentFacts, isReplacing: Bool, _ step: inout ConversationStep) {
        if isReplacing { step.analysis.insert(.reusedPorts) }
        if let holes = facts.holes, holes.count > 0 {
            step.analysis.insert(.selectiveACK)
            step.missingBlocks = holes.count
            step.missingBytes = holes.bytes
        }
        if facts.isMarked { step.analysis.insert(.congestionExperienced) }
        if congestion != .flags || step.flags.contains(.syn) || !CongestionFeedback.isSilent(step.flags) {
            congestion.learn(step.flags)
            step.congestionCounter = congestion.counter(step.flags)
            guard congestion != .counter, congestion != .off, !step.flags.contains(.syn) else { return }
            if step.flags.contains(.ece) { step.analysis.insert(.congestionEcho) }
            if step.flags.contains(.cwr) { step.analysis.insert(.congestionWindowReduced) }
        }
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

    @inline(__always)
    private mutating func noteHandshake(_ segment: TracedSegment, isReplacing: Bool) {
        beginCompleteness(isReplacing: isReplacing)
        analysis.timeHandshake(segment)
        completeness.note(segment, isFirst: packets == 0 && !isReplacing)
    }

    private mutating func open(_ step: ConversationStep) {
        let isAnswer = step.flags.contains(.ack)
        if step.side == .client && !isAnswer {
            sawBeginning = true
            firstSYN = firstSYN ?? step.timestamp
        }
        progress.open(isAnswer: isAnswer)
    }

    /// Moves the states on, and the phase and outcome with them.
    private mutating func advance(
        _ step: inout ConversationStep, _ sender: inout ConnectionEnd, _ receiver: inout ConnectionEnd
    ) {
        let hasACK = step.flags.contains(.ack)
        let acknowledged = step.relativeAcknowledgmentNumber
        let segment = ConnectionState.Segment(
            flags: step.flags, hasPayload: step.payloadLength > 0, acknowledgesSYN: hasACK && acknowledged >= 1,
            acknowledgesMore: hasACK && acknowledged > receiver.openingEnd,
            acknowledgesFIN: hasACK && acknowledged >= receiver.finEnd, answersTraffic: receiver.hasSpoken)
        let notes = aftermath == nil ? progress.advance(step.side, segment) : goOn(step, segment, &sender, &receiver)
        step.note(progress, notes)
        if notes.contains(.handshakeComplete), handshakeTime == nil {
            step.handshakeTime = Self.interval(from: firstSYN, to: step.timestamp)
            handshakeTime = step.handshakeTime
        }
    }

    /// Moves on after a RST that was taken, which may tell that it was not.
    private mutating func goOn(
        _ step: ConversationStep, _ segment: ConnectionState.Segment, _ sender: inout ConnectionEnd,
        _ receiver: inout ConnectionEnd
    ) -> StepNotes {
        guard var going = aftermath, !step.flags.contains(.syn) else {
            aftermath = nil
            return progress.advance(step.side, segment)
        }
        let end = step.relativeSequenceNumber &+ step.payloadLength &+ (step.flags.contains(.fin) ? 1 : 0)
        let notes = going.advance(
            step.side, segment, end: end,
            acknowledged: step.flags.contains(.ack) ? step.relativeAcknowledgmentNumber : nil)
        guard going.isRevived else {
            aftermath = going
            return []
        }
        progress = going.progress
        aftermath = nil
        sender.isGone = false
        receiver.isGone = false
        return notes.union(.revived)
    }

    /// A RST that its receiver takes. What it carries is no part of the data (section 3.5.3).
    private mutating func reset(
        _ step: inout ConversationStep, _ sender: inout ConnectionEnd, _ receiver: inout ConnectionEnd
    ) {
        let before = progress
        let acknowledgesSYN = step.flags.contains(.ack) && step.relativeAcknowledgmentNumber >= 1
        let notes = progress.reset(
            by: step.side, acknowledgesSYN: acknowledgesSYN, sawSYN: sawBeginning,
            hasOtherSpoken: receiver.sent.end > max(1, receiver.openingEnd))
        if notes.contains(.refused) || notes.isEmpty {
            // One that has none of the connection any more, or never had, does not go on.
            if aftermath?.sender != step.side { aftermath = nil }
        } else {
            aftermath = ResetAftermath(
                before, resetBy: step.side, at: step.relativeSequenceNumber, otherEnd: receiver.sent.end)
        }
        sender.isGone = true
        receiver.isGone = true
        step.note(progress, notes)
    }

    /// Notes the payload of a segment whose acknowledgment number its receiver does not believe: where packets are
    /// missing from the capture it may be right.
    ///
    /// - Returns: bytes of payload captured for the first time; nil for none.
    private func captureIgnored(
        _ step: ConversationStep, _ sender: inout ConnectionEnd, _ log: inout TransmissionLog
    ) -> Int? {
        guard step.payloadLength > 0, step.flags.isDisjoint(with: [.rst, .syn]), sender.sent.isKnown else { return nil }
        return sender.sent.capture(from: step.relativeSequenceNumber, length: step.payloadLength, &log.gaps)
    }

    /// A segment that its receiver does not take.
    private func refuse(_ step: inout ConversationStep, _ reception: Reception, _ sender: inout ConnectionEnd) {
        switch reception {
        case .early: step.notes.insert(.early)
        case .challenged:
            step.notes.insert(.challenged)
            sender.request = .challengedReset
        case .foreign: step.notes.formUnion([.unacceptable, .foreign])
        case .taken, .dropped: step.notes.insert(.unacceptable)
        }
        // It has given up the attempt, or tells so of a connection before (RFC 9293 section 3.5.1).
        if step.flags.contains(.rst) && progress.state[step.side] == .synSent { sender.isGone = true }
    }

    private func acknowledge(
        _ step: inout ConversationStep, _ receiver: inout TrackedEnd, _ log: inout TransmissionLog
    ) {
        let acknowledged = step.relativeAcknowledgmentNumber
        guard acknowledged > receiver.connection.acknowledged else { return }
        receiver.connection.acknowledged = acknowledged
        if acknowledged > receiver.connection.sent.end && receiver.connection.sent.reach(acknowledged, &log.gaps) {
            step.analysis.insert(.ackLostSegment)
        }
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
}

extension ConversationStep {
    fileprivate mutating func note(_ progress: ConnectionProgress, _ notes: StepNotes) {
        clientState = progress.state.client
        serverState = progress.state.server
        phase = progress.phase
        self.notes.formUnion(notes)
    }
}

extension Completeness {
    /// Counts a segment; the first one only if it is a SYN.
    @inline(__always)
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
