// Reassembly of TCP streams: RFC 9293 section 3.10.7.4.

import PacketDecoding

/// Puts the payload of TCP conversations in order, both sides of each, in bounded memory.
///
/// What comes in order is handed on as it lies in the frame. What lies beyond a hole is kept until that is filled, or
/// the other side acknowledges bytes behind it: then the capture lacks a segment that was received, and a gap is said.
/// Of bytes sent twice the first count. Time is that of the frames: there is no clock.
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
    private struct End: BitwiseCopyable {
        /// Of the first byte of the stream.
        var origin = 1
        /// Of the first byte that has not been handed on.
        var next = 1
        /// The number of its FIN.
        var fin = Int.max
        /// The highest the other side has acknowledged.
        var acknowledged = Int.min
        /// What lies beyond a hole; negative where nothing does.
        var held: Int32 = -1
        /// Where its last bytes are kept; negative where none are.
        var handedOn: Int32 = -1
        /// A segment of this side was captured.
        var isSeen = false
        /// Its first byte is certain.
        var hasBegun = false
        var hasEnded = false
        /// A RST has ended the connection.
        var isReset = false
        /// Client and server have changed places since the conversation began: this is the other side's than its place
        /// says.
        var isReversed = false
        /// What is held came before a SYN was answered, and may be no part of the stream.
        var isEarly = false
    }

    /// Conversations followed at a time; of more, the longest silent is given up.
    public let capacity: Int
    /// Segments that came before something they follow.
    public private(set) var heldSegments = 0

    private static var synMask: Int { 0xffff }

    private var numbers: [Int] = []
    /// Conversations of which only a SYN was seen, each where the low bits of its number say.
    private var unansweredSYNs: [Int] = []
    /// The ends of conversation n are 2 n, the client, and 2 n + 1.
    private var ends: [End] = []
    private var index = SlotIndex()
    private var queues = RecencyQueues()
    private var pages: StreamPages
    private var held: [HeldSegments] = []
    private var freeHeld: [Int32] = []
    private var handedOn: HandedOnBytes
    /// Of those that hold something, the one that began to first, and last.
    private var oldestHeld: Int32 = -1
    private var newestHeld: Int32 = -1
    /// The slot of the conversation before.
    private var recent = -1
    private var frame = 0
    private var timestamp: Timestamp?

    /// - Parameters:
    ///   - memoryLimit: bytes held at most for what came out of order, bookkeeping included. Whoever has held some
    ///     longest gives its holes up when there is no more room. One side never holds more than 1 MiB, scattered
    ///     over no more than 2 MiB.
    ///   - capacity: conversations with payload followed at a time, at least 1.
    ///   - comparisonLimit: bytes held at most of what was handed on, to tell where other bytes are sent in its place:
    ///     the last 64 KiB of each side. 0 keeps none, and tells of such bytes only while the first are held.
    public init(memoryLimit: Int = 64 << 20, capacity: Int = 1_048_576, comparisonLimit: Int = 32 << 20) {
        handedOn = HandedOnBytes(memoryLimit: comparisonLimit)
        self.capacity = min(max(1, capacity), Int(Int32.max) / 2)
        pages = StreamPages(capacity: max(memoryLimit, 2 * StreamPages.cost) / StreamPages.cost)
    }

    /// Bytes held for what came out of order, bookkeeping included.
    public var memoryInUse: Int { pages.usedCount &* StreamPages.cost }

    /// Takes a step of a conversation; what is none of TCP is ignored.
    ///
    /// - Parameter payload: what was captured of the step's payload.
    public mutating func observe<Consumer: StreamConsumer & ~Copyable>(
        _ step: ConversationStep, _ payload: RawSpan, into consumer: inout Consumer
    ) {
        guard step.transport == .tcp, step.notes.isDisjoint(with: [.icmpError, .copy]) else { return }
        let flags = step.flags
        let isAnswer = flags.contains(.syn) && flags.contains(.ack)
        let speaks = step.payloadLength > 0 || flags.contains(.fin)
        frame = step.frame
        timestamp = step.timestamp
        guard let slot = slot(of: step.conversation) ?? (speaks || isAnswer ? begin(step, &consumer) : nil) else {
            if flags.contains(.syn) { noteSYN(step.conversation) }
            return
        }
        if step.notes.contains(.rolesChanged) {
            ends[2 &* slot].isReversed.toggle()
            ends[2 &* slot &+ 1].isReversed.toggle()
        }
        let sender = slot &* 2 &+ ((step.side == .client) != ends[2 &* slot].isReversed ? 0 : 1)
        let receiver = sender ^ 1
        if step.notes.contains(.foreign) { return }
        if step.notes.contains(.restarts) {
            forget(sender)
            if ends[receiver].isEarly { forget(receiver) }
        } else if flags.contains(.syn) && !flags.contains(.rst) {
            restart(sender)
        }
        if flags.contains(.syn) && !flags.contains(.rst) { ends[sender].hasBegun = true }
        if !step.notes.contains(.early) {
            for end in [sender, receiver] where ends[end].isEarly { settle(end, &consumer) }
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
        if speaks && !flags.contains(.rst) { take(sender, step, payload, &consumer) }
    }

    /// Hands on what is still held, and ends every stream that has not ended.
    public mutating func finish<Consumer: StreamConsumer & ~Copyable>(into consumer: inout Consumer) {
        for end in ends.indices { close(end, .open, &consumer) }
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
        guard !ends[end].hasEnded, ends[end].next == ends[end].origin, ends[end].held < 0 else { return }
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
            release(end)
        }
        let isReversed = ends[end].isReversed
        ends[end] = End()
        ends[end].isReversed = isReversed
        ends[end].origin = ends[end].next &- handedOn
    }

    /// What came before a SYN was answered is part of the stream: the answer was not captured.
    private mutating func settle<Consumer: StreamConsumer & ~Copyable>(_ end: Int, _ consumer: inout Consumer) {
        ends[end].isEarly = false
        drain(end, beside: RawSpan(), from: ends[end].next, &consumer)
        if ends[end].next == ends[end].fin { close(end, .finished, &consumer) }
    }

    /// Remembers that the client's stream begins with its SYN: all that most SYNs of a flood leave behind.
    private mutating func noteSYN(_ number: Int) {
        if unansweredSYNs.isEmpty { unansweredSYNs = [Int](repeating: -1, count: Self.synMask &+ 1) }
        unansweredSYNs[number & Self.synMask] = number
    }

    private func place(_ end: Int, _ number: Int? = nil) -> StreamPlace {
        StreamPlace(
            conversation: numbers[end / 2], side: (end & 1 == 0) != ends[end].isReversed ? .client : .server,
            offset: (number ?? ends[end].next) &- ends[end].origin, frame: frame, timestamp: timestamp)
    }

    /// The other side of `end` has got everything before the number that a segment acknowledges.
    private mutating func acknowledge<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ step: ConversationStep, _ consumer: inout Consumer
    ) {
        let number = step.relativeAcknowledgmentNumber
        // What its receiver drops may be any number, and tells no more than that some bytes came.
        let isAccepted = !step.notes.contains(.unacceptable)
        if isAccepted && number > ends[end].acknowledged { ends[end].acknowledged = number }
        while ends[end].held >= 0, let first = firstHeld(end), number > first {
            giveUp(end, to: first, .notCaptured, &consumer)
        }
        // Nothing of that side is captured at all: what was said in between has its place before the answer to it.
        if isAccepted && step.payloadLength > 0 && !ends[end].isSeen && number > ends[end].next && !ends[end].hasEnded {
            giveUp(end, to: number, .notCaptured, &consumer)
            ends[end].hasBegun = true
        }
    }

    /// Takes what a segment brings.
    private mutating func take<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ step: ConversationStep, _ payload: RawSpan, _ consumer: inout Consumer
    ) {
        let start = step.relativeSequenceNumber &+ (step.flags.contains(.syn) ? 1 : 0)
        var stop = start &+ step.payloadLength
        if !ends[end].hasBegun {
            // Where its SYN is missing, a stream begins with the first bytes seen of it.
            ends[end].origin = start
            ends[end].next = start
            ends[end].hasBegun = true
        }
        if step.flags.contains(.fin) && ends[end].fin == .max && stop >= reached(end) { ends[end].fin = stop }
        if stop > ends[end].fin {
            let first = max(start, ends[end].fin)
            consumer.discarded(stop &- first, at: place(end, first))
            stop = ends[end].fin
        }
        if step.notes.contains(.early) && start >= ends[end].next {
            ends[end].isEarly = true
            if start == stop || hold(end, start, stop, payload, &consumer) { return }
        }
        if start < min(stop, ends[end].next) { compare(end, from: start, to: stop, payload, &consumer) }
        if start < stop && !ends[end].hasEnded { put(end, from: start, to: stop, payload, &consumer) }
        if ends[end].next == ends[end].fin { close(end, .finished, &consumer) }
    }

    /// The highest number that has come: a FIN before that ends nothing.
    private func reached(_ end: Int) -> Int {
        ends[end].held < 0 ? ends[end].next : max(ends[end].next, held[Int(ends[end].held)].highest)
    }

    /// Hands the segment from `start` up to `stop` on, or keeps it.
    private mutating func put<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, from start: Int, to stop: Int, _ bytes: RawSpan, _ consumer: inout Consumer
    ) {
        var position = start
        while true {
            position = max(position, ends[end].next)
            guard position < stop else { return }
            let first = ends[end].held < 0 ? Int.max : firstHeld(end) ?? .max
            if position > ends[end].next {
                if hold(end, position, stop, bytes.clipped(from: position &- start, to: stop &- start), &consumer) {
                    return
                }
                giveUp(end, to: min(first, position), .memory, &consumer)
                continue
            }
            let piece = min(stop, first)
            let captured = min(piece, start &+ bytes.byteCount)
            if position < captured {
                let piece = bytes.clipped(from: position &- start, to: captured &- start)
                consumer.data(piece, at: place(end, position))
                let ring = ring(of: end)
                if let ring { handedOn.add(piece, from: position, to: ring) }
            }
            let cut = max(position, captured)
            if cut < piece { consumer.gap(piece &- cut, .snapped, at: place(end, cut)) }
            ends[end].next = piece
            if first == piece { drain(end, beside: bytes, from: start, &consumer) }
        }
    }

    /// Says that what lies before `number` is missing, and hands on what was held behind it.
    private mutating func giveUp<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, to number: Int, _ reason: StreamGapReason, _ consumer: inout Consumer
    ) {
        let next = ends[end].next
        if number > next { consumer.gap(number &- next, reason, at: place(end)) }
        ends[end].next = number
        drain(end, beside: RawSpan(), from: number, &consumer)
        if number > next && ends[end].next == ends[end].fin { close(end, .finished, &consumer) }
    }

    /// Hands on what was held and is in order now.
    ///
    /// - Parameter bytes: of a segment that begins at `start` and may hold the same bytes again.
    private mutating func drain<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, beside bytes: RawSpan, from start: Int, _ consumer: inout Consumer
    ) {
        let slot = Int(ends[end].held)
        guard slot >= 0 else { return }
        while let page = held[slot].front(ends[end].next) {
            let next = ends[end].next
            let from = next & (StreamPages.size &- 1)
            let (kind, to) = pages.run(page, at: from)
            switch kind {
            case .missing: return
            case .snapped: consumer.gap(to &- from, .snapped, at: place(end))
            case .captured:
                let origin = start &- (next &- from)
                if let conflict = pages.difference(page, from..<to, bytes, from: origin) {
                    consumer.conflict(
                        bytes.clipped(from: conflict.lowerBound &- origin, to: conflict.upperBound &- origin),
                        at: place(end, next &- from &+ conflict.lowerBound))
                }
                consumer.data(pages.bytes(page, from..<to), at: place(end))
                let ring = ring(of: end)
                if let ring { handedOn.add(page, from..<to, of: pages, from: next, to: ring) }
            }
            ends[end].next = next &+ (to &- from)
            held[slot].take(to &- from, to: ends[end].next, &pages)
        }
        if held[slot].isEmpty { release(end) }
    }

    /// Where the bytes that a side hands on are kept; nil where none are.
    private mutating func ring(of end: Int) -> Int32? {
        guard handedOn.isOn else { return nil }
        if ends[end].handedOn < 0 {
            let (ring, previous) = handedOn.take(for: end)
            if let previous, ends[previous].handedOn == ring { ends[previous].handedOn = -1 }
            ends[end].handedOn = ring
        }
        return ends[end].handedOn
    }

    /// Holds the segment from `start` up to `stop` against what was handed on.
    private mutating func compare<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, from start: Int, to stop: Int, _ bytes: RawSpan, _ consumer: inout Consumer
    ) {
        // The byte of a keep-alive may be any (RFC 9293 section 3.8.4).
        guard ends[end].handedOn >= 0, stop &- start > 1 || stop < ends[end].next else { return }
        let sent = bytes.clipped(from: 0, to: stop &- start)
        if let conflict = handedOn.difference(sent, from: start, in: ends[end].handedOn) {
            let differing = sent.extracting((conflict.lowerBound &- start)..<(conflict.upperBound &- start))
            consumer.conflict(differing, at: place(end, conflict.lowerBound))
        }
    }

    /// Ends a stream: nothing comes any more.
    private mutating func close<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ ending: StreamEnding, _ consumer: inout Consumer
    ) {
        guard !ends[end].hasEnded else { return }
        while ends[end].held >= 0, let first = firstHeld(end) { giveUp(end, to: first, .unacknowledged, &consumer) }
        // The gap may have led to its FIN.
        guard !ends[end].hasEnded else { return }
        let acknowledged = ends[end].acknowledged
        let next = ends[end].next
        if ends[end].fin != .max {
            let fin = ends[end].fin
            if fin > next {
                consumer.gap(fin &- next, acknowledged >= fin ? .notCaptured : .unacknowledged, at: place(end))
                ends[end].next = fin
            }
        } else if acknowledged > next &+ 1 {
            // One number more may be that of a FIN.
            consumer.gap(acknowledged &- next, .notCaptured, at: place(end))
            ends[end].next = acknowledged
        }
        ends[end].hasEnded = true
        if ends[end].hasBegun || ends[end].next > next {
            consumer.end(ending == .open && ends[end].isReset ? .reset : ending, at: place(end))
        }
    }
}

