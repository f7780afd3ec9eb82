import PacketDecoding

/// The conversations of a table by slot, in one of two forms. A conversation of one or two packets is stored as these
/// packets (``CompactPacket``, 104 and 40 bytes), so that a flood of SYNs takes little memory. With the third packet it gets
/// a ``ConversationDetail`` from a pool, in which its first packets are replayed.
struct ConversationStore {
    private var records = ChunkedArray<Record>()
    private var seconds = Pool<CompactPacket>()
    private var details = Pool<ConversationDetail>()
    /// What may get segments back from a conversation that a SYN began and nobody has answered.
    private var rivals: [Int: Rival] = [:]
    private let workbench = ReplayScratch()
    private var fetched: UInt8 = 0

    /// The conversation that was going on between the same ports when a SYN began this one, until that is answered.
    struct Rival: BitwiseCopyable {
        let slot: Int
        let number: Int
    }

    var count: Int { records.count }
    /// Details there is memory for.
    var detailCount: Int { details.count }
    /// What a conversation takes here that rests with one packet, and what the second one takes, in bytes.
    static var restingSize: (first: Int, second: Int) {
        (MemoryLayout<Record>.stride, MemoryLayout<CompactPacket>.stride)
    }

    func ends(_ slot: Int) -> ConversationEnds { unsafe records.pointer(slot).pointee.ends }
    func network(_ slot: Int) -> NetworkNumber { unsafe records.pointer(slot).pointee.network }
    func number(_ slot: Int) -> Int { unsafe records.pointer(slot).pointee.number }

    /// The end that sends `flow`; nil where the conversation does not run between its two.
    func sender(_ slot: Int, of flow: Flow) -> ConversationSide? {
        unsafe records.pointer(slot).pointee.ends.sender(of: flow)
    }

    func totals(_ slot: Int) -> Conversation {
        let record = unsafe records.pointer(slot)
        var totals = unsafe state(slot).pointee.totals(record.pointee.ends.key, interface: record.pointee.interface)
        totals.roleEvidence = unsafe record.pointee.evidence
        if unsafe record.pointee.isReplaced { totals.outcome = .replaced }
        return totals
    }

    func summary(_ slot: Int) -> ConversationSummary {
        let record = unsafe records.pointer(slot).pointee
        guard !record.hasDetail else { return totals(slot).summary }
        var summary = ConversationSummary(key: record.ends.key, number: record.number)
        summary.outcome = record.isReplaced ? .replaced : record.outcome
        summary.clientBytes = Int(record.clientBytes)
        summary.serverBytes = Int(record.serverBytes)
        summary.retransmissions = Int(record.retransmissions)
        summary.add(record.first)
        if record.restingCount > 1 { summary.add(seconds[Int(record.place)]) }
        return summary
    }

    func isOver(_ slot: Int) -> Bool {
        let record = unsafe records.pointer(slot)
        return unsafe record.pointee.isReplaced || outcome(record.pointee).isOver
    }

    private func outcome(_ record: Record) -> ConversationOutcome {
        record.hasDetail
            ? unsafe details.pointer(record.detail).pointee.course.progress.outcome : record.outcome
    }

    /// The connection that a SYN began in `slot` is there: the one before, on the same ports, is over.
    private mutating func settle(_ slot: Int) {
        guard let rival = rivals.removeValue(forKey: slot) else { return }
        let record = unsafe records.pointer(rival.slot)
        // Its slot may have been given up since.
        guard unsafe record.pointee.number == rival.number else { return }
        switch unsafe outcome(record.pointee) {
        case .open, .halfClosed, .unfinished: unsafe record.pointee.replace()
        // It says more that nobody answered it, or how it ended.
        default: break
        }
    }

    func hasSent(_ slot: Int, _ side: ConversationSide) -> Bool {
        let summary = summary(slot)
        return (side == .client ? summary.clientPackets : summary.serverPackets) > 0
    }

    func rival(_ slot: Int) -> Rival? { rivals.isEmpty ? nil : rivals[slot] }

    func fits(_ slot: Int, _ header: SegmentHeader, from side: ConversationSide) -> Bool {
        unsafe state(slot).pointee.fits(header, from: side)
    }

    func goesOn(_ slot: Int, with header: SegmentHeader, from side: ConversationSide) -> Bool {
        unsafe state(slot).pointee.goesOn(with: header, from: side)
    }

    func isAnswered(_ slot: Int, by header: SegmentHeader, from side: ConversationSide) -> Bool {
        unsafe state(slot).pointee.isAnswered(by: header, from: side)
    }

