public import PacketDecoding

/// The TCP and UDP conversations of a capture, in bounded memory.
///
/// Both directions of a 5-tuple are one conversation. A SYN with a new number on the same ports begins another; a
/// repeated one does not. While no one has answered it, segments that fit the numbers of the connection before go on
/// with that (RFC 5961 section 4: an established end takes no SYN). Addresses and ports are those of a packet's
/// innermost TCP or UDP layer; in another tunnel the same ones are of another conversation, though the two directions
/// of one may take different tunnels, or none. Time is that of the frames: the table has no clock.
///
///     var table = ConversationTable()
///     if let step = table.observe(packet) { … }
public struct ConversationTable: ~Copyable {
    /// Conversations held at most.
    public let capacity: Int
    /// Conversations given up because the table was full.
    public private(set) var evictedCount = 0
    /// The latest of them.
    public private(set) var lastEvicted: (transport: Transport, number: Int)?

    private var tracked = ConversationStore()
    private var recency = RecencyStamps()
    /// From flows to the latest conversation of theirs, by seeded hash.
    private var flows = SlotIndex()
    /// From transports and numbers to conversations.
    private var numbers = NumberIndex()
    private var log = TransmissionLog()
    private var tunnels = TunnelBook()
    private let hasher: FlowHasher
    private var roles: RoleJudge
    /// A conversation began without a SYN.
    private var hasDoubts = false
    private var startedTCP = 0
    private var startedUDP = 0

    /// - Parameters:
    ///   - capacity: conversations held at most, at least 1. When another one begins, the closed, reset or refused one
    ///     that has been silent longest makes room, else the one that has been silent longest of all.
    ///   - seed: of the hash; nil takes a random one, so that no peer can make entries collide.
    ///   - ports: help to tell the server where no SYN does.
    public init(capacity: Int = 1_048_576, seed: UInt64? = nil, ports: PortMap = PortMap()) {
        self.capacity = min(max(1, capacity), Int(Int32.max))
        hasher = FlowHasher(seed: seed)
        roles = RoleJudge(ports, hasher)
    }

    /// Conversations held.
    public var count: Int { tracked.count }
    /// Conversations that there is memory for to be more than a SYN.
    var detailCount: Int { tracked.detailCount }

    /// Conversations seen so far, those given up included: the number the next one gets.
    public func startedCount(_ transport: Transport) -> Int {
        transport == .tcp ? startedTCP : startedUDP
    }

    /// Puts a packet in its conversation, which it may begin.
    ///
    /// A segment whose header claims fewer than its 20 bytes, or more than there are, is counted, and does nothing
    /// else, as its receiver drops it. A first fragment counts with the payload it carries; the fragments after it belong
    /// to no conversation.
    ///
    /// An ICMP error about a packet of a conversation is a step with the note ``StepNotes/icmpError``: its side is
    /// the end the quoted packet was bound for, whatever router speaks for it; the error goes to the other end, which
    /// sent the quoted packet. Such steps take part in ``ConversationStep/sincePrevious`` but are not counted in
    /// ``SideTotals/packets``. An error about a conversation that was not captured is no step.
    ///
    /// - Returns: nil where the packet has no TCP or UDP layer, or not enough of one was captured: TCP takes the first
    ///   16 bytes of the header, UDP the ports.
    public mutating func observe(_ packet: Packet) -> ConversationStep? {
        var step = ConversationStep(transport: .tcp, conversation: 0, side: .client, frame: 0, timestamp: nil)
        return observe(packet, into: &step) ? step : nil
    }

    /// The same as ``observe(_:)``, without a copy: puts the step in `step`, where there is one.
    ///
    /// - Returns: whether there is.
    public mutating func observe(_ packet: Packet, into step: inout ConversationStep) -> Bool {
        put(packet, &step, isStepWanted: true)
    }

    /// Puts a packet in its conversation like ``observe(_:)``, where nobody asks what step it is.
    public mutating func count(_ packet: Packet) {
        var step = ConversationStep(transport: .tcp, conversation: 0, side: .client, frame: 0, timestamp: nil)
        _ = put(packet, &step, isStepWanted: false)
    }

    private mutating func put(_ packet: Packet, _ step: inout ConversationStep, isStepWanted: Bool) -> Bool {
        if let index = packet.innermostTransport(quoted: false) {
            let place = TransportPlace(packet, at: index)
            guard let flow = Flow(of: packet, place, hasher: hasher) else { return false }
            guard flow.transport == .tcp else {
                putDatagram(packet, place, flow, &step, isStepWanted: isStepWanted)
                return true
            }
            guard let header = SegmentHeader(of: packet, place) else { return false }
            putSegment(packet, place, header, flow, &step, isStepWanted: isStepWanted)
            return true
        }
        guard let index = packet.innermostTransport(quoted: true),
            let flow = Flow(of: packet, TransportPlace(packet, at: index), hasher: hasher),
            let (slot, side) = find(flow, hasher.hash(flow))
        else { return false }
        recency.touch(slot, isDone: tracked.isOver(slot))
        tracked.observeError(slot, packet, from: side.other, &log, &step)
        return true
    }

