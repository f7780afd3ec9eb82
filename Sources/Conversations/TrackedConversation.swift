import PacketDecoding

/// What the table keeps of a conversation: its totals, and what it takes to judge the next packet.
struct TrackedConversation: BitwiseCopyable {
    /// The conversation that was going on between the same ports when a SYN began this one, until that is answered.
    struct Rival: BitwiseCopyable {
        let slot: Int
        let number: Int
    }

    var totals: Conversation
    var rival: Rival?
    /// The last packet, where it is one of the first two and all there is to know of it is in that.
    private(set) var resting: RestingPacket?
    var client = ConnectionEnd()
    var server = ConnectionEnd()
    var analysis = SequenceAnalysis()
    var phase = ConversationPhase.data
    /// When the last packet was captured that has a time.
    private var previousTime: Timestamp?
    var firstSYN: Timestamp?
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
        resting =
            totals.packets <= RestingPacket.maximumCount ? RestingPacket(step, interface: totals.interface) : nil
        return step
    }

    mutating func observeSegment(
        _ packet: Packet, at index: Int, _ header: SegmentHeader, from side: ConversationSide, isReplacing: Bool,
        log: inout TransmissionLog
    ) -> ConversationStep {
        let facts = SegmentFacts(packet, at: index, header)
        resting = nil
        var step = step(packet, from: side)
        step.sequenceNumber = header.sequenceNumber
        step.acknowledgmentNumber = header.acknowledgmentNumber
        guard header.isSound else {
            analyzeUnsound(packet, at: index, header, step, isReplacing: isReplacing)
            count(step, bytes: 0)
            return step
        }
        let bytes = take(facts, &step, isReplacing: isReplacing, log: &log)
        if let bytes {
            recognize(packet, at: index, &step)
            if bytes > 0 { noteSpeaker(&step) }
        }
        count(step, bytes: bytes ?? 0)
        if totals.packets <= RestingPacket.maximumCount {
            resting = RestingPacket(facts, step, isReplacing: isReplacing, interface: totals.interface)
        }
        return step
    }

    /// Gives back what it takes of what all conversations share.
    mutating func release(_ log: inout TransmissionLog) {
        client.sent.release(&log.gaps)
        server.sent.release(&log.gaps)
    }

    /// The conversation that begins with these packets.
    init(
        key: ConversationKey, number: Int, rival: Rival?, _ first: RestingPacket, _ second: RestingPacket?,
        log: inout TransmissionLog
    ) {
        var totals = Conversation(key: key, number: number, firstFrame: first.frame)
        totals.interface = first.interface
        self.init(totals, rival: rival)
        replay(first, &log)
        if let second { replay(second, &log) }
    }

    private mutating func replay(_ packet: RestingPacket, _ log: inout TransmissionLog) {
        var step = step(packet.frame, packet.time, from: packet.side)
        var bytes: Int? = packet.payloadLength
        if step.transport == .udp {
            step.payloadLength = packet.payloadLength
            noteSpeaker(&step)
        } else {
            let facts = packet.facts
            step.sequenceNumber = facts.header.sequenceNumber
            bytes = take(facts, &step, isReplacing: packet.isReplacing, log: &log)
            if let bytes, bytes > 0 { noteSpeaker(&step) }
        }
        totals.application = totals.application ?? packet.application
        count(step, bytes: bytes ?? 0)
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
    static func interval(from earlier: Timestamp?, to later: Timestamp?) -> Int64? {
        guard let time = nanoseconds(from: earlier, to: later), time >= 0 else { return nil }
        return time
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
