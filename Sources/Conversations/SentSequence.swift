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
