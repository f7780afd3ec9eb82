import PacketDecoding

/// What one side of a conversation has sent that can't be handed on yet: pages in the order of their numbers, and a gap
/// that has not been told because it may go on.
///
/// A page number is a byte's relative sequence number divided by the size of a page. Pages lie in blocks, so that finding
/// one, and making room for one, takes a bounded time however many there are.
struct HeldSegments {
    private struct Entry: BitwiseCopyable {
        var number: Int
        var page: Int32
    }

    /// Bytes that are missing and have not been told yet.
    struct Gap: BitwiseCopyable {
        var length = 0
        var reason = StreamGapReason.notCaptured
        /// The number after the last.
        var end = 0
        /// With which it was known.
        var frame = 0
        var timestamp: Timestamp?
    }

    private static var blockSize: Int { 256 }
    /// What lies further from the first byte that is missing can't be in any window (RFC 7323 section 2.3).
    static var maximumReach: Int { 1 << 30 }

    /// None is empty.
    private var blocks: [[Entry]] = []
    /// Bytes held, those that were not captured included.
    private(set) var byteCount = 0
    /// Where the first of them is; out of reach where there is none.
    private(set) var first = Int.max
    /// Where the furthest of them end.
    private(set) var highest = Int.min
    var gap = Gap()
    /// Whose they are.
    var owner = 0
    /// Neighbours in the order of the oldest hole; negative at the ends.
    var older: Int32 = -1
    var newer: Int32 = -1

    /// Forgets everything, but keeps a little memory for whoever holds something next.
    mutating func reset() {
        blocks.removeAll(keepingCapacity: blocks.capacity <= 8)
        byteCount = 0
        first = .max
        highest = .min
        gap = Gap()
        owner = 0
        older = -1
        newer = -1
    }

    var isEmpty: Bool { byteCount == 0 }

    private static func number(_ offset: Int) -> Int { offset >> StreamPages.size.trailingZeroBitCount }
    private static func start(_ number: Int) -> Int { number << StreamPages.size.trailingZeroBitCount }
    private static func index(_ offset: Int) -> Int { offset & (StreamPages.size &- 1) }

    /// Pages that bytes from `start` up to `end` lie in.
    static func pages(from start: Int, to end: Int) -> Int { number(end &- 1) &- number(start) &+ 1 }

    /// Adds the segment from `start` up to `end`; the pages must be there.
    ///
    /// - Returns: how many bytes had not come before, and where captured ones differ from those that had.
    mutating func insert(
        from start: Int, to end: Int, _ bytes: RawSpan, _ pages: inout StreamPages
    ) -> (fresh: Int, conflict: Range<Int>?) {
        var conflict: Range<Int>?
        var fresh = 0
        var position = start
        first = min(first, start)
        highest = max(highest, end)
        while position < end {
            let number = Self.number(position)
            let origin = Self.start(number)
            let stop = min(end, origin &+ StreamPages.size)
            let page = page(number, &pages)
            pages.fetch(page)
            let (count, differing) = pages.write(
                page, from: position &- origin, to: stop &- origin,
                bytes.clipped(from: position &- start, to: stop &- start))
            fresh &+= count
            if let differing {
                conflict = (conflict?.lowerBound ?? origin &+ differing.lowerBound)..<(origin &+ differing.upperBound)
            }
            position = stop
        }
        byteCount &+= fresh
        return (fresh, conflict)
    }

    /// The page of the bytes at `next`, where the first page held has them. It lies in memory then.
    func front(_ next: Int, _ pages: inout StreamPages) -> Int32? {
        guard let entry = blocks.first?.first, entry.number == Self.number(next) else { return nil }
        pages.fetch(entry.page)
        return entry.page
    }

    /// Forgets `count` bytes that were held up to `end`, at the front.
    mutating func take(_ count: Int, to end: Int, _ pages: inout StreamPages) {
        byteCount &-= count
        let page = blocks[0][0].page
        let offset = Self.index(end &- 1) &+ 1
        let (kind, stop) = pages.run(page, at: offset)
        if kind != .missing {
            first = end
        } else if stop < StreamPages.size {
            first = end &- offset &+ stop
        } else {
            dropFront(&pages)
            findFirst(&pages)
        }
    }

    /// Finds what comes first once a page is gone. One that could not be read again holds nothing.
    mutating func findFirst(_ pages: inout StreamPages) {
        while let entry = blocks.first?.first {
            pages.fetch(entry.page)
            let (kind, end) = pages.run(entry.page, at: 0)
            if kind != .missing { return first = Self.start(entry.number) }
            if end < StreamPages.size { return first = Self.start(entry.number) &+ end }
            dropFront(&pages)
        }
        first = .max
        byteCount = 0
    }

    private mutating func dropFront(_ pages: inout StreamPages) {
        pages.release(blocks[0].removeFirst().page)
        if blocks[0].isEmpty { blocks.removeFirst() }
    }

    /// Gives everything held back.
    mutating func removeAll(_ pages: inout StreamPages) {
        for block in blocks { for entry in block { pages.release(entry.page) } }
        blocks.removeAll()
        byteCount = 0
        first = .max
        gap = Gap()
    }

    /// The page of that number, found or added.
    private mutating func page(_ number: Int, _ pages: inout StreamPages) -> Int32 {
        let block = max(0, Self.upperBound(blocks.count) { blocks[$0][0].number > number } &- 1)
        guard block < blocks.count else {
            let page = pages.take()
            blocks.append([Entry(number: number, page: page)])
            return page
        }
        let index = Self.upperBound(blocks[block].count) { blocks[block][$0].number > number }
        if index > 0, blocks[block][index &- 1].number == number { return blocks[block][index &- 1].page }
        let page = pages.take()
        let entry = Entry(number: number, page: page)
        if blocks[block].count < Self.blockSize {
            blocks[block].insert(entry, at: index)
        } else if index == Self.blockSize {
            // Mostly what comes lies behind everything else.
            blocks.insert([entry], at: block &+ 1)
        } else {
            let middle = Self.blockSize / 2
            let upper = Array(blocks[block][middle...])
            blocks[block].removeSubrange(middle...)
            blocks.insert(upper, at: block &+ 1)
            if index <= middle {
                blocks[block].insert(entry, at: index)
            } else {
                blocks[block &+ 1].insert(entry, at: index &- middle)
            }
        }
        return page
    }

    /// How many of `count` are not behind, in their order.
    private static func upperBound(_ count: Int, _ isBehind: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        // Mostly all of them.
        if count > 0, !isBehind(count &- 1) { return count }
        while low < high {
            let middle = (low &+ high) / 2
            if isBehind(middle) { high = middle } else { low = middle &+ 1 }
        }
        return low
    }
}
