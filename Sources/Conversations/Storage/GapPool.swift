/// Numbers that one end skipped, as a chain through the ``GapPool``: in order, none of them twice.
struct GapList: BitwiseCopyable {
    fileprivate var first: Int32 = -1
    fileprivate var last: Int32 = -1
    private(set) var count: UInt16 = 0

    /// Gaps remembered at a time; of more, the earliest is taken for captured.
    static var maximumCount: Int { 1024 }

    fileprivate mutating func grow() { count &+= 1 }
    fileprivate mutating func shrink() { count &-= 1 }
}

/// What was skipped and may still come, of all ends of all conversations: one bounded pool.
struct GapPool {
    private struct Gap: BitwiseCopyable {
        var start: Int
        /// The number after the last.
        var end: Int
        /// Negative after the last; of a free one the next free one.
        var next: Int32
    }

    private let capacity: Int
    private var gaps: [Gap] = []
    private var firstFree: Int32 = -1
    /// Gaps in lists.
    private(set) var usedCount = 0

    /// - Parameter capacity: gaps in all. Whoever adds one more loses its own earliest.
    init(capacity: Int = 1 << 20) { self.capacity = min(max(1, capacity), Int(Int32.max)) }

    /// Adds the numbers from `start` up to `end`, which lie behind all in the list.
    mutating func append(from start: Int, to end: Int, to list: inout GapList) {
        // A gap this far back can't be told from numbers to come any more.
        while list.first >= 0, gaps[Int(list.first)].end <= end &- 1 << 31 { removeFirst(of: &list) }
        guard let index = take(from: start, to: end, for: &list) else { return }
        if list.last >= 0 { gaps[Int(list.last)].next = index } else { list.first = index }
        list.last = index
    }

    /// Adds the numbers from `start` up to `end`, which lie before all in the list.
    mutating func prepend(from start: Int, to end: Int, to list: inout GapList) {
        guard Int(list.count) < GapList.maximumCount, let index = take(from: start, to: end, for: &list) else { return }
        gaps[Int(index)].next = list.first
        if list.first < 0 { list.last = index }
        list.first = index
    }

    /// Takes the numbers from `start` up to `end` out of the list.
    ///
    /// - Returns: how many of them were in it.
    mutating func fill(from start: Int, to end: Int, in list: inout GapList) -> Int {
        var filled = 0
        var previous: Int32 = -1
        var index = list.first
        while index >= 0 {
            let gap = gaps[Int(index)]
            guard gap.start < end else { break }
            let low = max(start, gap.start)
            let high = min(end, gap.end)
            guard low < high else {
                previous = index
                index = gap.next
                continue
            }
            filled &+= high &- low
            if gap.start == low && high == gap.end {
                remove(index, after: previous, of: &list)
                index = gap.next
                continue
            }
            if gap.start == low {
                gaps[Int(index)].start = high
                break
            }
            gaps[Int(index)].end = low
            if high < gap.end {
                insert(from: high, to: gap.end, after: index, in: &list)
                break
            }
            previous = index
            index = gap.next
        }
        return filled
    }

    /// Gives all of a list back.
    mutating func removeAll(of list: inout GapList) {
        guard list.first >= 0 else { return }
        gaps[Int(list.last)].next = firstFree
        firstFree = list.first
        usedCount &-= Int(list.count)
        list = GapList()
    }

    private mutating func insert(from start: Int, to end: Int, after index: Int32, in list: inout GapList) {
        // Where there is no room, these numbers are taken for captured: the list can't lose what comes before them.
        guard Int(list.count) < GapList.maximumCount, let added = takeFree(from: start, to: end) else { return }
        list.grow()
        gaps[Int(added)].next = gaps[Int(index)].next
        gaps[Int(index)].next = added
        if list.last == index { list.last = added }
    }

    /// Makes room for a gap, at the price of the list's first.
    private mutating func take(from start: Int, to end: Int, for list: inout GapList) -> Int32? {
        if Int(list.count) >= GapList.maximumCount || usedCount >= capacity { removeFirst(of: &list) }
        guard let index = takeFree(from: start, to: end) else { return nil }
        list.grow()
        return index
    }

    private mutating func takeFree(from start: Int, to end: Int) -> Int32? {
        guard usedCount < capacity else { return nil }
        usedCount &+= 1
        let gap = Gap(start: start, end: end, next: -1)
        guard firstFree >= 0 else {
            gaps.append(gap)
            return Int32(truncatingIfNeeded: gaps.count &- 1)
        }
        let index = firstFree
        firstFree = gaps[Int(index)].next
        gaps[Int(index)] = gap
        return index
    }

    private mutating func removeFirst(of list: inout GapList) {
        if list.first >= 0 { remove(list.first, after: -1, of: &list) }
    }

    private mutating func remove(_ index: Int32, after previous: Int32, of list: inout GapList) {
        let next = gaps[Int(index)].next
        if previous >= 0 { gaps[Int(previous)].next = next } else { list.first = next }
        if next < 0 { list.last = previous }
        list.shrink()
        usedCount &-= 1
        gaps[Int(index)].next = firstFree
        firstFree = index
    }
}
