import PacketDecoding

/// The conversations of a table by slot. What a connection takes of which no more than a SYN was captured is small, so
/// that a flood of them is; all others have a detail, from a pool.
struct ConversationStore {
    private struct Record: BitwiseCopyable {
        let key: ConversationKey
        /// Where the detail lies; negative where the opening says all.
        var detail: Int32
        let number: Int
        var opening = Opening()
    }

    private var records = ChunkedArray<Record>()
    private var details = ChunkedArray<TrackedConversation>()
    /// Details that are free for others.
    private var free: [Int32] = []

    var count: Int { records.count }
    /// Details there is memory for.
    var detailCount: Int { details.count }
    /// What a conversation takes here that is no more than a SYN, in bytes.
    static var restingSize: Int { MemoryLayout<Record>.stride }

    func key(_ slot: Int) -> ConversationKey { records[slot].key }
    func number(_ slot: Int) -> Int { records[slot].number }

    func totals(_ slot: Int) -> Conversation { self[slot].totals }

    func isOver(_ slot: Int) -> Bool {
        let detail = records[slot].detail
        return detail >= 0 && details[Int(detail)].totals.isOver
    }

    func hasSent(_ slot: Int, _ side: ConversationSide) -> Bool {
        let detail = records[slot].detail
        guard detail >= 0 else { return side == .client }
        return (side == .client ? details[Int(detail)].totals.client : details[Int(detail)].totals.server).packets > 0
    }

    func rival(_ slot: Int) -> TrackedConversation.Rival? {
        let record = records[slot]
        return record.detail >= 0 ? details[Int(record.detail)].rival : record.opening.rival
    }

    /// A conversation as it is.
    private subscript(slot: Int) -> TrackedConversation {
        let record = records[slot]
        return record.detail >= 0
            ? details[Int(record.detail)]
            : TrackedConversation(key: record.key, number: record.number, opening: record.opening)
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
        let record = Record(key: totals.key, detail: take(conversation), number: totals.number)
        if slot < records.count {
            if records[slot].detail >= 0 { details[Int(records[slot].detail)].release(&log) }
            release(slot)
            records[slot] = record
        } else {
            records.append(record)
        }
    }

    mutating func observeSegment(
        _ slot: Int, _ packet: Packet, at index: Int, _ header: SegmentHeader, from side: ConversationSide,
        isReplacing: Bool, log: inout TransmissionLog
    ) -> ConversationStep {
        let detail = wake(slot)
        let step = details[detail].observeSegment(
            packet, at: index, header, from: side, isReplacing: isReplacing, log: &log)
        rest(slot)
        return step
    }

    mutating func observeDatagram(
        _ slot: Int, _ packet: Packet, at index: Int, from side: ConversationSide
    ) -> ConversationStep {
        let detail = wake(slot)
        return details[detail].observeDatagram(packet, at: index, from: side)
    }

    mutating func observeError(_ slot: Int, _ packet: Packet, from side: ConversationSide) -> ConversationStep {
        let detail = wake(slot)
        return details[detail].observeError(packet, from: side)
    }

    /// Gives the detail of a conversation back that has only begun.
    private mutating func rest(_ slot: Int) {
        let detail = records[slot].detail
        guard detail >= 0, let opening = details[Int(detail)].opening else { return }
        records[slot].opening = opening
        release(slot)
    }

    /// Where the detail of a conversation lies, from now on.
    private mutating func wake(_ slot: Int) -> Int {
        if records[slot].detail < 0 { records[slot].detail = take(self[slot]) }
        return Int(records[slot].detail)
    }

    private mutating func take(_ conversation: TrackedConversation) -> Int32 {
        if let detail = free.popLast() {
            details[Int(detail)] = conversation
            return detail
        }
        details.append(conversation)
        return Int32(truncatingIfNeeded: details.count &- 1)
    }

    private mutating func release(_ slot: Int) {
        let detail = records[slot].detail
        guard detail >= 0 else { return }
        free.append(detail)
        records[slot].detail = -1
    }
}

