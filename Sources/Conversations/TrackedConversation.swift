import PacketDecoding

/// What the table keeps of a conversation: its totals, and what it takes to judge the next packet.
struct TrackedConversation: BitwiseCopyable {
    /// What is known of one end of a TCP connection.
    struct End: BitwiseCopyable {
        var sent = SentSequence()
        var flight = Flight()
        var smoothed = SmoothedTime()
        /// The shortest round trip of its payload, in nanoseconds.
        var shortest = Int64.max
        /// The highest relative number of this end's that the other has acknowledged.
        var acknowledged = Int.min
        /// The relative number after this end's FIN.
        var finEnd: Int?
        /// The number of a SYN,ACK that one with another number followed, until the other end has chosen.
        var otherBase: UInt32?
        /// It has sent a SYN,ACK.
        var hasAnswered = false
        /// It has sent an acknowledgment without SYN or RST.
        var hasSpoken = false
        /// The largest window it has offered, in bytes; nil before it has offered any.
        private var window: Int?
        /// Of its windows; the largest there is (RFC 7323 section 2.3) where its SYN was not captured.
        private var windowShift = 14

        /// Notes the window of a segment it sends; that of a SYN is never scaled (RFC 7323 section 2.2).
        mutating func offer(_ size: UInt16, isSYN: Bool, shift: UInt8?) {
            if isSYN { windowShift = min(Int(shift ?? 0), 14) }
            window = max(window ?? 0, Int(size) << (isSYN ? 0 : windowShift))
        }

        /// Takes up the first of two SYN,ACKs where the connection goes on with its next number.
        mutating func choose(_ next: UInt32, _ gaps: inout GapPool) {
            guard let otherBase, next == otherBase &+ 1 else { return }
            sent.begin(at: otherBase, &gaps)
            _ = sent.capture(from: 0, length: 1, &gaps)
            self.otherBase = nil
        }

        /// How far from what is known of the other end's numbers this one still takes a segment of them to be. A
        /// capture may lack segments, and windows change on their way: more than this end takes itself.
        var tolerance: Int { max(window ?? 1 << 30, 65535) }

        /// Whether `number` can be one that this end has come to, and the other knows of or would take.
        func reaches(_ number: Int, receiver: End) -> Bool {
            guard sent.isKnown else { return true }
            let known = acknowledged == .min ? sent.end : acknowledged
            let tolerance = receiver.tolerance
            return number >= min(sent.end, known) &- tolerance && number <= max(sent.end, known) &+ tolerance
        }
    }

    /// The conversation that was going on between the same ports when a SYN began this one, until that is answered.
    struct Rival: BitwiseCopyable {
        let slot: Int
        let number: Int
    }

    var totals: Conversation
    private(set) var rival: Rival?
    /// The first segment, while that is all.
    private(set) var opening: Opening?
    private var client = End()
    private var server = End()
    private var analysis = SequenceAnalysis()
    private var phase = ConversationPhase.data
    /// When the last packet was captured that has a time.
    private var previousTime: Timestamp?
    private var firstSYN: Timestamp?
    private var lastSpeaker: ConversationSide?
    /// When the last new payload was sent.
    private var lastSpoken: Timestamp?

    init(_ totals: Conversation, rival: Rival? = nil) {
        self.totals = totals
        self.rival = rival
    }

    /// Whether a SYN opens another connection between the same ports: a repeated SYN has the number it had before. A
    /// header that makes no sense is no exception, as its other half may still tell who the SYN,ACK is for.
    func isReplaced(by header: SegmentHeader, from side: ConversationSide) -> Bool {
        header.flags.contains(.syn) && !header.flags.contains(.ack)
            && analysis.begins(header.sequenceNumber.rawValue, from: side)
    }

    /// Whether a segment can belong to a connection of which only a SYN is known: it goes on from that, or acknowledges
    /// it.
    func isAnswered(by header: SegmentHeader, from side: ConversationSide) -> Bool {
        if header.flags.contains(.syn) { return true }
        if side == .client { return header.sequenceNumber.rawValue == client.sent.base &+ 1 }
        return header.flags.contains(.ack) && header.acknowledgmentNumber.rawValue == client.sent.base &+ 1
    }

    /// Whether a segment's numbers are those of this connection, both of whose ends are known.
    func fits(_ header: SegmentHeader, from side: ConversationSide) -> Bool {
        let (sender, receiver) = side == .client ? (client, server) : (server, client)
        guard sender.sent.isKnown && receiver.sent.isKnown else { return false }
        let start = sender.sent.relative(header.sequenceNumber.rawValue)
        let acknowledged = receiver.sent.relative(header.acknowledgmentNumber.rawValue)
        return sender.reaches(start, receiver: receiver)
            && (!header.flags.contains(.ack) || receiver.reaches(acknowledged, receiver: sender))
    }

