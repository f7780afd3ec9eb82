/// Maps a transport and a conversation's number to its slot in a table. Numbers count up: until the first conversation is
/// evicted, the number is an index into a list of four bytes each. After that numbers are found by hash, and the caller
/// checks whether the slot has the number.
struct NumberIndex {
    private var tcp = ChunkedArray<Int32>()
    private var udp = ChunkedArray<Int32>()
    private var index = SlotIndex()
    /// Whether none was given up, so that the lists hold all.
    private(set) var isComplete = true

    /// Adds the next number of a transport.
    mutating func append(_ transport: Transport, _ number: Int, _ slot: Int) {
        let entry = Int32(truncatingIfNeeded: slot)
        switch transport {
        case _ where !isComplete: index.insert(Self.hash(transport, number), slot)
        case .tcp: tcp.append(entry)
        case .udp: udp.append(entry)
        }
    }

    /// The slot of a number for which `matches` holds, of those that may be its.
    func slot(_ transport: Transport, _ number: Int, where matches: (Int) -> Bool) -> Int? {
        if isComplete { return number >= 0 && number < count(transport) ? listed(transport, number) : nil }
        let hash = Self.hash(transport, number)
        var position = index.start(hash)
        while let slot = index.next(hash, from: &position) {
            if matches(slot) { return slot }
        }
        return nil
    }

    /// Numbers of a transport, while they are complete.
    func count(_ transport: Transport) -> Int { transport == .tcp ? tcp.count : udp.count }

    /// The slot of a number, while they are complete.
    func listed(_ transport: Transport, _ number: Int) -> Int {
        Int(transport == .tcp ? tcp[number] : udp[number])
    }

    mutating func remove(_ transport: Transport, _ number: Int, _ slot: Int) {
        if isComplete {
            isComplete = false
            for number in tcp.indices { index.insert(Self.hash(.tcp, number), Int(tcp[number])) }
            for number in udp.indices { index.insert(Self.hash(.udp, number), Int(udp[number])) }
            tcp = ChunkedArray()
            udp = ChunkedArray()
        }
        index.remove(Self.hash(transport, number), slot)
    }

    /// Numbers count up, so that spreading them evenly is all there is to do.
    private static func hash(_ transport: Transport, _ number: Int) -> UInt32 {
        (UInt32(truncatingIfNeeded: number) &* 2 &+ UInt32(transport.rawValue)) &* 0x9e37_79b1
    }
}
