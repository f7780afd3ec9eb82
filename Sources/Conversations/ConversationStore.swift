import PacketDecoding

/// The conversations of a table by slot. One of which no more than two packets were captured rests as those, which is
/// little, so that a flood of them is; all others have a detail, from a pool.
struct ConversationStore {
    private struct Record: BitwiseCopyable {
        let key: ConversationKey
        /// Where the detail lies; while it rests -1, or -2 less where the second packet lies.
        var detail: Int32
        let number: Int
        /// While it rests.
        var first: RestingPacket?
        /// Packets it rests with, or will; negative once it never rests again.
        var restingCount: Int8 = 0
        /// While it rests.
        var isOver = false
    }

    private var records = ChunkedArray<Record>()
    private var seconds = Pool<RestingPacket>()
    private var details = Pool<TrackedConversation>()
    /// Of conversations that rest.
    private var rivals: [Int: TrackedConversation.Rival] = [:]

    var count: Int { records.count }
    /// Details there is memory for.
    var detailCount: Int { details.count }
    /// What a conversation takes here that rests with one packet, and what the second one takes, in bytes.
    static var restingSize: (first: Int, second: Int) {
        (MemoryLayout<Record>.stride, MemoryLayout<RestingPacket>.stride)
    }

    func key(_ slot: Int) -> ConversationKey { records[slot].key }
    func number(_ slot: Int) -> Int { records[slot].number }

    func totals(_ slot: Int) -> Conversation { self[slot].totals }

    func isOver(_ slot: Int) -> Bool {
        let detail = records[slot].detail
        return detail >= 0 ? details[Int(detail)].totals.outcome.isOver : records[slot].isOver
    }

    func hasSent(_ slot: Int, _ side: ConversationSide) -> Bool {
        let totals = totals(slot)
        return (side == .client ? totals.client : totals.server).packets > 0
    }

    func rival(_ slot: Int) -> TrackedConversation.Rival? {
        let detail = records[slot].detail
        return detail >= 0 ? details[Int(detail)].rival : rivals.isEmpty ? nil : rivals[slot]
    }

    /// A conversation as it is.
    private subscript(slot: Int) -> TrackedConversation {
        let detail = records[slot].detail
        guard detail < 0 else { return details[Int(detail)] }
        var log = TransmissionLog(capacity: 4)
        return replayed(slot, &log)
    }

    private func replayed(_ slot: Int, _ log: inout TransmissionLog) -> TrackedConversation {
        let record = records[slot]
        guard let first = record.first else { preconditionFailure("a conversation rests without a packet") }
        return TrackedConversation(
            key: record.key, number: record.number, rival: rival(slot), first,
            record.detail < -1 ? seconds[Int(-2 - record.detail)] : nil, log: &log)
    }

    func fits(_ slot: Int, _ header: SegmentHeader, from side: ConversationSide) -> Bool {
        self[slot].fits(header, from: side)
    }

    func isAnswered(_ slot: Int, by header: SegmentHeader, from side: ConversationSide) -> Bool {
        self[slot].isAnswered(by: header, from: side)
    }

    func isReplaced(_ slot: Int, by header: SegmentHeader, from side: ConversationSide) -> Bool {
        guard header.flags.contains(.syn) else { return false }
        return self[slot].isReplaced(by: header, from: side)
    }

    /// Puts a conversation in `slot`, or behind the last.
    mutating func place(_ conversation: TrackedConversation, at slot: Int, log: inout TransmissionLog) {
        let totals = conversation.totals
        if slot < records.count { vacate(slot, &log) }
        let record = Record(key: totals.key, detail: details.take(conversation), number: totals.number)
        if slot < records.count { records[slot] = record } else { records.append(record) }
    }

    mutating func observeSegment(
        _ slot: Int, _ packet: Packet, at index: Int, _ header: SegmentHeader, from side: ConversationSide,
        isReplacing: Bool, log: inout TransmissionLog
    ) -> ConversationStep {
        let detail = wake(slot, &log)
        let step = details[detail].observeSegment(
            packet, at: index, header, from: side, isReplacing: isReplacing, log: &log)
        if records[slot].restingCount >= 0 { rest(slot, &log) }
        return step
    }

    mutating func observeDatagram(
        _ slot: Int, _ packet: Packet, at index: Int, from side: ConversationSide, log: inout TransmissionLog
    ) -> ConversationStep {
        let detail = wake(slot, &log)
        let step = details[detail].observeDatagram(packet, at: index, from: side)
        if records[slot].restingCount >= 0 { rest(slot, &log) }
        return step
    }

    mutating func observeError(
        _ slot: Int, _ packet: Packet, from side: ConversationSide, log: inout TransmissionLog
    ) -> ConversationStep {
        let detail = wake(slot, &log)
        records[slot].restingCount = -1
        return details[detail].observeError(packet, from: side)
    }

    /// Gives the detail of a conversation back that its first packets say all of.
    private mutating func rest(_ slot: Int, _ log: inout TransmissionLog) {
        let detail = Int(records[slot].detail)
        guard let packet = details[detail].resting else { return records[slot].restingCount = -1 }
        records[slot].isOver = details[detail].totals.outcome.isOver
        if let rival = details[detail].rival { rivals[slot] = rival }
        details[detail].release(&log)
        details.free(Int32(truncatingIfNeeded: detail))
        if records[slot].restingCount == 0 {
            records[slot].first = packet
            records[slot].detail = -1
        } else {
            records[slot].detail = -2 &- seconds.take(packet)
        }
        records[slot].restingCount &+= 1
    }

    /// Where the detail of a conversation lies, from now on.
    private mutating func wake(_ slot: Int, _ log: inout TransmissionLog) -> Int {
        let known = records[slot].detail
        if known >= 0 { return Int(known) }
        let detail = details.take(replayed(slot, &log))
        forget(slot)
        // With two packets it will not rest any more.
        if known < -1 { records[slot].restingCount = -1 }
        records[slot].detail = detail
        return Int(detail)
    }

    /// Gives back what a conversation takes.
    private mutating func vacate(_ slot: Int, _ log: inout TransmissionLog) {
        let detail = records[slot].detail
        guard detail >= 0 else { return forget(slot) }
        details[Int(detail)].release(&log)
        details.free(detail)
    }

    /// Gives back what a conversation takes that rests, but for its record.
    private mutating func forget(_ slot: Int) {
        let detail = records[slot].detail
        if detail < -1 { seconds.free(-2 &- detail) }
        if !rivals.isEmpty { rivals[slot] = nil }
    }
}