    /// The part of a step that every packet has.
    private mutating func step(_ packet: Packet, from side: ConversationSide) -> ConversationStep {
        step(packet.frame.header.number, packet.frame.header.timestamp, from: side)
    }

    private mutating func step(_ frame: Int, _ time: Timestamp?, from side: ConversationSide) -> ConversationStep {
        var step = ConversationStep(
            transport: totals.key.transport, conversation: totals.number, side: side, frame: frame, timestamp: time)
        step.sincePrevious = Self.nanoseconds(from: previousTime, to: time) ?? 0
        if let time {
            previousTime = time
            totals.firstTime = min(totals.firstTime ?? time, time)
            totals.lastTime = max(totals.lastTime ?? time, time)
        }
        step.clientState = totals.clientState
        step.serverState = totals.serverState
        step.phase = phase
        if totals.packets == 0 { step.notes.insert(.first) }
        return step
    }

    /// An ICMP error about a packet that `side` did not get.
    mutating func observeError(_ packet: Packet, from side: ConversationSide) -> ConversationStep {
        var step = step(packet, from: side)
        step.notes.insert(.icmpError)
        totals.icmpErrors &+= 1
        totals.pathMTU = packet.pathMTU ?? totals.pathMTU
        return step
    }

    mutating func observeDatagram(_ packet: Packet, at index: Int, from side: ConversationSide) -> ConversationStep {
        var step = step(packet, from: side)
        step.payloadLength = packet.payloadLength(at: index)
        recognize(packet, at: index, &step)
        // An empty datagram is a message too.
        noteSpeaker(&step)
        count(step, bytes: step.payloadLength)
        return step
    }

    mutating func observeSegment(
        _ packet: Packet, at index: Int, _ header: SegmentHeader, from side: ConversationSide, isReplacing: Bool,
        log: inout TransmissionLog
    ) -> ConversationStep {
        let facts = SegmentFacts(packet, at: index, header)
        opening =
            totals.packets == 0
            ? Opening(facts, isReplacing: isReplacing, interface: totals.interface, rival: rival) : nil
        var step = step(packet, from: side)
        step.sequenceNumber = header.sequenceNumber
        step.acknowledgmentNumber = header.acknowledgmentNumber
        guard header.isSound else {
            analyzeUnsound(packet, at: index, header, step, isReplacing: isReplacing)
            count(step, bytes: 0)
            return step
        }
        guard let bytes = take(facts, &step, isReplacing: isReplacing, log: &log) else {
            count(step, bytes: 0)
            return step
        }
        recognize(packet, at: index, &step)
        if step.application != nil { opening = nil }
        if bytes > 0 { noteSpeaker(&step) }
        count(step, bytes: bytes)
        return step
    }

    /// Gives back what it takes of what all conversations share.
    mutating func release(_ log: inout TransmissionLog) {
        client.sent.release(&log.gaps)
        server.sent.release(&log.gaps)
    }

    /// The conversation that a SYN has begun.
    init(key: ConversationKey, number: Int, opening: Opening) {
        let facts = opening.facts
        var totals = Conversation(key: key, number: number, firstFrame: facts.frame)
        totals.firstTime = facts.time
        totals.interface = opening.firstInterface
        self.init(totals, rival: opening.rival)
        self.opening = opening
        var log = TransmissionLog(capacity: 1)
        // Its sender is the client: that is what a SYN makes it.
        var step = step(facts.frame, facts.time, from: .client)
        step.sequenceNumber = facts.header.sequenceNumber
        let bytes = take(facts, &step, isReplacing: opening.isReplacing, log: &log)
        count(step, bytes: bytes ?? 0)
    }

