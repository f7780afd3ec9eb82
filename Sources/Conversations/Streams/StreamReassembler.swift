// Reassembly of TCP streams: RFC 9293 section 3.10.7.4.

import PacketDecoding

/// Puts the payload of TCP conversations in order, both sides of each, in bounded memory.
///
/// What comes in order is handed on as it lies in the frame. What lies beyond a hole is kept until that is filled, or
/// the other side acknowledges bytes behind it: then the capture lacks a segment that was received, and a gap is said.
/// Of bytes sent twice the first count, but those that were cut off wait for a whole copy until they are acknowledged.
/// Every byte that a ``ConversationTable`` counts is handed on, in a gap of those that were cut off, or discarded. Time
/// is that of the frames: there is no clock.
///
///     var table = ConversationTable()
///     var streams = StreamReassembler()
///     if let step = table.observe(packet), let index = packet.innermostTransport(quoted: false) {
///         streams.observe(step, packet.payload(at: index), into: &consumer)
///     }
///     …
///     streams.finish(into: &consumer)
public struct StreamReassembler: ~Copyable {
    /// What is known of the stream that one side sends. All numbers are relative sequence numbers.
    struct End: BitwiseCopyable {
        /// Of the first byte of the stream.
        var origin = 1
        /// Of the first byte that has not been handed on.
        var next = 1
        /// The number of its FIN. What lies behind is no part of the stream unless it is acknowledged.
        var fin = Int.max
        /// The highest the other side has acknowledged.
        var acknowledged = Int.min
        /// What can't be handed on yet; negative where nothing is.
        var held: Int32 = -1
        /// Where its last bytes are kept; negative where none are.
        var handedOn: Int32 = -1
        /// A segment of this side was captured.
        var isSeen = false
        /// Its first byte is known.
        var hasBegun = false
        /// That byte is not the one behind a SYN.
        var isMidstream = false
        var hasEnded = false
        /// A RST has ended the connection.
        var isReset = false
        /// Client and server have changed places since the conversation began: this is the other side's than its place
        /// says.
        var isReversed = false
        /// What is held came before a SYN was answered, and may be no part of the stream.
        var isEarly = false

        /// Bytes or a gap were said of it.
        var isShown: Bool { next > origin }
    }

    /// Conversations followed at a time; of more, the longest silent is given up.
    public let capacity: Int

    private static var synMask: Int { 0xffff }

    var numbers: [Int] = []
    /// Conversations of which only a SYN was seen, each where the low bits of its number say.
    private var unansweredSYNs: [Int] = []
    /// The ends of conversation n are 2 n, the client, and 2 n + 1.
    var ends: [End] = []
    private var index = SlotIndex()
    private var queues = RecencyQueues()
    var pages: StreamPages
    var held: [HeldSegments] = []
    var freeHeld: [Int32] = []
    var handedOn: HandedOnBytes
    /// Of sides that hold something, the one that began to first, and last.
    var oldestHeld: Int32 = -1
    var newestHeld: Int32 = -1
    /// The slot of the conversation before.
    private var recent = -1
    var frame = 0
    var timestamp: Timestamp?

    /// - Parameters:
    ///   - memoryLimit: bytes held at most for what came out of order, bookkeeping included. Whoever has held some
    ///     longest gives its holes up when there is no more room.
    ///   - capacity: conversations with payload followed at a time, at least 1.
    ///   - comparisonLimit: bytes held at most of what was handed on, to tell where other bytes are sent in its place:
    ///     the last 64 KiB of each side. 0 keeps none, and tells of such bytes only while the first are held.
    ///   - overflow: room for what came out of order beyond `memoryLimit`.
    public init(
        memoryLimit: Int = 64 << 20, capacity: Int = 1_048_576, comparisonLimit: Int = 32 << 20,
        overflow: (any StreamOverflow)? = nil
    ) {
        handedOn = HandedOnBytes(memoryLimit: comparisonLimit)
        self.capacity = min(max(1, capacity), Int(Int32.max) / 2)
        pages = StreamPages(
            capacity: max(memoryLimit, 2 * StreamPages.cost) / StreamPages.cost, overflow: overflow)
    }