    func isReplaced(_ slot: Int, by header: SegmentHeader, from side: ConversationSide) -> Bool {
        guard header.flags.contains(.syn) && !header.flags.contains(.ack) else { return false }
        return unsafe state(slot).pointee.isReplaced(by: header, from: side)
    }

    /// A conversation as it is, until the next call.
    private func state(_ slot: Int) -> UnsafePointer<ConversationDetail> {
        let record = unsafe records.pointer(slot)
        if unsafe record.pointee.hasDetail { return unsafe UnsafePointer(details.pointer(record.pointee.detail)) }
        let bench = unsafe workbench.memory
        unsafe replay(slot, to: &bench.pointee.conversation, &bench.pointee.log)
        unsafe bench.pointee.conversation.release(&bench.pointee.log)
        return unsafe UnsafePointer(workbench.conversation)
    }

    /// Begins anew with what a conversation rests with.
    private func replay(_ slot: Int, to conversation: inout ConversationDetail, _ log: inout TransmissionLog) {
        let record = unsafe records.pointer(slot)
        conversation = unsafe ConversationDetail(record.pointee.ends.transport, number: record.pointee.number)
        let count = unsafe record.pointee.restingCount
        if count > 0 { unsafe conversation.replay(record.pointee.first, &log) }
        if count > 1 { unsafe conversation.replay(seconds[Int(record.pointee.place)], &log) }
    }

    /// Begins a conversation in `slot`, or behind the last, which has no packets yet.
    mutating func place(
        _ ends: ConversationEnds, _ evidence: RoleEvidence, in network: NetworkNumber, number: Int, interface: UInt32?,
        rival: Rival?, at slot: Int, log: inout TransmissionLog
    ) {
        let record = Record(ends, evidence, in: network, number: number, interface: interface)
        if slot < records.count {
            vacate(slot, &log)
            records[slot] = record
        } else {
            records.append(record)
        }
        if let rival { rivals[slot] = rival }
    }

    /// Whether nothing can tell better any more who is the client.
    func hasSettledRoles(_ slot: Int) -> Bool { unsafe records.pointer(slot).pointee.hasSettledRoles }
    func roleEvidence(_ slot: Int) -> RoleEvidence { unsafe records.pointer(slot).pointee.evidence }

    /// Who is the client is known now, and stays so.
    func settleRoles(_ slot: Int) { unsafe records.pointer(slot).pointee.settleRoles() }

    /// Whether the listeners have changed since the roles were judged by them, which they are with this.
    func isOutdated(_ slot: Int, _ changes: UInt32) -> Bool {
        let record = unsafe records.pointer(slot)
        guard unsafe record.pointee.hasDetail else { return true }
        let detail = unsafe details.pointer(record.pointee.detail)
        guard unsafe detail.pointee.judgedChanges != changes else { return false }
        unsafe detail.pointee.judgedChanges = changes
        return true
    }

    /// Takes better evidence of who is the client.
    ///
    /// - Parameter sender: who what was taken for the client is.
    /// - Returns: whether client and server change places.
    mutating func takeEvidence(_ slot: Int, _ finding: RoleFinding) -> Bool {
        let record = unsafe records.pointer(slot)
        unsafe record.pointee.evidence = finding.evidence
        guard finding.sender == .server else { return false }
        unsafe record.pointee.swapRoles()
        if unsafe record.pointee.hasDetail {
            unsafe details.pointer(record.pointee.detail).pointee.swapRoles()
        } else if unsafe record.pointee.restingCount > 1 {
            unsafe seconds.pointer(Int(record.pointee.place)).pointee.swapRoles()
        }
        return true
    }

    /// Loads the cache lines of a conversation that is about to be used, all at once instead of one after the other.
    mutating func fetch(_ slot: Int) {
        let record = unsafe records.pointer(slot)
        guard unsafe record.pointee.hasDetail else { return }
        let detail = unsafe UnsafeRawPointer(details.pointer(record.pointee.detail))
        var sum: UInt8 = 0
        for offset in stride(from: 0, to: MemoryLayout<ConversationDetail>.size, by: 64) {
            unsafe sum &+= detail.load(fromByteOffset: offset, as: UInt8.self)
        }
        // The sum is stored so that the compiler keeps the loads; nobody reads it.
        fetched = sum
    }

