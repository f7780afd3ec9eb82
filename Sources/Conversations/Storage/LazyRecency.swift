/// The slots of a table in the order they were last used, as in ``RecencyQueues``. Until somebody asks for the oldest
/// that is no more than a number per slot.
struct LazyRecency {
    /// When each slot was used last, twice, and one more where it is done.
    private var stamps = ChunkedArray<Int>()
    private var clock = 0
    /// Once the order counts.
    private var queues: RecencyQueues?

    /// Adds the slot after the last.
    mutating func append() {
        guard queues == nil else { queues?.append(); return }
        clock &+= 2
        stamps.append(clock)
    }

    /// Notes that `slot` was used just now.
    mutating func touch(_ slot: Int, isDone: Bool) {
        guard queues == nil else { queues?.touch(slot, isDone: isDone); return }
        clock &+= 2
        stamps[slot] = isDone ? clock | 1 : clock
    }

    /// The slot to give up: of those that are done the longest unused, else of all.
    var oldest: Int? {
        mutating get {
            if queues == nil { order() }
            return queues?.oldest
        }
    }

    private mutating func order() {
        var ordered = RecencyQueues()
        for _ in stamps.indices { ordered.append() }
        for slot in stamps.indices.sorted(by: { stamps[$0] < stamps[$1] }) {
            ordered.touch(slot, isDone: stamps[slot] & 1 != 0)
        }
        queues = ordered
        stamps = ChunkedArray()
    }
}
