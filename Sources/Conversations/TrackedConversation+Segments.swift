import PacketDecoding

// What a segment does to its connection.

extension TrackedConversation {
    /// What a sound segment does to its connection.
    ///
    /// - Returns: bytes of payload captured for the first time; nil where the receiver does not take the segment.
    mutating func take(
        _ facts: SegmentFacts, _ step: inout ConversationStep, isReplacing: Bool, log: inout TransmissionLog
    ) -> Int? {
        let header = facts.header
        let flags = header.flags
        let isFirst = totals.packets == 0
        step.flags = flags
        step.window = Int(header.window)
        step.payloadLength = facts.payloadLength
        step.maximumSegmentSize = facts.maximumSegmentSize
        var sender = step.side == .client ? client : server
        var receiver = step.side == .client ? server : client
        analyze(facts, &step, isReplacing: isReplacing)

        if flags.contains(.syn) && !flags.contains(.rst) { open(step) }
        if isFirst && !totals.sawBeginning { step.notes.insert(.midstream) }
        learnBases(&sender, &receiver, header, &log.gaps)
        number(&step, header, sender, receiver)
        guard isAcceptable(step, sender, receiver) else {
            step.notes.insert(.unacceptable)
            return nil
        }
        if !flags.contains(.rst) {
            sender.offer(header.window, isSYN: flags.contains(.syn), shift: facts.windowShift)
        }
        advance(&step, receiver)
        if flags.contains(.ack) && !flags.contains(.rst) {
            acknowledge(&step, &receiver, &log)
        }
        let bytes = capture(&step, &sender, &log)
        if step.payloadLength > 0 && !flags.contains(.rst) { measureFlight(&step, sender) }
        if flags.contains(.ack) && flags.isDisjoint(with: [.syn, .rst]) { sender.hasSpoken = true }

        client = step.side == .client ? sender : receiver
        server = step.side == .client ? receiver : sender
        if server.sent.isKnown || totals.isOver { rival = nil }
        return bytes
    }

    /// What the segment is among the others, whatever its receiver makes of it.
    private mutating func analyze(_ facts: SegmentFacts, _ step: inout ConversationStep, isReplacing: Bool) {
        let segment = TracedSegment(facts.header, length: facts.payloadLength, time: facts.time)
        // A fragment does not tell how long the segment is.
        if !facts.isFragment {
            let finding = analysis.add(
                segment, from: step.side, isReplacing: isReplacing, windowShift: facts.windowShift)
            step.analysis = finding.analysis
            step.duplicateACKNumber = finding.duplicateACKNumber
        }
        step.scaledWindow = analysis[step.side].scaledWindow
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
        if isReplacing { totals.completeness = .syn }
        totals.completenessBeforeLast = totals.completeness
        noteHandshake(segment, isReplacing: isReplacing)
        totals.client.windowScaling = analysis[.client].scaling
        totals.server.windowScaling = analysis[.server].scaling
    }

    /// A segment that its receiver drops still has a place among the others, by its numbers or else by its flags.
    mutating func analyzeUnsound(
        _ packet: Packet, at index: Int, _ header: SegmentHeader, _ step: ConversationStep, isReplacing: Bool
    ) {
        let length = packet.wireEnd(at: index) &- packet.layers[index].offset &- header.headerLength
        let segment = TracedSegment(header, length: max(0, length), time: step.timestamp)
        if length >= 0 { _ = analysis.add(segment, from: step.side, isReplacing: isReplacing, windowShift: nil) }
        if isReplacing { totals.completeness = .syn }
        totals.completenessBeforeLast = totals.completeness
        guard header.headerLength >= TCPHeader.size else { return }
        noteHandshake(segment, isReplacing: isReplacing)
    }

    private mutating func noteHandshake(_ segment: TracedSegment, isReplacing: Bool) {
        analysis.timeHandshake(segment)
        totals.initialRoundTripTime = analysis.initialRoundTripTime
        totals.completeness.note(segment, isFirst: totals.packets == 0 && !isReplacing)
    }