    /// Counts a segment of which no step is asked, where that is all: it rests, and leaves no doubt what the
    /// conversation's summary is. That is so of a first one that neither ends the connection nor tries to, and of a
    /// SYN,ACK without payload that answers a SYN.
    ///
    /// - Returns: whether it is.
    mutating func countSegment(
        _ slot: Int, _ packet: Packet, _ place: TransportPlace, _ facts: SegmentFacts, from side: ConversationSide,
        isReplacing: Bool
    ) -> Bool {
        let record = unsafe records.pointer(slot)
        let flags = facts.header.flags
        let count = unsafe record.pointee.restingCount
        guard count == 0 || count == 1, rivals.isEmpty, facts.header.isSound, flags.isDisjoint(with: [.fin, .rst]),
            !flags.isDisjoint(with: [.syn, .ack])
        else { return false }
        var application: LayerKind?
        if place.index &+ 1 < packet.layers.count {
            application = packet.layers[place.index &+ 1].kind
        } else if facts.payloadLength > 0 && side == .server {
            // It may be a greeting.
            return false
        }
        if count == 1 {
            guard unsafe record.pointee.first.isOpening && record.pointee.first.side != side,
                flags.isSuperset(of: [.syn, .ack]), facts.payloadLength == 0, application == nil
            else { return false }
        }
        // An answer to the SYN that its sender does not take is one, too.
        let outcome: ConversationOutcome =
            !flags.contains(.syn) ? .open : flags.contains(.ack) ? .unfinished : .unanswered
        guard let packet = CompactPacket(facts, from: side, application, isReplacing: isReplacing) else { return false }
        unsafe record.pointee.outcome = outcome
        unsafe add(packet, to: record)
        return true
    }

    /// Counts a datagram of which no step is asked, where it rests.
    ///
    /// - Returns: whether it does.
    mutating func countDatagram(
        _ slot: Int, _ packet: Packet, _ place: TransportPlace, from side: ConversationSide
    ) -> Bool {
        let record = unsafe records.pointer(slot)
        let count = unsafe record.pointee.restingCount
        guard count == 0 || count == 1 else { return false }
        var application = unsafe count == 1 ? record.pointee.first.application : nil
        if place.index &+ 1 < packet.layers.count {
            application = packet.layers[place.index &+ 1].kind
        } else if application == nil && side == .server {
            // It may be a greeting.
            return false
        }
        guard
            let packet = CompactPacket(
                packet.frame.header, length: place.payloadLength, from: side, application),
            unsafe count == 0 || packet.payloadLength < 1 << 31 && record.pointee.first.payloadLength < 1 << 31
        else { return false }
        unsafe add(packet, to: record)
        return true
    }

    /// Lets a conversation rest with one packet more, all of whose payload is new.
    private mutating func add(_ packet: CompactPacket, to record: UnsafeMutablePointer<Record>) {
        let length = UInt32(truncatingIfNeeded: packet.payloadLength)
        if packet.side == .client {
            unsafe record.pointee.clientBytes &+= length
        } else {
            unsafe record.pointee.serverBytes &+= length
        }
        unsafe keep(packet, in: record)
    }

    private mutating func keep(_ packet: CompactPacket, in record: UnsafeMutablePointer<Record>) {
        if unsafe record.pointee.restingCount == 0 {
            unsafe record.pointee.first = packet
        } else {
            unsafe record.pointee.place = seconds.take(packet)
        }
        unsafe record.pointee.restingCount &+= 1
    }

    /// - Returns: whether the conversation is over.
    mutating func observeSegment(
        _ slot: Int, _ packet: Packet, _ place: TransportPlace, _ facts: SegmentFacts, from side: ConversationSide,
        isReplacing: Bool, _ log: inout TransmissionLog, _ step: inout ConversationStep
    ) -> Bool {
        let record = unsafe records.pointer(slot)
        if unsafe !record.pointee.hasDetail {
            if unsafe Int(record.pointee.restingCount) < CompactPacket.maximumCount {
                let bench = unsafe workbench.memory
                unsafe replay(slot, to: &bench.pointee.conversation, &bench.pointee.log)
                let resting = unsafe bench.pointee.conversation.observeSegment(
                    packet, place, facts, from: side, isReplacing: isReplacing, &bench.pointee.log, &step)
                let doesRest = resting.map { unsafe rest(slot, bench.pointee.conversation, $0) } ?? false
                unsafe bench.pointee.conversation.release(&bench.pointee.log)
                if doesRest { return unsafe record.pointee.outcome.isOver }
            }
            wake(slot, &log)
        }
        let detail = unsafe details.pointer(record.pointee.detail)
        _ = unsafe detail.pointee.observeSegment(
            packet, place, facts, from: side, isReplacing: isReplacing, &log, &step)
        if !rivals.isEmpty, unsafe detail.pointee.isSettled { settle(slot) }
        return unsafe detail.pointee.course.progress.outcome.isOver
    }

