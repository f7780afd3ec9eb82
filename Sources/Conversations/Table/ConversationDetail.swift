import PacketDecoding

/// One end of a conversation.
struct TrackedEnd: BitwiseCopyable {
    var connection = ConnectionEnd()
    var trace = WiresharkDirection()
    var sums = SideSums()
}

/// What the table keeps of a conversation: its totals, and what it takes to judge the next packet.
struct ConversationDetail: BitwiseCopyable {
    private(set) var course: ConversationCourse
    private(set) var client = TrackedEnd()
    private(set) var server = TrackedEnd()
    /// What the table knew of listeners when the roles were judged last (``ListenerBook/changes``).
    var judgedChanges: UInt32 = 0

    init(_ transport: Transport, number: Int) { course = ConversationCourse(transport, number: number) }

    /// Whether a SYN opens another connection between the same ports: a repeated SYN has the number it had before. A
    /// header that makes no sense is no exception, as its other half may still tell who the SYN,ACK is for.
    func isReplaced(by header: SegmentHeader, from side: ConversationSide) -> Bool {
        guard header.flags.contains(.syn) && !header.flags.contains(.ack) else { return false }
        let number = header.sequenceNumber.rawValue
        return side == .client ? client.trace.isReplaced(by: number) : server.trace.isReplaced(by: number)
    }

    /// Client and server change places.
    mutating func swapRoles() {
        swap(&client, &server)
        course.swapRoles()
    }

    /// What an end has begun is over: it may begin anew with its next SYN.
    mutating func giveUp(_ side: ConversationSide) {
        if side == .client { client.connection.isGone = true } else { server.connection.isGone = true }
    }

    /// Whether a segment can belong to a connection of which only a SYN is known: it goes on from that, or acknowledges
    /// it.
    func isAnswered(by header: SegmentHeader, from side: ConversationSide) -> Bool {
        if header.flags.contains(.syn) { return true }
        let next = client.connection.sent.base &+ 1
        if side == .client { return header.sequenceNumber.rawValue == next }
        return header.flags.contains(.ack) && header.acknowledgmentNumber.rawValue == next
    }

    /// Whether a segment's numbers are those of this connection, both of whose ends are known.
    func fits(_ header: SegmentHeader, from side: ConversationSide) -> Bool {
        let (sender, receiver) =
            side == .client ? (client.connection, server.connection) : (server.connection, client.connection)
        guard sender.sent.isKnown && receiver.sent.isKnown else { return false }
        let start = sender.sent.relative(header.sequenceNumber.rawValue)
        let acknowledged = receiver.sent.relative(header.acknowledgmentNumber.rawValue)
        return sender.reaches(start, tolerance: receiver.tolerance)
            && (!header.flags.contains(.ack) || receiver.reaches(acknowledged, tolerance: sender.tolerance))
    }

    /// Whether a segment of another network goes on with this connection at exactly the next byte, or answers exactly
    /// its SYN: that another connection's would by chance is as good as impossible.
    func goesOn(with header: SegmentHeader, from side: ConversationSide) -> Bool {
        let (sender, receiver) =
            side == .client ? (client.connection, server.connection) : (server.connection, client.connection)
        let number = header.sequenceNumber.rawValue
        guard receiver.sent.isKnown else { return false }
        if header.flags.contains(.syn) {
            return header.flags.contains(.ack) && header.acknowledgmentNumber.rawValue == receiver.sent.base &+ 1
                && course.sawBeginning && (!sender.sent.isKnown || sender.sent.base == number)
        }
        let acknowledged = receiver.sent.relative(header.acknowledgmentNumber.rawValue)
        // The first of a side, whose way back is another tunnel than the way there, acknowledges what was sent to it. A
        // capture without a beginning may lack some of that: no more than a window that is not scaled.
        guard (side == .client ? client : server).sums.packets > 0 else {
            let missing = course.sawBeginning ? 0 : 65535
            return header.flags.contains(.ack) && acknowledged > 0 && acknowledged <= receiver.sent.end &+ missing
        }
        let start = sender.sent.relative(number)
        guard start == sender.sent.end || start == sender.acknowledged else { return false }
        guard header.flags.contains(.ack) else { return true }
        let least = receiver.acknowledged == .min ? receiver.sent.end &- sender.tolerance : receiver.acknowledged
        return acknowledged >= least && acknowledged <= receiver.sent.end
    }

    /// Whether it has shown what a SYN began, or ended it: what was there before is over then.
    var isSettled: Bool { server.connection.sent.isKnown || course.progress.outcome.isOver }

