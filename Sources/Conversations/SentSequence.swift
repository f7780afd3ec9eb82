/// The sequence numbers one end has sent, counted from its initial one and on past 2^32.
///
/// Where the SYN was not captured the count is from the number before the first one seen, so that the first
/// byte seen is 1, as it is after a SYN; what comes late from before it has a number of 0 or less.
struct SentSequence: BitwiseCopyable {
    /// Numbers that were skipped: the low 32 bits of the first, and of the one after the last.
    private struct Gap: BitwiseCopyable {
        var start: UInt32 = 0
        var end: UInt32 = 0
    }

    /// Gaps remembered at a time; of more, the earliest is taken for captured.
    private static var maximumGaps: Int { 4 }

    private(set) var base: UInt32 = 0
    /// Whether anything has told the base.
    private(set) var isKnown = false
    private var gapCount: UInt8 = 0
    /// The number after the highest that was captured.
    private(set) var end = 0
    private var gaps = InlineArray<4, Gap>(repeating: Gap())

    /// Counts from the SYN's number.
    mutating func begin(at initial: UInt32) {
        self = SentSequence()
        base = initial
        isKnown = true
    }

    /// Counts from before `next`, the first number seen. Nothing before it was captured.
    mutating func beginMidstream(at next: UInt32) {
        self = SentSequence()
        base = next &- 1
        isKnown = true
        end = 1
        addGap(from: 1 &- (1 << 30), to: 1)
    }

    /// The count for a number on the wire: of those it may stand for, the one nearest the highest captured.
    func relative(_ number: UInt32) -> Int { Self.unwrap(number &- base, near: end) }

    /// Notes `length` numbers from `start` on as captured.
    ///
    /// - Returns: how many of them were captured for the first time.
    mutating func capture(from start: Int, length: Int) -> Int {
        guard length > 0 else { return 0 }
        let stop = start &+ length
        var fresh = fillGaps(from: start, to: stop)
        if stop > end {
            fresh &+= stop &- max(start, end)
            if start > end { addGap(from: end, to: start) }
            end = stop
        }
        return fresh
    }

    private mutating func fillGaps(from start: Int, to stop: Int) -> Int {
        var fresh = 0
        var index = 0
        while index < Int(gapCount) {
            let gapStart = Self.unwrap(gaps[index].start, near: end)
            let gapEnd = Self.unwrap(gaps[index].end, near: end)
            let low = max(start, gapStart)
            let high = min(stop, gapEnd)
            if gapStart >= gapEnd || gapEnd > end {
                // So far back that its numbers have come round again.
                removeGap(index)
            } else if low >= high {
                index &+= 1
            } else {
                fresh &+= high &- low
                removeGap(index)
                if gapStart < low { addGap(from: gapStart, to: low) }
                if high < gapEnd { addGap(from: high, to: gapEnd) }
                // What was left of it was added behind the others, and does not overlap any more.
            }
        }
        return fresh
    }

    private mutating func removeGap(_ index: Int) {
        gapCount &-= 1
        gaps[index] = gaps[Int(gapCount)]
    }

    private mutating func addGap(from start: Int, to stop: Int) {
        let gap = Gap(start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: stop))
        guard gapCount == Self.maximumGaps else {
            gaps[Int(gapCount)] = gap
            gapCount &+= 1
            return
        }
        var earliest = 0
        for index in 1..<Self.maximumGaps {
            if Self.unwrap(gaps[index].start, near: end) < Self.unwrap(gaps[earliest].start, near: end) {
                earliest = index
            }
        }
        gaps[earliest] = gap
    }

    /// The number nearest `reference` that has these low 32 bits.
    private static func unwrap(_ low: UInt32, near reference: Int) -> Int {
        reference &+ Int(Int32(truncatingIfNeeded: low &- UInt32(truncatingIfNeeded: reference)))
    }
}
