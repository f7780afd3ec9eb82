import PacketDecoding

/// The datagrams that are being put together, by key, and in the order they began.
struct FragmentTable {
    /// The fragment that completed a datagram.
    private struct Completion: BitwiseCopyable, Equatable {
        var key: FragmentKey
        var offset, length: Int
    }

    /// Longest datagram with its header, or of IPv6 without the fixed part of that, in bytes: what the length field
    /// can tell.
    static var maximumLength: Int { Int(UInt16.max) }
    /// Memory that a datagram takes beside its blocks, in bytes: its state, its place in the queue, and in an index
    /// that is a quarter full at worst.
    static var datagramCost: Int { MemoryLayout<PartialDatagram>.stride &+ 12 &+ 4 &* 8 }
    private(set) var statistics = ReassemblyStatistics()
    private var datagrams: [PartialDatagram] = []
    private var queues = RecencyQueues()
    private var index = SlotIndex()
    private var blocks: FragmentBlocks
    private var lastCompletion: Completion?
    private var abandoned = AbandonedDatagrams()
    let memoryLimit: Int
    private let hasher: FlowHasher
    private let lifetime: Int64

    init(memoryLimit: Int, lifetime: Int64, seed: UInt64?) {
        // Every datagram has a block at least, so that there are never more of them.
        let capacity = max(FragmentBlocks.maximumBlocks, memoryLimit / (FragmentBlocks.blockCost &+ Self.datagramCost))
        blocks = FragmentBlocks(capacity: min(capacity, Int(Int32.max) / 64))
        datagrams.reserveCapacity(blocks.capacity)
        hasher = FlowHasher(seed: seed)
        self.memoryLimit = max(
            memoryLimit, FragmentBlocks.maximumBlocks &* (FragmentBlocks.blockCost &+ Self.datagramCost))
        self.lifetime = lifetime
    }

    /// Datagrams that wait for fragments.
    var count: Int { index.count }

    /// Bytes held.
    var memoryInUse: Int { blocks.usedCount &* FragmentBlocks.blockCost &+ count &* Self.datagramCost }

    /// Puts a fragment in its datagram. One that completes it is answered with the datagram, whose packet is then in
    /// `output`.
    mutating func add(_ packet: Packet, into output: inout [UInt8]) -> ReassembledDatagram? {
        guard let fragment = Fragment(of: packet) else { return nil }
        let frame = packet.frame.header
        expire(at: frame.timestamp)
        guard fragment.isSound, fragment.end &+ fragment.lengthBefore <= Self.maximumLength,
            fragment.headerLength <= FragmentBlocks.bytesPerBlock
        else { return refuse() }
        let hash = hasher.hash(fragment.key)
        makeRoom(for: fragment, captured: packet.frame.bytes.byteCount &- fragment.payloadOffset, hash)
        guard let slot = slot(for: fragment, hash, frame) else { return nil }
        guard accepts(fragment, in: datagrams[slot]) else { return refuse() }

        let bytes = packet.frame.bytes
        let payloadEnd = min(fragment.payloadOffset &+ fragment.length, bytes.byteCount)
        let hadConflict = datagrams[slot].hasConflict
        let hadOverlap = datagrams[slot].hasOverlap
        blocks.add(
            fragment, bytes.clipped(from: fragment.payloadOffset, to: payloadEnd), to: &datagrams[slot])
        datagrams[slot].highestEnd = max(datagrams[slot].highestEnd, Int32(truncatingIfNeeded: fragment.end))
        if fragment.isLast { datagrams[slot].total = Int32(truncatingIfNeeded: fragment.end) }
        if fragment.offset == 0 && datagrams[slot].headerBlock < 0 {
            let headerEnd = fragment.headerOffset &+ fragment.headerLength
            blocks.keepHeader(bytes.clipped(from: fragment.headerOffset, to: headerEnd), of: &datagrams[slot])
            datagrams[slot].nextHeaderOffset = UInt16(truncatingIfNeeded: fragment.nextHeaderOffset)
            datagrams[slot].nextHeader = fragment.nextHeader
        }
        if datagrams[slot].hasConflict && !hadConflict { statistics.conflicting &+= 1 }
        if datagrams[slot].hasOverlap && !hadOverlap && fragment.key.isIPv6 { statistics.overlapping &+= 1 }
        guard datagrams[slot].isComplete else { return nil }

        let datagram = datagrams[slot]
        output.removeAll(keepingCapacity: true)
        blocks.copy(datagram, to: &output)
        remove(slot, hash)
        lastCompletion = Completion(key: fragment.key, offset: fragment.offset, length: fragment.length)
        // The first fragment's header may be longer than those of the others.
        guard let whole = datagram.finish(&output, frame) else { return refuse() }
        statistics.completed &+= 1
        return whole
    }

    /// The datagram a fragment belongs to, which it may begin; nil for the repetition of a fragment that is no longer
    /// needed.
    private mutating func slot(for fragment: Fragment, _ hash: UInt32, _ frame: FrameHeader) -> Int? {
        if let known = slot(of: fragment.key, hash) {
            guard isExpired(known, at: frame.timestamp) else { return known }
            remove(known, hash)
            statistics.timedOut &+= 1
        } else if lastCompletion == Completion(key: fragment.key, offset: fragment.offset, length: fragment.length) {
            // Where every frame is captured twice, the second copy of the last fragment begins nothing.
            lastCompletion = nil
            return nil
        } else if !abandoned.isEmpty, let begun = abandoned[fragment.key], !isOver(begun, at: frame.timestamp) {
            return nil
        }
        let datagram = PartialDatagram(fragment, frame)
        let slot: Int
        if let free = queues.oldestDone {
            slot = free
            datagrams[slot] = datagram
            queues.touch(slot, isDone: false)
        } else {
            slot = datagrams.count
            datagrams.append(datagram)
            queues.append()
        }
        index.insert(hash, slot)
        return slot
    }

