/// The slots of a table in the order they were last used: those that may go first in one queue, the rest in
/// another.
struct RecencyQueues {
    private struct Link: BitwiseCopyable {
        var older: Int32 = -1
        var newer: Int32 = -1
        var isDone = false
    }

    private struct Ends: BitwiseCopyable {
        var oldest: Int32 = -1
        var newest: Int32 = -1
    }

    private var links: [Link] = []
    private var live = Ends()
    private var done = Ends()

    /// The slot to give up: of those that are done the longest unused, else of all.
    var oldest: Int? { oldestDone ?? oldestLive }
    /// The longest unused of those that are done.
    var oldestDone: Int? { done.oldest >= 0 ? Int(done.oldest) : nil }
    /// The longest unused of those that are not.
    var oldestLive: Int? { live.oldest >= 0 ? Int(live.oldest) : nil }

    /// Adds the slot after the last.
    mutating func append() {
        links.append(Link())
        push(Int32(truncatingIfNeeded: links.count &- 1), isDone: false)
    }

    /// Notes that `slot` was used just now.
    mutating func touch(_ slot: Int, isDone: Bool) {
        let index = Int32(truncatingIfNeeded: slot)
        if links[slot].isDone == isDone && links[slot].newer < 0 { return }
        unlink(index)
        push(index, isDone: isDone)
    }

    private mutating func unlink(_ index: Int32) {
        let link = links[Int(index)]
        var ends = link.isDone ? done : live
        if link.older >= 0 { links[Int(link.older)].newer = link.newer } else { ends.oldest = link.newer }
        if link.newer >= 0 { links[Int(link.newer)].older = link.older } else { ends.newest = link.older }
        if link.isDone { done = ends } else { live = ends }
    }

    private mutating func push(_ index: Int32, isDone: Bool) {
        var ends = isDone ? done : live
        links[Int(index)] = Link(older: ends.newest, newer: -1, isDone: isDone)
        if ends.newest >= 0 { links[Int(ends.newest)].newer = index } else { ends.oldest = index }
        ends.newest = index
        if isDone { done = ends } else { live = ends }
    }
}
