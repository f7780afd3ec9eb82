/// The sequence numbers one end has sent, counted from its initial one and on past 2^32.
///
/// Where the SYN was not captured the count is from the number before the first one seen, so that the first
/// byte seen is 1, as it is after a SYN; what comes late from before it has a number of 0 or less.
struct SentSequence: BitwiseCopyable {
    /// The number after the highest that was captured.
    private(set) var end = 0
    /// The lowest that was captured, or is not new any more.
    private var start = 0
    private(set) var base: UInt32 = 0
    private var gaps = GapList()
    /// Whether anything has told the base.
    private(set) var isKnown = false
    /// What comes late from before all that was captured is new.
    private var reachesBack = false

    /// Whether its SYN has told the base.
    var isAnchored: Bool { isKnown && !reachesBack }
    /// Nothing of it was captured: the base is known from what the other end acknowledged, or from an empty segment.
    private var isEmpty: Bool { reachesBack && start == end }

    /// Its SYN has confirmed the base: nothing is before that.
    mutating func anchor() { reachesBack = false }

    /// Counts from the SYN's number.
    mutating func begin(at initial: UInt32, _ pool: inout GapPool) {
        pool.removeAll(of: &gaps)
        self = SentSequence()
        base = initial
        isKnown = true
    }

    /// Counts from before `next`, the first number seen. Nothing before it was captured.
    mutating func beginMidstream(at next: UInt32, _ pool: inout GapPool) {
        begin(at: next &- 1, &pool)
        end = 1
        start = 1
        reachesBack = true
    }

    /// Gives back what it takes of the pool.
    mutating func release(_ pool: inout GapPool) { pool.removeAll(of: &gaps) }

    /// The count for a number on the wire: of those it may stand for, the one nearest the highest captured.
    func relative(_ number: UInt32) -> Int {
        end &+ Int(Int32(truncatingIfNeeded: number &- base &- UInt32(truncatingIfNeeded: end)))
    }

    /// Notes that all numbers before `number` have been sent.
    ///
    /// - Returns: whether some of them should have been captured by now, and were not: they are a gap from now on.
    mutating func reach(_ number: Int, _ pool: inout GapPool) -> Bool {
        guard number > end else { return false }
        let isGap = !isEmpty
        if isGap { pool.append(from: end, to: number, to: &gaps) } else { start = number }
        end = number
        return isGap
    }

    /// Notes `length` numbers from `first` on as captured.
    ///
    /// - Returns: how many of them were captured for the first time.
    mutating func capture(from first: Int, length: Int, _ pool: inout GapPool) -> Int {
        guard length > 0 else { return 0 }
        let stop = first &+ length
        if first == end {
            end = stop
            return length
        }
        // What was sent before the capture began is no gap.
        if isEmpty && first > end {
            start = first
            end = stop
            return length
        }
        var fresh = 0
        if first < end { fresh = pool.fill(from: first, to: stop, in: &gaps) }
        if first < start && reachesBack {
            fresh &+= min(stop, start) &- first
            if stop < start { pool.prepend(from: stop, to: start, to: &gaps) }
            start = first
        }
        if stop > end {
            fresh &+= stop &- max(first, end)
            if first > end { pool.append(from: end, to: first, to: &gaps) }
            end = stop
        }
        return fresh
    }
}
