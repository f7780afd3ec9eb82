/// An open-addressing hash index from 32-bit hashes to the slots of an array. Several slots may have the same hash: the
/// caller compares the keys, which the index does not know. It allocates for the first entry and when it grows, never when
/// an entry is replaced or removed.
struct SlotIndex {
    private struct Entry: BitwiseCopyable {
        var hash: UInt32
        /// Negative where the entry is free.
        var slot: Int32

        static let free = Entry(hash: 0, slot: -1)
    }

    /// A power of two, at most half of it used, so that every probe ends soon.
    private var entries = Self.noEntries
    private(set) var count = 0

    /// Of every index that nothing was noted in yet: most tables of a capture stay empty.
    private static let noEntries = [Entry](repeating: .free, count: 64)

    private var mask: Int { entries.count &- 1 }

    /// Where looking for `hash` begins: hand it to ``next(_:from:)``.
    func start(_ hash: UInt32) -> Int { Int(hash) & mask }

    /// The next slot noted under `hash`, or nil after the last.
    func next(_ hash: UInt32, from position: inout Int) -> Int? {
        while entries[position].slot >= 0 {
            let entry = entries[position]
            position = (position &+ 1) & mask
            if entry.hash == hash { return Int(entry.slot) }
        }
        return nil
    }

    mutating func insert(_ hash: UInt32, _ slot: Int) {
        if (count &+ 1) &* 2 > entries.count { grow() }
        place(Entry(hash: hash, slot: Int32(truncatingIfNeeded: slot)))
        count &+= 1
    }

    /// Leads from `old` to `new`; `old` must be there.
    mutating func replace(_ hash: UInt32, _ old: Int, with new: Int) {
        guard let position = position(of: hash, old) else { return }
        entries[position].slot = Int32(truncatingIfNeeded: new)
    }

    /// Forgets `slot`, if it is there.
    mutating func remove(_ hash: UInt32, _ slot: Int) {
        guard var hole = position(of: hash, slot) else { return }
        count &-= 1
        // Entries after the hole move back unless that would take them before their own start (Knuth 6.4 R).
        var position = (hole &+ 1) & mask
        while entries[position].slot >= 0 {
            let home = Int(entries[position].hash) & mask
            if (position &- home) & mask >= (position &- hole) & mask {
                entries[hole] = entries[position]
                hole = position
            }
            position = (position &+ 1) & mask
        }
        entries[hole] = .free
    }

    private func position(of hash: UInt32, _ slot: Int) -> Int? {
        var position = start(hash)
        while entries[position].slot >= 0 {
            if entries[position].slot == slot && entries[position].hash == hash { return position }
            position = (position &+ 1) & mask
        }
        return nil
    }

    private mutating func place(_ entry: Entry) {
        var position = start(entry.hash)
        while entries[position].slot >= 0 { position = (position &+ 1) & mask }
        entries[position] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: .free, count: old.count &* 2)
        for entry in old where entry.slot >= 0 { place(entry) }
    }
}