    /// An ICMP error about a packet that `side` did not get.
    mutating func observeError(_ packet: Packet, from side: ConversationSide, _ step: inout ConversationStep) {
        course.observeError(packet, from: side, &step)
    }

    /// - Returns: all there is to know of it, where that is little.
    mutating func observeDatagram(
        _ packet: Packet, _ place: TransportPlace, from side: ConversationSide, isCopy: Bool,
        _ step: inout ConversationStep
    ) -> CompactPacket? {
        course.step(packet.frame.header.number, packet.frame.header.timestamp, from: side, isCopy: isCopy, &step)
        step.payloadLength = place.payloadLength
        course.recognize(packet, place, hasServerSpoken: false, &step)
        if isCopy {
            step.notes.insert(.copy)
        } else {
            // An empty datagram is a message too.
            course.noteSpeaker(&step)
        }
        count(&step, bytes: step.payloadLength)
        guard course.packets <= CompactPacket.maximumCount else { return nil }
        return CompactPacket(
            packet.frame.header, length: step.payloadLength, from: side, step.application, isCopy: isCopy)
    }

    /// - Returns: all there is to know of it, where that is little.
    mutating func observeSegment(
        _ packet: Packet, _ place: TransportPlace, _ facts: SegmentFacts, from side: ConversationSide,
        isReplacing: Bool, _ log: inout TransmissionLog, _ step: inout ConversationStep
    ) -> CompactPacket? {
        let header = facts.header
        course.step(facts.frame, facts.time, from: side, isCopy: facts.isCopy, &step)
        guard header.isSound else {
            step.sequenceNumber = header.sequenceNumber
            step.acknowledgmentNumber = header.acknowledgmentNumber
            if side == .client {
                course.analyzeUnsound(place, header, &client, &server, isReplacing: isReplacing, facts.time)
            } else {
                course.analyzeUnsound(place, header, &server, &client, isReplacing: isReplacing, facts.time)
            }
            count(&step, bytes: 0)
            return nil
        }
        let hasServerSpoken = server.sums.bytes != 0
        let bytes =
            side == .client
            ? course.take(facts, &client, &server, isReplacing: isReplacing, &log, &step)
            : course.take(facts, &server, &client, isReplacing: isReplacing, &log, &step)
        if let bytes {
            course.recognize(packet, place, hasServerSpoken: hasServerSpoken, &step)
            if bytes > 0 { course.noteSpeaker(&step) }
        }
        count(&step, bytes: bytes ?? 0)
        guard course.packets <= CompactPacket.maximumCount else { return nil }
        return CompactPacket(facts, from: side, step.application, isReplacing: isReplacing)
    }

    private mutating func count(_ step: inout ConversationStep, bytes: Int) {
        step.newPayloadLength = bytes
        course.countPacket()
        if step.side == .client {
            client.sums.count(&step, bytes: bytes)
        } else {
            server.sums.count(&step, bytes: bytes)
        }
    }

    /// Gives back what it takes of what all conversations share.
    mutating func release(_ log: inout TransmissionLog) {
        client.connection.sent.release(&log.gaps)
        server.connection.sent.release(&log.gaps)
    }

    /// Goes on with a packet that was captured before.
    mutating func replay(_ packet: CompactPacket, _ log: inout TransmissionLog) {
        var step = ConversationStep(
            transport: course.transport, conversation: 0, side: packet.side, frame: 0, timestamp: nil)
        course.step(packet.frame, packet.time, from: packet.side, isCopy: packet.isCopy, &step)
        var bytes: Int? = packet.payloadLength
        if course.transport == .udp {
            step.payloadLength = packet.payloadLength
            if packet.isCopy { step.notes.insert(.copy) } else { course.noteSpeaker(&step) }
        } else {
            let facts = packet.facts
            bytes =
                packet.side == .client
                ? course.take(facts, &client, &server, isReplacing: packet.isReplacing, &log, &step)
                : course.take(facts, &server, &client, isReplacing: packet.isReplacing, &log, &step)
            if let bytes, bytes > 0 { course.noteSpeaker(&step) }
        }
        course.noteApplication(packet.application)
        count(&step, bytes: bytes ?? 0)
    }

    /// - Parameter interface: of the first frame.
    func totals(_ key: ConversationKey, interface: UInt32?) -> Conversation {
        var totals = course.totals(key)
        totals.interface = interface
        totals.client = client.sums.totals
        totals.server = server.sums.totals
        return totals
    }
}
