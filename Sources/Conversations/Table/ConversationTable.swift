public import PacketDecoding

/// The TCP and UDP conversations of a capture, in bounded memory.
///
/// Both directions of a 5-tuple are one conversation. A SYN with a new number on the same ports begins another; a
/// repeated one does not. While no one has answered it, segments that fit the numbers of the connection before go on
/// with that (RFC 5961 section 4: an established end takes no SYN). Addresses and ports are those of a packet's
/// innermost TCP or UDP layer; in another VLAN or tunnel the same ones are of another conversation. What comes in another
/// network and goes on with a connection at exactly the next byte, or answers exactly its SYN, is that connection's all the
/// same: its directions may take different ways, and it may change them. Time is that of the frames: the table has no
/// clock.
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
    /// Whether the totals of what is given up are kept for ``takeEvicted()``.
    public var keepsEvicted = false
    private var evicted: EvictedConversation?

    private var tracked = ConversationStore()
    private var recency = LazyRecency()
    /// From flows to the latest conversation of theirs, by seeded hash.
    private var flows = SlotIndex()
    /// From transports and numbers to conversations.
    private var numbers = NumberIndex()
    private var log = TransmissionLog()
    private var networks = ConversationNetworks()
    private let sightings = CopyLog()
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
            guard let flow = Flow(of: packet, place) else { return false }
            guard flow.transport == .tcp else {
                putDatagram(packet, place, flow, &step, isStepWanted: isStepWanted)
                return true
            }
            guard let header = SegmentHeader(of: packet, place) else { return false }
            putSegment(packet, place, header, flow, &step, isStepWanted: isStepWanted)
            return true
        }
        guard let index = packet.innermostTransport(quoted: true),
            let flow = Flow(of: packet, TransportPlace(packet, at: index)),
            let (slot, side) = find(flow, hasher.hash(flow)) ?? findElsewhere(flow, where: { _, _ in true })
        else { return false }
        recency.touch(slot, isDone: tracked.isOver(slot))
        tracked.observeError(slot, packet, from: side.other, &log, &step)
        return true
    }

    /// The conversation that the latest packet made the table give up, once; nil where there is none. A packet makes it
    /// give up one at most. Nothing is kept unless ``keepsEvicted``.
    public mutating func takeEvicted() -> EvictedConversation? { evicted.take() }

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
        let known = find(flow, hash) ?? join(flow, hash, packet, place, header)
        if let known { tracked.fetch(known.slot) }
        var facts = SegmentFacts(packet, place, header)
        var (slot, side) = known ?? (0, .client)
        var isReplacing = false
        if header.flags.contains(.syn) && header.isSound {
            roles.note(flow, isAnswer: header.flags.contains(.ack))
        }
        if known != nil, !tracked.isReplaced(slot, by: header, from: side) {
            if let rival = rival(of: slot, header, flow, from: side) {
                // It answers an ACK of the connection before; the SYN comes again (RFC 9293 section 3.5.1, figure 9).
                if header.flags.contains(.rst) { tracked.giveUp(slot, side, &log) }
                (slot, side) = rival
            }
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
        if header.isSound {
            let sighting = Sighting(packet, place, header, in: flow.network, of: (slot, side))
            if sightings.note(sighting, packet, place) { facts.isCopy = known != nil }
        }
        var isOver = false
        if isStepWanted || facts.isCopy
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
        if let known = find(flow, hash) ?? join(flow, hash, packet, place) {
            (slot, side) = known
        } else {
            slot = start(flow, hash, after: nil, roles.judge(packet, place, flow), packet)
            side = sender(slot, of: flow)
        }
        let isChanging = !tracked.hasSettledRoles(slot) && correctRoles(slot, packet, place, nil, from: &side)
        recency.touch(slot, isDone: false)
        let sighting = Sighting(packet, place, nil, in: flow.network, of: (slot, side))
        let isCopy = sightings.note(sighting, packet, place)
        if isStepWanted || isCopy || !tracked.countDatagram(slot, packet, place, from: side) {
            tracked.observeDatagram(slot, packet, place, from: side, isCopy: isCopy, &log, &step)
        }
        if isChanging { step.notes.insert(.rolesChanged) }
    }

    /// The latest conversation of a flow in its network, and its end that sends that.
    // Mutating, for the table is copied for a function that is not.
    private mutating func find(_ flow: Flow, _ hash: UInt32) -> (slot: Int, side: ConversationSide)? {
        var position = flows.start(hash)
        while let slot = flows.next(hash, from: &position) {
            if let side = tracked.sender(slot, of: flow) { return (slot, side) }
        }
        return nil
    }

    /// A conversation between the ends of a flow that is in another network.
    ///
    /// - Parameter belongs: whether the packet is one of the end's of the conversation in the slot.
    private mutating func findElsewhere(
        _ flow: Flow, where belongs: (borrowing ConversationStore, (slot: Int, side: ConversationSide)) -> Bool
    ) -> (slot: Int, side: ConversationSide)? {
        guard !flow.network.isPlain || !networks.isEmpty else { return nil }
        let plain = hasher.hash(flow, in: .plain)
        if !flow.network.isPlain, let known = find(flow, plain), belongs(tracked, known) { return known }
        var found: (slot: Int, side: ConversationSide)?
        networks.forEach(under: plain) { slot in
            guard let side = tracked.sender(slot, of: flow), belongs(tracked, (slot, side)) else { return false }
            found = (slot, side)
            return true
        }
        return found
    }

    /// The connection of another network that a segment is of all the same.
    private mutating func join(
        _ flow: Flow, _ hash: UInt32, _ packet: Packet, _ place: TransportPlace, _ header: SegmentHeader
    ) -> (slot: Int, side: ConversationSide)? {
        guard header.isSound else { return nil }
        let sightings = sightings
        let known = findElsewhere(flow) { store, known in
            sightings.knows(Sighting(packet, place, header, in: flow.network, of: known), packet, place)
                || store.goesOn(known.slot, with: header, from: known.side)
        }
        return known.flatMap { enter($0, flow, hash) }
    }

    /// The conversation of another network that a datagram is of all the same: one that waits for the first of its side,
    /// or has this very one.
    private mutating func join(
        _ flow: Flow, _ hash: UInt32, _ packet: Packet, _ place: TransportPlace
    ) -> (slot: Int, side: ConversationSide)? {
        let sightings = sightings
        let known = findElsewhere(flow) { store, known in
            sightings.knows(Sighting(packet, place, nil, in: flow.network, of: known), packet, place)
                || !store.hasSent(known.slot, known.side)
        }
        return known.flatMap { enter($0, flow, hash) }
    }

    /// Adds the network of a flow to those of a conversation.
    private mutating func enter(
        _ known: (slot: Int, side: ConversationSide), _ flow: Flow, _ hash: UInt32
    ) -> (slot: Int, side: ConversationSide)? {
        guard networks.add(flow.network, to: known.slot) else { return nil }
        flows.insert(hash, known.slot)
        return known
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
            ConversationEnds(flow, isFromClient: finding.sender == .client), finding.evidence, in: flow.network,
            number: number,
            interface: packet.frame.header.interface, rival: rival, at: slot, log: &log)
        // The conversation before, on the same ports, is from here on found by its number only.
        if let before {
            note(slot, under: hash, flow)
            succeed(before, in: slot, flow)
        } else {
            flows.insert(hash, slot)
        }
        if !flow.network.isPlain {
            let store = tracked
            networks.insert(slot, under: hasher.hash(flow, in: .plain)) { store.sender($0, of: flow) != nil }
        }
        numbers.append(flow.transport, number, slot)
        return slot
    }

    /// Lets a conversation take the ways of the one before it.
    private mutating func succeed(_ before: Int, in slot: Int, _ flow: Flow) {
        let others = networks.others(before)
        let first = tracked.network(before)
        guard !others.isEmpty || first != flow.network else { return }
        for network in others + [first] where network != flow.network && networks.add(network, to: slot) {
            note(slot, under: hasher.hash(flow, in: network), flow)
        }
    }

    /// What a new conversation may have to give segments back to: the one before, if that goes on, or what that would.
    private func ongoing(_ slot: Int) -> ConversationStore.Rival? {
        if let earlier = tracked.rival(slot) { return earlier }
        return tracked.isOver(slot) ? nil : ConversationStore.Rival(slot: slot, number: tracked.number(slot))
    }

    private mutating func evict(_ slot: Int) {
        let ends = tracked.ends(slot)
        let number = tracked.number(slot)
        let flow = Flow(ends, in: tracked.network(slot))
        if keepsEvicted {
            let areRolesChanged = settleRoles(slot)
            evicted = EvictedConversation(conversation: tracked.totals(slot), areRolesChanged: areRolesChanged)
        }
        flows.remove(hasher.hash(flow), slot)
        if !flow.network.isPlain || !networks.isEmpty {
            for network in networks.others(slot) { flows.remove(hasher.hash(flow, in: network), slot) }
            networks.remove(slot, under: hasher.hash(flow, in: .plain))
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
        guard evidence < .content, let sender = roles.judgeContent(packet, place, from: side, tracked.ends(slot)) else {
            return false
        }
        return take(slot, RoleFinding(sender: sender == side ? .client : .server, evidence: .content), from: &side)
    }

    private mutating func take(_ slot: Int, _ finding: RoleFinding, from side: inout ConversationSide) -> Bool {
        guard tracked.takeEvidence(slot, finding) else { return false }
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
        for slot in 0..<tracked.count where settleRoles(slot) {
            changed(tracked.ends(slot).transport, tracked.number(slot))
        }
    }

    /// - Returns: whether client and server change places.
    private mutating func settleRoles(_ slot: Int) -> Bool {
        var side = ConversationSide.client
        guard !tracked.hasSettledRoles(slot), roles.listeners.changes > 0,
            let finding = roles.judgeListeners(tracked.ends(slot), than: tracked.roleEvidence(slot))
        else { return false }
        return take(slot, finding, from: &side)
    }
}