    private func slot(of key: FragmentKey, _ hash: UInt32) -> Int? {
        var position = index.start(hash)
        while let slot = index.next(hash, from: &position) {
            if datagrams[slot].key == key { return slot }
        }
        return nil
    }

    /// Whether a fragment agrees with what is known of the end.
    private func accepts(_ fragment: Fragment, in datagram: PartialDatagram) -> Bool {
        if datagram.total >= 0 {
            return fragment.isLast ? fragment.end == Int(datagram.total) : fragment.end <= Int(datagram.total)
        }
        return !fragment.isLast || fragment.end >= Int(datagram.highestEnd)
    }

    private mutating func refuse() -> ReassembledDatagram? {
        statistics.refusedFragments &+= 1
        return nil
    }

    private func isExpired(_ slot: Int, at now: Timestamp?) -> Bool {
        isOver(datagrams[slot].begun, at: now)
    }

    /// Whether the time of a datagram is over that began then.
    private func isOver(_ begun: Timestamp?, at now: Timestamp?) -> Bool {
        guard let now, let begun else { return false }
        return now.nanoseconds(since: begun) > lifetime
    }

    /// Gives up the datagrams whose time is over.
    private mutating func expire(at now: Timestamp?) {
        while let oldest = queues.oldestLive, isExpired(oldest, at: now) {
            remove(oldest, hasher.hash(datagrams[oldest].key))
            statistics.timedOut &+= 1
        }
    }

    /// Gives up the oldest datagrams until there is memory for one more fragment.
    ///
    /// - Parameter captured: bytes captured of its payload.
    private mutating func makeRoom(for fragment: Fragment, captured: Int, _ hash: UInt32) {
        guard blocks.availableCount < FragmentBlocks.maximumBlocks else { return }
        let known = slot(of: fragment.key, hash).map { datagrams[$0] }
        let needed = FragmentBlocks.cost(of: fragment, captured: captured, in: known)
        while blocks.availableCount < needed, let oldest = queues.oldestLive {
            abandoned.insert(datagrams[oldest].key, begun: datagrams[oldest].begun)
            remove(oldest, hasher.hash(datagrams[oldest].key))
            statistics.evicted &+= 1
        }
    }

    private mutating func remove(_ slot: Int, _ hash: UInt32) {
        index.remove(hash, slot)
        blocks.release(datagrams[slot])
        queues.touch(slot, isDone: true)
    }
}

/// Datagrams that were given up for memory, as many as fit: what comes of them later begins none anew.
private struct AbandonedDatagrams {
    /// When each began, in two generations: the older one is forgotten when the newer one is full.
    private var newer: [Int: Timestamp?] = [:]
    private var older: [Int: Timestamp?] = [:]

    private static var generationCount: Int { 8192 }

    var isEmpty: Bool { newer.isEmpty }

    /// When a datagram that was given up began; nil for all others.
    subscript(key: FragmentKey) -> Timestamp?? { newer[key.hashValue] ?? older[key.hashValue] }

    /// A hash stands for the key: it is keyed by a secret of the process's.
    mutating func insert(_ key: FragmentKey, begun: Timestamp?) {
        if newer.count >= Self.generationCount {
            older = newer
            newer = [:]
        }
        newer[key.hashValue] = .some(begun)
    }
}

extension FragmentKey {
    var isIPv6: Bool {
        switch source {
        case .v4: false
        case .v6: true
        }
    }
}

extension Fragment {
    /// What counts towards ``FragmentTable/maximumLength`` before the payload.
    fileprivate var lengthBefore: Int {
        switch key.source {
        case .v4: headerLength
        case .v6: headerLength &- IPv6Header.size
        }
    }
}

extension PartialDatagram {
    /// Makes the packet in `output` the one that was fragmented: clears what said it was a fragment, and corrects its
    /// length and checksum. Nil where the length does not fit its field.
    fileprivate func finish(_ output: inout [UInt8], _ frame: FrameHeader) -> ReassembledDatagram? {
        var header = frame
        header.wireLength = Int(headerLength) &+ Int(total)
        header.network = key.network.rawValue
        switch key.source {
        case .v4:
            header.linkType = .ipv4
            guard header.wireLength <= FragmentTable.maximumLength else { return nil }
            output.store(UInt16(truncatingIfNeeded: header.wireLength), at: 2)
            // Of the flags, "don't fragment" and the reserved one stay.
            output[6] &= 0xc0
            output[7] = 0
            output.store(0, at: 10)
            var sum = InternetChecksum()
            unsafe sum.add(output.span.bytes.clipped(from: 0, to: Int(headerLength)))
            output.store(sum.complement, at: 10)
        case .v6:
            header.linkType = .ipv6
            let length = header.wireLength &- IPv6Header.size
            guard length <= FragmentTable.maximumLength else { return nil }
            output.store(UInt16(truncatingIfNeeded: length), at: 4)
            output[Int(nextHeaderOffset)] = nextHeader
        }
        return ReassembledDatagram(
            header: header, headerLength: Int(headerLength), payloadLength: Int(total),
            fragmentCount: Int(fragmentCount), firstFrame: firstFrame, hasConflict: hasConflict,
            hasOverlap: hasOverlap && key.isIPv6)
    }
}

extension [UInt8] {
    /// Writes a number in network order.
    fileprivate mutating func store(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset &+ 1] = UInt8(truncatingIfNeeded: value)
    }
}
