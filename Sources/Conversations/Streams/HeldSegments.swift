import PacketDecoding

/// What one side of a conversation has sent beyond a hole: pages in the order of their numbers.
///
/// A page number is a byte's relative sequence number divided by the size of a page. There are never more than
/// ``maximumPages``, so that finding one, and making room for one, takes a bounded time.
struct HeldSegments {
    private struct Entry: BitwiseCopyable {
        var number: Int
        var page: Int32
    }

    /// Bytes held at most.
    static var maximumBytes: Int { 1 << 20 }
    /// Pages held at most, in which the bytes may lie scattered.
    static var maximumPages: Int { 1024 }

    private var entries: [Entry] = []
    /// Bytes held, those that were not captured included.
    private(set) var byteCount = 0
    /// Where the furthest of them end.
    private(set) var highest = Int.min
    /// Whose they are.
    var owner = 0
    /// Neighbours in the order of the oldest hole; negative at the ends.
    var older: Int32 = -1
    var newer: Int32 = -1

    /// Forgets everything, but keeps a little memory for whoever holds something next.
    mutating func reset() {
        if entries.capacity > 64 { entries = [] } else { entries.removeAll(keepingCapacity: true) }
        byteCount = 0
        highest = Int.min
        owner = 0
        older = -1
        newer = -1
    }

    /// Gives all of its pages back.
    mutating func removeAll(_ pages: inout StreamPages) {
        for entry in entries { pages.release(entry.page) }
        entries.removeAll(keepingCapacity: true)
        byteCount = 0
    }

    var isEmpty: Bool { byteCount == 0 }
    var pageCount: Int { entries.count }

    private static func number(_ offset: Int) -> Int { offset >> StreamPages.size.trailingZeroBitCount }
    private static func start(_ number: Int) -> Int { number << StreamPages.size.trailingZeroBitCount }
    private static func index(_ offset: Int) -> Int { offset & (StreamPages.size &- 1) }

    /// Pages that bytes from `start` up to `end` lie in.
    static func pages(from start: Int, to end: Int) -> Int { number(end &- 1) &- number(start) &+ 1 }

    /// Whether this many bytes more are within the limits.
    func hasRoom(from start: Int, to end: Int) -> Bool {
        byteCount &+ (end &- start) <= Self.maximumBytes
            && pageCount &+ Self.pages(from: start, to: end) <= Self.maximumPages
    }

    /// Where the first byte held is; nil where there is none. Everything held lies behind `next`.
    func first(after next: Int, _ pages: borrowing StreamPages) -> Int? {
        guard byteCount > 0 else { return nil }
        for entry in entries {
            let start = max(next, Self.start(entry.number))
            let (kind, end) = pages.run(entry.page, at: Self.index(start))
            if kind != .missing { return start }
            if end < StreamPages.size { return Self.start(entry.number) &+ end }
        }
        return nil
    }

    /// Adds the segment from `start` up to `end`; the room and the pages must be there.
    ///
    /// - Returns: where it differs from what was held.
    mutating func insert(from start: Int, to end: Int, _ bytes: RawSpan, _ pages: inout StreamPages) -> Range<Int>? {
        var conflict: Range<Int>?
        var position = start
        highest = max(highest, end)
        while position < end {
            let number = Self.number(position)
            let origin = Self.start(number)
            let stop = min(end, origin &+ StreamPages.size)
            let page = page(number, &pages)
            let (fresh, differing) = pages.write(
                page, from: position &- origin, to: stop &- origin,
                bytes.clipped(from: position &- start, to: stop &- start))
            byteCount &+= fresh
            if let differing {
                conflict = (conflict?.lowerBound ?? origin &+ differing.lowerBound)..<(origin &+ differing.upperBound)
            }
            position = stop
        }
        return conflict
    }

    /// The page of the bytes at `next`, where the first page held has them.
    func front(_ next: Int) -> Int32? {
        guard let entry = entries.first, entry.number == Self.number(next) else { return nil }
        return entry.page
    }

    /// Forgets `count` bytes that were held up to `end`, at the front.
    mutating func take(_ count: Int, to end: Int, _ pages: inout StreamPages) {
        byteCount &-= count
        let (kind, stop) = pages.run(entries[0].page, at: Self.index(end &- 1) &+ 1)
        if kind == .missing && stop == StreamPages.size { pages.release(entries.removeFirst().page) }
    }

    /// The page of that number, found or added.
    private mutating func page(_ number: Int, _ pages: inout StreamPages) -> Int32 {
        var low = 0
        var high = entries.count
        // Mostly the last one, or the one after.
        if let last = entries.last, last.number <= number {
            if last.number == number { return last.page }
            low = high
        }
        while low < high {
            let middle = (low &+ high) / 2
            if entries[middle].number < number { low = middle &+ 1 } else { high = middle }
        }
        if low < entries.count, entries[low].number == number { return entries[low].page }
        let page = pages.take()
        entries.insert(Entry(number: number, page: page), at: low)
        return page
    }
}