    /// A conversation by its number; nil where there is none, or it was given up.
    public func conversation(_ transport: Transport, _ number: Int) -> Conversation? {
        slot(of: transport, number).map { tracked.totals($0) }
    }

    /// Calls `body` with each conversation of a transport, in order of number.
    public func forEach<Failure: Error>(
        _ transport: Transport, _ body: (Conversation) throws(Failure) -> Void
    ) throws(Failure) {
        try forEachSlot(transport) { slot throws(Failure) in try body(tracked.totals(slot)) }
    }

    /// Calls `body` with what a line has of each conversation of a transport, in order of number.
    public func forEachSummary<Failure: Error>(
        _ transport: Transport, _ body: (borrowing ConversationSummary) throws(Failure) -> Void
    ) throws(Failure) {
        try forEachSlot(transport) { slot throws(Failure) in try body(tracked.summary(slot)) }
    }

    /// What a line has of a conversation; nil where there is none, or it was given up.
    public func summary(_ transport: Transport, _ number: Int) -> ConversationSummary? {
        slot(of: transport, number).map { tracked.summary($0) }
    }

    private func forEachSlot<Failure: Error>(
        _ transport: Transport, _ body: (Int) throws(Failure) -> Void
    ) throws(Failure) {
        if numbers.isComplete {
            for number in 0..<numbers.count(transport) { try body(numbers.listed(transport, number)) }
            return
        }
        let slots = (0..<tracked.count).filter { tracked.ends($0).transport == transport }
        for slot in slots.sorted(by: { tracked.number($0) < tracked.number($1) }) { try body(slot) }
    }

    private mutating func putSegment(
        _ packet: Packet, _ place: TransportPlace, _ header: SegmentHeader, _ flow: Flow,
        _ step: inout ConversationStep, isStepWanted: Bool
    ) {
        let hash = hasher.hash(flow)
        let known = find(flow, hash)
        if let known { tracked.fetch(known.slot) }
        let facts = SegmentFacts(packet, place, header)
        var (slot, side) = known ?? (0, .client)
        var isReplacing = false
        if header.flags.contains(.syn) && header.isSound {
            roles.note(flow, isAnswer: header.flags.contains(.ack))
        }
        if known != nil, !tracked.isReplaced(slot, by: header, from: side) {
            if let rival = rival(of: slot, header, flow, from: side) { (slot, side) = rival }
        } else {
            let begins = header.isSound && header.flags.contains(.syn)
            let finding =
                begins
                ? RoleFinding(sender: header.flags.contains(.ack) ? .server : .client, evidence: .syn)
                : roles.judge(packet, place, flow)
            if let known {
                isReplacing = true
                // The ports may be used the other way round now; what told more than their numbers stays.
                if tracked.roleEvidence(known.slot) >= .servicePort { tracked.settleRoles(known.slot) }
            }
            slot = start(flow, hash, after: known?.slot, finding, packet)
            side = sender(slot, of: flow)
        }
        let isChanging =
            !tracked.hasSettledRoles(slot) && correctRoles(slot, packet, place, header, from: &side)
        noteTunnel(slot, flow, hash, from: side)
        var isOver = false
        if isStepWanted
            || !tracked.countSegment(slot, packet, place, facts, from: side, isReplacing: isReplacing)
        {
            isOver = tracked.observeSegment(
                slot, packet, place, facts, from: side, isReplacing: isReplacing, &log, &step)
        }
        if isChanging { step.notes.insert(.rolesChanged) }
        recency.touch(slot, isDone: isOver)
    }

    /// The end that sends a flow of a conversation.
    private func sender(_ slot: Int, of flow: Flow) -> ConversationSide { tracked.sender(slot, of: flow) ?? .client }

    /// The connection that a segment goes on with, past a SYN that no one has answered.
    private func rival(
        of known: Int, _ header: SegmentHeader, _ flow: Flow, from side: ConversationSide
    ) -> (slot: Int, side: ConversationSide)? {
        guard let rival = tracked.rival(known), header.isSound,
            !tracked.isAnswered(known, by: header, from: side),
            // Its slot may have been given up since.
            tracked.number(rival.slot) == rival.number, let side = tracked.sender(rival.slot, of: flow),
            tracked.fits(rival.slot, header, from: side)
        else { return nil }
        return (rival.slot, side)
    }