    /// A SYN begins the connection, or tries again after a refusal; a SYN,ACK is where a capture may begin.
    private mutating func open(_ step: ConversationStep) {
        let isAnswer = step.flags.contains(.ack)
        if step.side == .client && !isAnswer {
            totals.sawBeginning = true
            firstSYN = firstSYN ?? step.timestamp
        }
        let state = ConnectionState(client: totals.clientState, server: totals.serverState)
        if state.isAbsent && (!isAnswer || state.client == .unknown) {
            phase = .handshake
            totals.outcome = .open
            totals.closedBy = nil
        }
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
        _ step: inout ConversationStep, _ header: SegmentHeader, _ sender: ConnectionEnd, _ receiver: ConnectionEnd
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
    private func isAcceptable(_ step: ConversationStep, _ sender: ConnectionEnd, _ receiver: ConnectionEnd) -> Bool {
        if step.flags.contains(.syn) || (step.side == .client ? totals.serverState : totals.clientState) == .synSent {
            return true
        }
        let start = step.relativeSequenceNumber
        if !step.flags.isDisjoint(with: [.rst, .fin]) && !sender.reaches(start, receiver: receiver) { return false }
        guard step.flags.contains(.ack) && !step.flags.contains(.rst) else { return true }
        // What is acknowledged may be missing from the capture, as much of it as fits the window.
        return receiver.reaches(step.relativeAcknowledgmentNumber, receiver: sender)
    }

    /// Moves the states on, and the phase and outcome with them.
    private mutating func advance(_ step: inout ConversationStep, _ receiver: ConnectionEnd) {
        let hasPayload = step.payloadLength > 0
        let hasACK = step.flags.contains(.ack)
        let acknowledged = step.relativeAcknowledgmentNumber
        var state = ConnectionState(client: totals.clientState, server: totals.serverState)
        // An end that has sent only its SYN takes no acknowledgment of more (section 3.10.7.3).
        let limit = state[step.side.other] == .synSent ? receiver.sent.end : .max
        let notes = state.advance(
            step.side,
            ConnectionState.Segment(
                flags: step.flags, hasPayload: hasPayload,
                acknowledgesSYN: hasACK && acknowledged >= 1 && acknowledged <= limit,
                acknowledgesMore: hasACK && acknowledged > 1,
                acknowledgesFIN: hasACK && receiver.finEnd.map { acknowledged >= $0 } ?? false,
                answersTraffic: receiver.hasSpoken))
        totals.clientState = state.client
        totals.serverState = state.server
        step.clientState = state.client
        step.serverState = state.server
        step.notes.formUnion(notes)

        if notes.contains(.handshakeComplete), totals.handshakeTime == nil {
            step.handshakeTime = Self.interval(from: firstSYN, to: step.timestamp)
            totals.handshakeTime = step.handshakeTime
        }
        if step.flags.contains(.rst) {
            if totals.outcome != .closed {
                totals.outcome = notes.contains(.refused) ? .refused : .reset
                totals.closedBy = totals.closedBy ?? step.side
                phase = .reset
            }
        } else if notes.contains(.closed) {
            totals.outcome = .closed
        } else if notes.contains(.firstFIN) {
            totals.outcome = .halfClosed
            totals.closedBy = step.side
            phase = .teardown
        } else if phase == .handshake && !step.flags.contains(.syn)
            && (hasPayload || state.isEstablished && !notes.contains(.handshakeComplete))
        {
            phase = .data
        }
        step.phase = phase
    }

    private mutating func acknowledge(
        _ step: inout ConversationStep, _ receiver: inout ConnectionEnd, _ log: inout TransmissionLog
    ) {
        let acknowledged = step.relativeAcknowledgmentNumber
        guard acknowledged > receiver.acknowledged else { return }
        receiver.acknowledged = acknowledged
        guard let sent = log.flights.acknowledge(before: acknowledged, in: &receiver.flight) else { return }
        step.acknowledgedFrame = sent.frame
        step.roundTripTime = Self.interval(from: sent.sent, to: step.timestamp)
        guard let time = step.roundTripTime else { return }
        noteRoundTrip(time, &step, &receiver)
        if step.side == .client {
            totals.server.smoothedRoundTripTime = step.smoothedRoundTripTime
        } else {
            totals.client.smoothedRoundTripTime = step.smoothedRoundTripTime
        }
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
    private func measureFlight(_ step: inout ConversationStep, _ sender: ConnectionEnd) {
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
        if fin == 1 && sender.finEnd == nil { sender.finEnd = end &+ 1 }
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