/// A connection's first segment captured, where that was a SYN and nothing else: all there is to know of it.
struct Opening: BitwiseCopyable {
    private var frame = 0
    private var time: Int64 = 0
    private var rivalNumber = 0
    private var rivalSlot: Int32 = -1
    private var interface: UInt32 = 0
    private var sequence: UInt32 = 0
    private var acknowledgment: UInt32 = 0
    private var window: UInt16 = 0
    private var flags: UInt16 = 0
    private var maximumSegmentSize: UInt16 = 0
    private var headerLength: UInt8 = 0
    private var windowShift: UInt8 = 0
    private var has: Traits = []

    private struct Traits: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let time = Traits(rawValue: 1 << 0)
        static let interface = Traits(rawValue: 1 << 1)
        static let maximumSegmentSize = Traits(rawValue: 1 << 2)
        static let windowShift = Traits(rawValue: 1 << 3)
        static let mark = Traits(rawValue: 1 << 4)
        static let replacing = Traits(rawValue: 1 << 5)
    }

    init() {}

    /// Nil where there is more to the segment than a SYN.
    init?(_ facts: SegmentFacts, isReplacing: Bool, interface: UInt32?, rival: TrackedConversation.Rival?) {
        let header = facts.header
        guard header.isSound, header.flags.contains(.syn), header.flags.isDisjoint(with: [.ack, .fin, .rst]),
            facts.payloadLength == 0, !facts.isFragment
        else { return nil }
        frame = facts.frame
        time = facts.time?.rawValue ?? 0
        rivalNumber = rival?.number ?? 0
        rivalSlot = Int32(truncatingIfNeeded: rival?.slot ?? -1)
        self.interface = interface ?? 0
        sequence = header.sequenceNumber.rawValue
        acknowledgment = header.acknowledgmentNumber.rawValue
        window = header.window
        flags = header.flags.rawValue
        maximumSegmentSize = facts.maximumSegmentSize ?? 0
        headerLength = UInt8(truncatingIfNeeded: header.headerLength)
        windowShift = facts.windowShift ?? 0
        if facts.time != nil { has.insert(.time) }
        if interface != nil { has.insert(.interface) }
        if facts.maximumSegmentSize != nil { has.insert(.maximumSegmentSize) }
        if facts.windowShift != nil { has.insert(.windowShift) }
        if facts.isMarked { has.insert(.mark) }
        if isReplacing { has.insert(.replacing) }
    }

    var isReplacing: Bool { has.contains(.replacing) }
    var firstInterface: UInt32? { has.contains(.interface) ? interface : nil }
    var rival: TrackedConversation.Rival? {
        rivalSlot < 0 ? nil : TrackedConversation.Rival(slot: Int(rivalSlot), number: rivalNumber)
    }

    var facts: SegmentFacts {
        SegmentFacts(
            header: SegmentHeader(
                sequenceNumber: SequenceNumber(sequence), acknowledgmentNumber: SequenceNumber(acknowledgment),
                flags: TCPFlags(rawValue: flags), window: window, headerLength: Int(headerLength), isSound: true),
            frame: frame, time: has.contains(.time) ? Timestamp(rawValue: time) : nil, payloadLength: 0,
            isFragment: false, isMarked: has.contains(.mark),
            maximumSegmentSize: has.contains(.maximumSegmentSize) ? maximumSegmentSize : nil,
            windowShift: has.contains(.windowShift) ? windowShift : nil, holes: nil)
    }
}

/// An array that grows by whole chunks: nothing is copied, and no more than a chunk is spare.
struct ChunkedArray<Element: BitwiseCopyable> {
    private static var shift: Int { 10 }
    private var chunks: [[Element]] = []
    private(set) var count = 0

    subscript(index: Int) -> Element {
        get { chunks[index >> Self.shift][index & (1 << Self.shift &- 1)] }
        _modify { yield &chunks[index >> Self.shift][index & (1 << Self.shift &- 1)] }
    }

    mutating func append(_ element: Element) {
        if count >> Self.shift == chunks.count {
            var chunk: [Element] = []
            chunk.reserveCapacity(1 << Self.shift)
            chunks.append(chunk)
        }
        chunks[chunks.count &- 1].append(element)
        count &+= 1
    }
}