extension StreamReassembler {
    private func firstHeld(_ end: Int) -> Int? {
        held[Int(ends[end].held)].first(after: ends[end].next, pages)
    }

    /// Keeps a segment that lies beyond a hole.
    ///
    /// - Returns: whether there was room.
    private mutating func hold<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ start: Int, _ stop: Int, _ bytes: RawSpan, _ consumer: inout Consumer
    ) -> Bool {
        let needed = HeldSegments.pages(from: start, to: stop)
        guard needed <= min(pages.capacity, HeldSegments.maximumPages) else { return false }
        if ends[end].held >= 0, !held[Int(ends[end].held)].hasRoom(from: start, to: stop) { return false }
        while pages.availableCount < needed {
            guard oldestHeld >= 0, held[Int(oldestHeld)].owner != end else { return false }
            let owner = held[Int(oldestHeld)].owner
            while ends[owner].held >= 0, let first = firstHeld(owner) { giveUp(owner, to: first, .memory, &consumer) }
        }
        if ends[end].held < 0 { beginHolding(end) }
        let slot = Int(ends[end].held)
        heldSegments &+= 1
        if let conflict = held[slot].insert(from: start, to: stop, bytes, &pages) {
            consumer.conflict(
                bytes.clipped(from: conflict.lowerBound &- start, to: conflict.upperBound &- start),
                at: place(end, conflict.lowerBound))
        }
        return true
    }

    private mutating func beginHolding(_ end: Int) {
        let slot: Int32
        if let free = freeHeld.popLast() {
            slot = free
        } else {
            slot = Int32(truncatingIfNeeded: held.count)
            held.append(HeldSegments())
        }
        held[Int(slot)].owner = end
        held[Int(slot)].older = newestHeld
        held[Int(slot)].newer = -1
        if newestHeld >= 0 { held[Int(newestHeld)].newer = slot } else { oldestHeld = slot }
        newestHeld = slot
        ends[end].held = slot
    }

    private mutating func release(_ end: Int) {
        let slot = ends[end].held
        let older = held[Int(slot)].older
        let newer = held[Int(slot)].newer
        if older >= 0 { held[Int(older)].newer = newer } else { oldestHeld = newer }
        if newer >= 0 { held[Int(newer)].older = older } else { newestHeld = older }
        held[Int(slot)].reset()
        freeHeld.append(slot)
        ends[end].held = -1
    }
}
