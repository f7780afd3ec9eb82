import PacketDecoding

/// The addresses and ports that SYNs went to, and which of them answered: in bounded memory, whoever scans what.
struct ListenerBook {
    /// What is known of an end.
    enum Standing: UInt8, Comparable {
        case none, asked, answered

        static func < (left: Standing, right: Standing) -> Bool { left.rawValue < right.rawValue }
    }

    /// Ends that there is memory for.
    var size: Int { entries.count }

    /// Ends remembered at most: 512 KiB of them.
    static let capacity = 65_536
    private static let bucket = 4

    /// Fingerprints in buckets of four; 0 is free. The lowest bit says that it answered.
    private var entries: [UInt64] = []
    private var count = 0
    /// A bit for each port at which anybody answered.
    private var answeredPorts: [UInt64] = []
    /// How often something new was noted: what was judged before may look different.
    private(set) var changes: UInt32 = 0
    /// The latest: a flood has one port, or many.
    private var latest: UInt64 = 0

    /// - Parameter fingerprint: of the address, the port and the version of IP.
    mutating func note(_ fingerprint: UInt64, port: UInt16, isAnswering: Bool) {
        let entry = fingerprint & ~1 | (isAnswering ? 1 : 0)
        guard entry != latest else { return }
        latest = entry
        insert(entry)
        guard isAnswering else { return }
        if answeredPorts.isEmpty { answeredPorts = [UInt64](repeating: 0, count: 1024) }
        answeredPorts[Int(port >> 6)] |= 1 << UInt64(port & 63)
    }

    func standing(_ fingerprint: UInt64) -> Standing {
        guard count > 0 else { return .none }
        let start = home(fingerprint)
        for index in start..<start &+ Self.bucket where entries[index] & ~1 == fingerprint & ~1 && entries[index] != 0 {
            return entries[index] & 1 == 0 ? .asked : .answered
        }
        return .none
    }

    /// Whether anybody answered at the port.
    func isAnswered(_ port: UInt16) -> Bool {
        !answeredPorts.isEmpty && answeredPorts[Int(port >> 6)] &>> UInt64(port & 63) & 1 != 0
    }

    private func home(_ fingerprint: UInt64) -> Int {
        Int(truncatingIfNeeded: fingerprint >> 8) & (entries.count &- 1) & ~(Self.bucket &- 1)
    }

    private mutating func insert(_ entry: UInt64) {
        if count &* 2 >= entries.count && entries.count < Self.capacity { grow() }
        let start = home(entry)
        var place = start &+ Int(truncatingIfNeeded: entry >> 2) & (Self.bucket &- 1)
        for index in start..<start &+ Self.bucket {
            if entries[index] & ~1 == entry & ~1 {
                guard entries[index] < entry else { return }
                changes &+= 1
                entries[index] = entry
                return
            }
            if entries[index] == 0 {
                count &+= 1
                place = index
                break
            }
            // One that answered is worth more than one that was asked.
            if entries[index] & 1 == 0 { place = index }
        }
        changes &+= 1
        entries[place] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = [UInt64](repeating: 0, count: max(64, old.count &* 2))
        count = 0
        for entry in old where entry != 0 { insert(entry) }
    }
}
