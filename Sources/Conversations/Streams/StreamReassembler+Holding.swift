import PacketDecoding

// What can't be handed on yet, and what is kept of what was.

extension StreamReassembler {
    /// Bytes held behind some that were cut off: then no whole copy of these is waited for any more.
    static var patience: Int { 1 << 20 }
    /// Sides that hold something at a time.
    static var maximumHolders: Int { 1 << 18 }

    /// Keeps a segment that can't be handed on yet.
    ///
    /// - Returns: how many of its bytes had not come before; nil where there was no room for them.
    mutating func hold<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ start: Int, _ stop: Int, _ bytes: RawSpan, _ consumer: inout Consumer
    ) -> Int? {
        let needed = HeldSegments.pages(from: start, to: stop)
        guard needed <= pages.capacity, !isOutOfReach(end, stop) else { return nil }
        while pages.availableCount < needed {
            guard oldestHeld >= 0, held[Int(oldestHeld)].owner != end else { return nil }
            surrender(held[Int(oldestHeld)].owner, .memory, &consumer)
        }
        if ends[end].held < 0 { beginHolding(end, &consumer) }
        let slot = Int(ends[end].held)
        let (fresh, conflict) = held[slot].insert(from: start, to: stop, bytes, &pages)
        if let conflict {
            consumer.conflict(
                bytes.clipped(from: conflict.lowerBound &- start, to: conflict.upperBound &- start),
                at: place(end, conflict.lowerBound))
        }
        return fresh
    }

    /// Whether `number` lies further ahead than a window can reach.
    func isOutOfReach(_ end: Int, _ number: Int) -> Bool {
        let distance = number &- max(ends[end].next, ends[end].acknowledged)
        // No number comes near the end of what can be counted.
        return number < ends[end].next || distance > HeldSegments.maximumReach || number > .max &- StreamPages.size
    }

    /// Says that the next `length` bytes are missing, once it is known that no more are.
    mutating func addGap<Consumer: StreamConsumer & ~Copyable>(
        _ end: Int, _ length: Int, _ reason: StreamGapReason, _ consumer: inout Consumer
    ) {
        if ends[end].held < 0 { beginHolding(end, &consumer) }
        let slot = Int(ends[end].held)
        let next = ends[end].next
        var gap = held[slot].gap
        if gap.length > 0 && (gap.reason != reason || gap.end != next) {
            tell(gap, end, &consumer)
            gap.length = 0
        }
        if gap.length == 0 {
            gap.reason = reason
            gap.frame = frame
            gap.timestamp = timestamp
        }
        gap.length &+= length
        gap.end = next &+ length
        held[slot].gap = gap
        ends[end].next = next &+ length
    }

    /// Tells the gap of a side that holds something, if there is one.
    mutating func tellGap<Consumer: StreamConsumer & ~Copyable>(_ end: Int, _ consumer: inout Consumer) {
        let slot = Int(ends[end].held)
        let gap = held[slot].gap
        if gap.length > 0 {
            held[slot].gap.length = 0
            tell(gap, end, &consumer)
        }
        releaseIfEmpty(end)
    }

    private func tell<Consumer: StreamConsumer & ~Copyable>(
        _ gap: HeldSegments.Gap, _ end: Int, _ consumer: inout Consumer
    ) {
        var place = place(end, gap.end &- gap.length)
        place.frame = gap.frame
        place.timestamp = gap.timestamp
        consumer.gap(gap.length, gap.reason, at: place)
    }

    private mutating func beginHolding<Consumer: StreamConsumer & ~Copyable>(_ end: Int, _ consumer: inout Consumer) {
        let slot: Int32
        if freeHeld.isEmpty && held.count >= Self.maximumHolders, oldestHeld >= 0 {
            surrender(held[Int(oldestHeld)].owner, .memory, &consumer)
        }
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

    /// Lets go of a side that holds nothing any more.
    mutating func releaseIfEmpty(_ end: Int) {
        let slot = ends[end].held
        guard slot >= 0, held[Int(slot)].isEmpty, held[Int(slot)].gap.length == 0 else { return }
        let older = held[Int(slot)].older
        let newer = held[Int(slot)].newer
        if older >= 0 { held[Int(older)].newer = newer } else { oldestHeld = newer }
        if newer >= 0 { held[Int(newer)].older = older } else { newestHeld = older }
        held[Int(slot)].reset()
        freeHeld.append(slot)
        ends[end].held = -1
    }

    /// Where the bytes that a side hands on are kept; nil where none are.
    mutating func ring(of end: Int) -> Int32? {
        guard handedOn.isOn else { return nil }
        if ends[end].handedOn < 0 {
            let (ring, previous) = handedOn.take(for: end)
            if let previous, ends[previous].handedOn == ring { ends[previous].handedOn = -1 }
            ends[end].handedOn = ring
        }
        return ends[end].handedOn
    }

    /// Holds the segment from `start` up to `stop` against what was handed on.
    mutating func compare<Consumer: StreamConsumer & ~Copyable>(
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
}