    /// What a sound segment does to its connection.
    ///
    /// - Returns: bytes of payload captured for the first time; nil where the receiver does not take the segment.
    private mutating func take(
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
    private mutating func analyzeUnsound(
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
        _ sender: inout End, _ receiver: inout End, _ header: SegmentHeader, _ gaps: inout GapPool
    ) {
        let flags = header.flags
        guard !flags.contains(.rst) else { return }
        let number = header.sequenceNumber.rawValue
        if flags.contains(.syn) {
            // A second answer to the SYN, from another number, is the one that counts until the client chooses.
            if !sender.sent.isKnown || (number != sender.sent.base && phase == .handshake) {
                let before = sender.sent.isKnown ? sender.sent.base : nil
                sender.sent.release(&gaps)
                sender = End()
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

    private func number(_ step: inout ConversationStep, _ header: SegmentHeader, _ sender: End, _ receiver: End) {
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
    private func isAcceptable(_ step: ConversationStep, _ sender: End, _ receiver: End) -> Bool {
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
    private mutating func advance(_ step: inout ConversationStep, _ receiver: End) {
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
        _ step: inout ConversationStep, _ receiver: inout End, _ log: inout TransmissionLog
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

    private func noteRoundTrip(_ time: Int64, _ step: inout ConversationStep, _ receiver: inout End) {
        receiver.smoothed.add(time)
        receiver.shortest = min(receiver.shortest, time)
        step.smoothedRoundTripTime = receiver.smoothed.value
        let expected = min(receiver.shortest, analysis.initialRoundTripTime ?? .max)
        if step.payloadLength == 0 && (20_000_000..<500_000_000).contains(time &- expected) {
            step.analysis.insert(.delayedACK)
        }
    }

    /// What is on its way once a segment with payload is.
    private func measureFlight(_ step: inout ConversationStep, _ sender: End) {
        guard sender.acknowledged != .min, sender.sent.end > sender.acknowledged else { return }
        step.bytesInFlight = sender.sent.end &- sender.acknowledged &- (sender.finEnd == sender.sent.end ? 1 : 0)
    }

    /// Notes the numbers a segment takes: SYN, payload, FIN, in this order.
    ///
    /// - Returns: bytes of payload captured for the first time.
    private func capture(_ step: inout ConversationStep, _ sender: inout End, _ log: inout TransmissionLog) -> Int {
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

    /// What the payload is: as decoded, else as the conversation knows it.
    private mutating func recognize(_ packet: Packet, at index: Int, _ step: inout ConversationStep) {
        if index &+ 1 < packet.layers.count {
            let kind = packet.layers[index &+ 1].kind
            step.application = kind
            totals.application = totals.application ?? kind
            return
        }
        guard step.payloadLength > 0 || step.transport == .udp else { return }
        if totals.application == nil {
            let isFirst = step.transport == .udp || totals.server.bytes == 0
            if Greeting.begins(packet.payload(at: index), from: step.side, isFirst: isFirst) {
                totals.application = .greeting
            }
        }
        step.application = totals.application
        step.decodingHint = totals.application
    }

    /// Times a side's first new payload after the other's.
    private mutating func noteSpeaker(_ step: inout ConversationStep) {
        if lastSpeaker == step.side.other {
            step.responseTime = Self.interval(from: lastSpoken, to: step.timestamp)
        }
        lastSpeaker = step.side
        lastSpoken = step.timestamp
    }

    /// - Parameter bytes: payload captured for the first time.
    private mutating func count(_ step: ConversationStep, bytes: Int) {
        var sum = step.side == .client ? totals.client : totals.server
        sum.packets &+= 1
        sum.bytes &+= bytes
        sum.longestPayload = max(sum.longestPayload, step.payloadLength)
        sum.maximumSegmentSize = step.maximumSegmentSize ?? sum.maximumSegmentSize
        sum.thinkTime = sum.thinkTime.addingClamped(step.responseTime ?? 0)
        if !step.analysis.isEmpty { sum.note(step.analysis) }
        if step.side == .client { totals.client = sum } else { totals.server = sum }
    }

    private static func nanoseconds(from earlier: Timestamp?, to later: Timestamp?) -> Int64? {
        guard let earlier, let later else { return nil }
        return later.nanoseconds(since: earlier)
    }

    /// A time that is something's duration: none where the clock stepped back.
    private static func interval(from earlier: Timestamp?, to later: Timestamp?) -> Int64? {
        guard let time = nanoseconds(from: earlier, to: later), time >= 0 else { return nil }
        return time
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

extension Packet {
    /// What an ICMP error says that a router lets pass at most (RFC 1191, RFC 4443 section 3.2).
    fileprivate var pathMTU: Int? {
        if let index = firstIndex(of: .icmp), let header = header(ICMPHeader.self, at: index) {
            return header.type.rawValue == 3 && header.code == 4 && header.mtu > 0 ? Int(header.mtu) : nil
        }
        if let index = firstIndex(of: .icmpv6), let header = header(ICMPv6Header.self, at: index) {
            return header.type.rawValue == 2 ? Int(header.mtu) : nil
        }
        return nil
    }
}

extension SideTotals {
    fileprivate mutating func note(_ analysis: SegmentAnalysis) {
        if analysis.contains(.retransmission) { retransmissions &+= 1 }
        if analysis.contains(.outOfOrder) { outOfOrder &+= 1 }
        if analysis.contains(.duplicateACK) { duplicateACKs &+= 1 }
        if analysis.contains(.lostSegment) { lostSegments &+= 1 }
        if analysis.contains(.ackLostSegment) { acknowledgedLostSegments &+= 1 }
        if analysis.contains(.zeroWindow) { zeroWindows &+= 1 }
        if analysis.contains(.congestionExperienced) { congestionMarks &+= 1 }
    }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