    mutating func observeDatagram(
        _ slot: Int, _ packet: Packet, _ place: TransportPlace, from side: ConversationSide, isCopy: Bool,
        _ log: inout TransmissionLog, _ step: inout ConversationStep
    ) {
        let record = unsafe records.pointer(slot)
        if unsafe !record.pointee.hasDetail {
            if unsafe Int(record.pointee.restingCount) < CompactPacket.maximumCount {
                let bench = unsafe workbench.memory
                unsafe replay(slot, to: &bench.pointee.conversation, &bench.pointee.log)
                let resting = unsafe bench.pointee.conversation.observeDatagram(
                    packet, place, from: side, isCopy: isCopy, &step)
                if let resting, unsafe rest(slot, bench.pointee.conversation, resting) { return }
            }
            wake(slot, &log)
        }
        _ = unsafe details.pointer(record.pointee.detail).pointee.observeDatagram(
            packet, place, from: side, isCopy: isCopy, &step)
    }

    mutating func observeError(
        _ slot: Int, _ packet: Packet, from side: ConversationSide, _ log: inout TransmissionLog,
        _ step: inout ConversationStep
    ) {
        let record = unsafe records.pointer(slot)
        if unsafe !record.pointee.hasDetail { wake(slot, &log) }
        unsafe details.pointer(record.pointee.detail).pointee.observeError(packet, from: side, &step)
    }

    /// Lets a conversation rest with one packet more.
    ///
    /// - Parameter conversation: what it is with that.
    /// - Returns: whether that says all of it that is asked for often.
    private mutating func rest(_ slot: Int, _ conversation: ConversationDetail, _ packet: CompactPacket) -> Bool {
        guard conversation.course.handshakeTime == nil,
            let clientBytes = UInt32(exactly: conversation.client.sums.bytes),
            let serverBytes = UInt32(exactly: conversation.server.sums.bytes)
        else { return false }
        let record = unsafe records.pointer(slot)
        unsafe record.pointee.clientBytes = clientBytes
        unsafe record.pointee.serverBytes = serverBytes
        unsafe record.pointee.outcome = conversation.course.progress.outcome
        unsafe record.pointee.retransmissions = UInt8(
            clamping: conversation.client.sums.retransmissionCount &+ conversation.server.sums.retransmissionCount)
        unsafe keep(packet, in: record)
        if !rivals.isEmpty && conversation.isSettled { settle(slot) }
        return true
    }

    /// Gives a conversation a detail, for good.
    private mutating func wake(_ slot: Int, _ log: inout TransmissionLog) {
        let record = unsafe records.pointer(slot)
        let detail = details.take(ConversationDetail(.tcp, number: 0))
        unsafe replay(slot, to: &details.pointer(Int(detail)).pointee, &log)
        if unsafe record.pointee.restingCount > 1 { unsafe seconds.free(record.pointee.place) }
        unsafe record.pointee.restingCount = -1
        unsafe record.pointee.place = detail
    }

    /// The end that has sent a SYN tells the other that it knows nothing of the connection before: it may begin anew.
    mutating func giveUp(_ slot: Int, _ side: ConversationSide, _ log: inout TransmissionLog) {
        if unsafe !records.pointer(slot).pointee.hasDetail { wake(slot, &log) }
        unsafe details.pointer(records.pointer(slot).pointee.detail).pointee.giveUp(side)
    }

    /// Gives back what a conversation takes, but for its record.
    private mutating func vacate(_ slot: Int, _ log: inout TransmissionLog) {
        if !rivals.isEmpty { rivals[slot] = nil }
        let record = unsafe records.pointer(slot).pointee
        if record.hasDetail {
            unsafe details.pointer(record.detail).pointee.release(&log)
            details.free(record.place)
        } else if record.restingCount > 1 {
            seconds.free(record.place)
        }
    }
}

/// Room for what a conversation is that rests.
@safe private final class ReplayScratch {
    struct Contents {
        var conversation = ConversationDetail(.tcp, number: 0)
        /// Of this conversation alone: no acknowledgment of another one is looked up in it.
        var log = TransmissionLog(capacity: 4)
    }

    let memory: UnsafeMutablePointer<Contents>
    let conversation: UnsafeMutablePointer<ConversationDetail>

    init() {
        unsafe memory = .allocate(capacity: 1)
        unsafe memory.initialize(to: Contents())
        // Always there: it is stored.
        unsafe conversation = memory.pointer(to: \.conversation).unsafelyUnwrapped
    }

    deinit {
        unsafe memory.deinitialize(count: 1)
        unsafe memory.deallocate()
    }
}
