/// What is due when: a binary heap. What is due at the same time comes out in the order it went in.
struct DeadlineQueue<Element> {
    private struct Entry {
        let deadline: ContinuousClock.Instant
        /// Tells entries of one deadline apart.
        let serial: UInt64
        let element: Element

        static func < (a: Entry, b: Entry) -> Bool { (a.deadline, a.serial) < (b.deadline, b.serial) }
    }

    private var entries: [Entry] = []
    private var nextSerial: UInt64 = 0

    var count: Int { entries.count }

    /// The earliest deadline.
    var next: ContinuousClock.Instant? { entries.first?.deadline }

    mutating func insert(_ element: Element, at deadline: ContinuousClock.Instant) {
        entries.append(Entry(deadline: deadline, serial: nextSerial, element: element))
        nextSerial &+= 1
        var child = entries.count - 1
        while child > 0, entries[child] < entries[(child - 1) / 2] {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out what is out of date: in time that grows a little faster than the number of entries.
    mutating func removeAll(where isStale: (Element, ContinuousClock.Instant) -> Bool) {
        entries.removeAll { isStale($0.element, $0.deadline) }
        // What is sorted is a heap.
        entries.sort(by: <)
    }

    /// Takes out what comes first, if it is due.
    mutating func popDue(at now: ContinuousClock.Instant) -> Element? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while let child = [2 * parent + 1, 2 * parent + 2].filter({ $0 < entries.count })
            .min(by: { entries[$0] < entries[$1] }), entries[child] < entries[parent]
        {
            entries.swapAt(parent, child)
            parent = child
        }
        return first.element
    }
}