    private mutating func putDatagram(
        _ packet: Packet, _ place: TransportPlace, _ flow: Flow, _ step: inout ConversationStep, isStepWanted: Bool
    ) {
        let hash = hasher.hash(flow)
        var (slot, side): (Int, ConversationSide)
        if let known = find(flow, hash) {
            (slot, side) = known
        } else {
            slot = start(flow, hash, after: nil, roles.judge(packet, place, flow), packet)
            side = sender(slot, of: flow)
        }
        let isChanging = !tracked.hasSettledRoles(slot) && correctRoles(slot, packet, place, nil, from: &side)
        recency.touch(slot, isDone: false)
        noteTunnel(slot, flow, hash, from: side)
        if isStepWanted || !tracked.countDatagram(slot, packet, place, from: side) {
            tracked.observeDatagram(slot, packet, place, from: side, &log, &step)
        }
        if isChanging { step.notes.insert(.rolesChanged) }
    }

    /// The latest conversation of a flow, and its end that sends that.
    // Mutating, for the table is copied for a function that is not.
    private mutating func find(_ flow: Flow, _ hash: UInt32) -> (slot: Int, side: ConversationSide)? {
        var position = flows.start(hash)
        while let slot = flows.next(hash, from: &position) {
            guard let side = tracked.sender(slot, of: flow) else { continue }
            if flow.tunnel == 0 && tunnels.isEmpty || carries(slot, flow, from: side) { return (slot, side) }
        }
        guard flow.tunnel != 0 else { return nil }
        // The other side's packets may have come in another tunnel, or in none.
        let plain = hasher.hash(flow, in: 0)
        position = flows.start(plain)
        while let slot = flows.next(plain, from: &position) {
            if let side = tracked.sender(slot, of: flow), tunnel(slot, side) == TunnelBook.unknown {
                return (slot, side)
            }
        }
        return nil
    }

    /// Whether a flow between a conversation's ends comes in its tunnel.
    private func carries(_ slot: Int, _ flow: Flow, from side: ConversationSide) -> Bool {
        let own = tunnel(slot, side)
        guard own == TunnelBook.unknown else { return own == flow.tunnel }
        return flow.tunnel == 0 || tunnel(slot, side.other) == flow.tunnel
    }

    /// What the packets of a side come in.
    private func tunnel(_ slot: Int, _ side: ConversationSide) -> UInt64 {
        if let entry = tunnels[slot] { return entry[side] }
        return tracked.hasSent(slot, side) ? 0 : TunnelBook.unknown
    }

    /// Notes the tunnel of a packet that belongs to a conversation.
    private mutating func noteTunnel(_ slot: Int, _ flow: Flow, _ hash: UInt32, from side: ConversationSide) {
        guard flow.tunnel != 0 || !tunnels.isEmpty && tunnels[slot] != nil else { return }
        guard tunnel(slot, side) == TunnelBook.unknown else { return }
        var entry = TunnelBook.Entry(client: tunnel(slot, .client), server: tunnel(slot, .server))
        entry[side] = flow.tunnel
        tunnels[slot] = entry
        note(slot, under: hash, flow)
    }

    /// Lets `hash` lead to a conversation, in place of another between the same ends.
    private mutating func note(_ slot: Int, under hash: UInt32, _ flow: Flow) {
        var position = flows.start(hash)
        while let before = flows.next(hash, from: &position) {
            guard before == slot || tracked.sender(before, of: flow) != nil else { continue }
            return flows.replace(hash, before, with: slot)
        }
        flows.insert(hash, slot)
    }

    private func slot(of transport: Transport, _ number: Int) -> Int? {
        numbers.slot(transport, number) {
            tracked.number($0) == number && tracked.ends($0).transport == transport
        }
    }

    /// Begins a conversation with the first packet of it.
    ///
    /// - Parameter known: the latest conversation of its flow.
    private mutating func start(
        _ flow: Flow, _ hash: UInt32, after known: Int?, _ finding: RoleFinding, _ packet: Packet
    ) -> Int {
        let number = startedCount(flow.transport)
        if flow.transport == .tcp { startedTCP &+= 1 } else { startedUDP &+= 1 }
        let rival = known.flatMap { ongoing($0) }
        var before = known
        if finding.evidence != .syn { hasDoubts = true }
        let slot: Int
        if tracked.count >= capacity, let oldest = recency.oldest {
            evict(oldest)
            slot = oldest
            before = find(flow, hash)?.slot
        } else {
            slot = tracked.count
            recency.append()
        }
        tracked.place(
            ConversationEnds(flow, isFromClient: finding.sender == .client), finding.evidence, number: number,
            interface: packet.frame.header.interface, rival: rival, at: slot, log: &log)
        // The conversation before, on the same ports, is from here on found by its number only.
        if before == nil && flow.tunnel == 0 && tunnels.isEmpty {
            flows.insert(hash, slot)
        } else {
            note(slot, under: hash, flow)
        }
        if flow.tunnel != 0 || before.flatMap({ tunnels[$0] }) != nil {
            beginTunnels(slot, flow, from: sender(slot, of: flow), before: before)
        }
        numbers.append(flow.transport, number, slot)
        return slot
    }