    /// Bytes held for what came out of order, bookkeeping and overflow included.
    public var memoryInUse: Int { pages.usedCount &* StreamPages.cost }

    /// Takes a step of a conversation; what is none of TCP is ignored.
    ///
    /// - Parameter payload: what was captured of the step's payload.
    public mutating func observe<Consumer: StreamConsumer & ~Copyable>(
        _ step: ConversationStep, _ payload: RawSpan, into consumer: inout Consumer
    ) {
        guard step.transport == .tcp, !step.notes.contains(.icmpError) else { return }
        if step.notes.contains(.copy) { return takeCopy(step, payload, &consumer) }
        let flags = step.flags
        let isAnswer = flags.contains(.syn) && flags.contains(.ack)
        let speaks = step.payloadLength > 0 || flags.contains(.fin)
        frame = step.frame
        timestamp = step.timestamp
        // An ACK, too: in a capture that begins later than the connection it tells where the other side's stream is.
        let begins = speaks || flags.contains(.ack) && !flags.contains(.rst)
        guard let slot = slot(of: step.conversation) ?? (begins ? begin(step, &consumer) : nil) else {
            if flags.contains(.syn) { noteSYN(step.conversation) }
            return
        }
        if step.notes.contains(.rolesChanged) {
            ends[2 &* slot].isReversed.toggle()
            ends[2 &* slot &+ 1].isReversed.toggle()
        }
        let sender = end(step.side, in: slot)
        let receiver = sender ^ 1
        // What a SYN within a connection carries is no part of it.
        if step.notes.contains(.foreign) || flags.contains(.syn) && step.notes.contains(.unacceptable) { return }
        if step.notes.contains(.restarts) {
            forget(sender)
            if ends[receiver].isEarly { forget(receiver) }
        } else if flags.contains(.syn) && !flags.contains(.rst) {
            restart(sender)
        }
        if flags.contains(.syn) && !flags.contains(.rst) { ends[sender].hasBegun = true }
        if !step.notes.contains(.early) {
            if ends[sender].isEarly { settle(sender, &consumer) }
            if ends[receiver].isEarly { settle(receiver, &consumer) }
        }
        if isAnswer {
            // It tells where both begin.
            ends[sender].hasBegun = true
            ends[receiver].hasBegun = true
        }
        ends[sender].isSeen = true
        if flags.contains(.ack) { acknowledge(receiver, step, &consumer) }
        if step.notes.contains(.revived) {
            ends[sender].isReset = false
            ends[receiver].isReset = false
        }
        if step.phase == .reset && flags.contains(.rst) && !ends[sender].isReset {
            consumer.reset(at: place(sender))
            ends[sender].isReset = true
            ends[receiver].isReset = true
        }
        if speaks && !flags.contains(.rst) && !step.notes.contains(.keepAlive) {
            take(sender, step, payload, &consumer)
        }
    }

    /// A side's end, by the roles that the conversation has now.
    @inline(__always)
    private func end(_ side: ConversationSide, in slot: Int) -> Int {
        slot &* 2 &+ ((side == .client) != ends[2 &* slot].isReversed ? 0 : 1)
    }

    /// A copy brings nothing, unless the packet that it is of was cut.
    private mutating func takeCopy<Consumer: StreamConsumer & ~Copyable>(
        _ step: ConversationStep, _ payload: RawSpan, _ consumer: inout Consumer
    ) {
        guard payload.byteCount == step.payloadLength, payload.byteCount > 0, !step.flags.contains(.rst),
            let slot = slot(of: step.conversation)
        else { return }
        frame = step.frame
        timestamp = step.timestamp
        take(end(step.side, in: slot), step, payload, &consumer)
    }

    /// Hands on what is still held, and ends every stream that has not ended.
    public mutating func finish<Consumer: StreamConsumer & ~Copyable>(into consumer: inout Consumer) {
        for end in ends.indices { close(end, .open, &consumer) }
    }

    /// Hands on what is still held of one conversation, and ends its streams: for one that its table has given up.
    public mutating func finish<Consumer: StreamConsumer & ~Copyable>(
        _ conversation: Int, into consumer: inout Consumer
    ) {
        guard let slot = slot(of: conversation) else { return }
        close(2 &* slot, .evicted, &consumer)
        close(2 &* slot &+ 1, .evicted, &consumer)
        queues.touch(slot, isDone: true)
    }
}

extension StreamReassembler {
    private mutating func slot(of number: Int) -> Int? {
        if recent >= 0, numbers[recent] == number { return recent }
        let hash = Self.hash(number)
        var position = index.start(hash)
        while let slot = index.next(hash, from: &position) {
            guard numbers[slot] == number else { continue }
            queues.touch(slot, isDone: ends[2 &* slot].hasEnded && ends[2 &* slot &+ 1].hasEnded)
            recent = slot
            return slot
        }
        return nil
    }

    /// Numbers count up, so that spreading them evenly is all there is to do.
    private static func hash(_ number: Int) -> UInt32 { UInt32(truncatingIfNeeded: number) &* 0x9e37_79b1 }

    private mutating func begin<Consumer: StreamConsumer & ~Copyable>(
        _ step: ConversationStep, _ consumer: inout Consumer
    ) -> Int {
        let slot: Int
        if numbers.count >= capacity, let oldest = queues.oldest {
            close(2 &* oldest, .evicted, &consumer)
            close(2 &* oldest &+ 1, .evicted, &consumer)
            index.remove(Self.hash(numbers[oldest]), oldest)
            slot = oldest
            numbers[slot] = step.conversation
            ends[2 &* slot] = End()
            ends[2 &* slot &+ 1] = End()
            queues.touch(slot, isDone: false)
        } else {
            slot = numbers.count
            numbers.append(step.conversation)
            ends.append(End())
            ends.append(End())
            queues.append()
        }
        if !unansweredSYNs.isEmpty, unansweredSYNs[step.conversation & Self.synMask] == step.conversation {
            ends[2 &* slot].hasBegun = true
        }
        index.insert(Self.hash(step.conversation), slot)
        recent = slot
        return slot
    }

    /// A SYN begins a stream; it may come again, with another number where nothing has been said since. One that has
    /// ended, and be it without a byte, stays so.
    private mutating func restart(_ end: Int) {
        guard ends[end].fin == .max, ends[end].next == ends[end].origin, ends[end].held < 0 else { return }
        clear(end)
    }

    private mutating func clear(_ end: Int) {
        let isReversed = ends[end].isReversed
        ends[end] = End()
        ends[end].isReversed = isReversed
    }

    /// Begins a stream anew: what is held is no part of it. What was handed on still counts for its offsets.
    private mutating func forget(_ end: Int) {
        guard !ends[end].hasEnded else { return }
        let handedOn = ends[end].hasBegun ? ends[end].next &- ends[end].origin : 0
        if ends[end].held >= 0 {
            held[Int(ends[end].held)].removeAll(&pages)
            releaseIfEmpty(end)
        }
        clear(end)
        ends[end].origin = ends[end].next &- handedOn
    }

    /// What came before a SYN was answered is part of the stream: the answer was not captured.
    private mutating func settle<Consumer: StreamConsumer & ~Copyable>(_ end: Int, _ consumer: inout Consumer) {
        ends[end].isEarly = false
        drain(end, &consumer)
        closeFinished(end, &consumer)
    }

    /// Remembers that the client's stream begins with its SYN: all that most SYNs of a flood leave behind.
    private mutating func noteSYN(_ number: Int) {
        if unansweredSYNs.isEmpty { unansweredSYNs = [Int](repeating: -1, count: Self.synMask &+ 1) }
        unansweredSYNs[number & Self.synMask] = number
    }

    func place(_ end: Int, _ number: Int? = nil) -> StreamPlace {
        StreamPlace(
            conversation: numbers[end / 2], side: (end & 1 == 0) != ends[end].isReversed ? .client : .server,
            offset: (number ?? ends[end].next) &- ends[end].origin, frame: frame, timestamp: timestamp)
    }
}