    /// Begins a conversation whose first packet, or the conversation before, came in a tunnel.
    private mutating func beginTunnels(_ slot: Int, _ flow: Flow, from side: ConversationSide, before: Int?) {
        var entry = TunnelBook.Entry(client: TunnelBook.unknown, server: TunnelBook.unknown)
        if let before, let earlier = tunnels[before] {
            // It takes the way of the one before, whose roles may have been the other way round.
            let isSame = tracked.ends(before).hasClient(of: tracked.ends(slot))
            entry = isSame ? earlier : TunnelBook.Entry(client: earlier.server, server: earlier.client)
            for tunnel in [entry.client, entry.server] where tunnel != TunnelBook.unknown {
                note(slot, under: hasher.hash(flow, in: tunnel), flow)
            }
        }
        entry[side] = flow.tunnel
        tunnels[slot] = entry
        // Packets in no tunnel, or in another, may be the other side's, unless there is a conversation of such.
        let plain = hasher.hash(flow, in: 0)
        var position = flows.start(plain)
        while let other = flows.next(plain, from: &position) {
            guard tracked.sender(other, of: flow) != nil else { continue }
            if let earlier = tunnels[other], !earlier.isPartlyPlain { flows.replace(plain, other, with: slot) }
            return
        }
        flows.insert(plain, slot)
    }

    /// What a new conversation may have to give segments back to: the one before, if that goes on, or what that would.
    private func ongoing(_ slot: Int) -> ConversationStore.Rival? {
        if let earlier = tracked.rival(slot) { return earlier }
        return tracked.isOver(slot) ? nil : ConversationStore.Rival(slot: slot, number: tracked.number(slot))
    }

    private mutating func evict(_ slot: Int) {
        let ends = tracked.ends(slot)
        let number = tracked.number(slot)
        let flow = Flow(ends)
        flows.remove(hasher.hash(flow), slot)
        if let entry = tunnels[slot] {
            flows.remove(hasher.hash(flow, in: entry.client), slot)
            flows.remove(hasher.hash(flow, in: entry.server), slot)
            tunnels[slot] = nil
        }
        numbers.remove(ends.transport, number, slot)
        evictedCount &+= 1
        lastEvicted = (ends.transport, number)
    }
}

// Who is the client, where no SYN has told it.
extension ConversationTable {
    /// Looks for better evidence of who is the client than a conversation has, in a packet of it and in what the table
    /// has learnt of listeners.
    ///
    /// - Returns: whether client and server change places.
    private mutating func correctRoles(
        _ slot: Int, _ packet: Packet, _ place: TransportPlace, _ header: SegmentHeader?,
        from side: inout ConversationSide
    ) -> Bool {
        let evidence = tracked.roleEvidence(slot)
        if let header, header.isSound, header.flags.contains(.syn) {
            // Captured after what follows it.
            let isClients = !header.flags.contains(.ack)
            let isRight = isClients == (side == .client)
            return take(slot, RoleFinding(sender: isRight ? .client : .server, evidence: .syn), from: &side)
        }
        if tracked.isOutdated(slot, roles.listeners.changes),
            let finding = roles.judgeListeners(tracked.ends(slot), than: evidence)
        {
            return take(slot, finding, from: &side)
        }
        guard evidence < .content, let sender = packet.tellingSender(place, isFirst: false) else { return false }
        return take(slot, RoleFinding(sender: sender == side ? .client : .server, evidence: .content), from: &side)
    }

    private mutating func take(_ slot: Int, _ finding: RoleFinding, from side: inout ConversationSide) -> Bool {
        guard tracked.takeEvidence(slot, finding) else { return false }
        if let entry = tunnels[slot] {
            tunnels[slot] = TunnelBook.Entry(client: entry.server, server: entry.client)
        }
        side = side.other
        return true
    }

    /// Judges once more who is the client of conversations without a SYN, by those of the whole capture: for when there
    /// are no more packets. A conversation that goes on is judged with each packet.
    ///
    /// - Parameter changed: called with each conversation whose client and server have changed places since its last
    ///   step.
    public mutating func settleRoles(_ changed: (Transport, Int) -> Void = { _, _ in }) {
        guard hasDoubts, roles.listeners.changes > 0 else { return }
        for slot in 0..<tracked.count where !tracked.hasSettledRoles(slot) {
            var side = ConversationSide.client
            guard let finding = roles.judgeListeners(tracked.ends(slot), than: tracked.roleEvidence(slot)),
                take(slot, finding, from: &side)
            else { continue }
            changed(tracked.ends(slot).transport, tracked.number(slot))
        }
    }
}
