import PacketDecoding

/// A datagram that is being put together.
struct PartialDatagram: BitwiseCopyable {
    let key: FragmentKey
    /// When its first fragment came.
    let begun: Timestamp?
    /// The frame of that fragment.
    let firstFrame: Int
    /// Fragments that brought anything new.
    var fragmentCount: Int32 = 0
    /// Length of the whole payload in bytes; negative until the last fragment has told.
    var total: Int32 = -1
    /// The furthest end of any fragment, in bytes.
    var highestEnd: Int32 = 0
    /// Units received so far.
    var unitCount: Int32 = 0
    /// Its blocks of payload, in order; negative where it has none.
    var firstBlock: Int32 = -1
    /// The block looked for last, where looking for the next one begins.
    var recentBlock: Int32 = -1
    /// The block that holds the header of the fragment at offset 0; negative until that came.
    var headerBlock: Int32 = -1
    var headerLength: UInt16 = 0
    var nextHeaderOffset: UInt16 = 0
    var nextHeader: UInt8 = 0
    /// Fragments overlapped, and their bytes differed.
    var hasConflict = false
    /// Fragments overlapped, and were not the same fragment twice.
    var hasOverlap = false

    init(_ fragment: Fragment, _ frame: FrameHeader) {
        key = fragment.key
        begun = frame.timestamp
        firstFrame = frame.number
    }

    var isComplete: Bool { total >= 0 && Int(unitCount) == (Int(total) &+ 7) / 8 }
}

/// The bytes of partial datagrams, in one pool of blocks that never grows beyond its capacity.
///
/// A block covers 512 bytes of a datagram's payload, in 64 units of the eight bytes that fragments are cut at. Which
/// units came is a bit each, as in the reassembly procedure of RFC 791 section 3.2: there is no list of holes for
/// hostile fragments to make long.
struct FragmentBlocks {
    private struct Block: BitwiseCopyable {
        /// Units that came, and of those the ones whose bytes were captured.
        var received: UInt64 = 0
        var captured: UInt64 = 0
        /// Units that a fragment began with.
        var starts: UInt64 = 0
        /// The datagram's next block, or the pool's next free one; negative at the end.
        var next: Int32
        /// The block covers the units from 64 times this on.
        var number: Int32
    }

    private static var unitsPerBlock: Int { 64 }
    static var bytesPerBlock: Int { 512 }
    /// Memory that a block takes, in bytes.
    static var blockCost: Int { bytesPerBlock &+ MemoryLayout<Block>.stride }

    let capacity: Int
    private(set) var usedCount = 0
    private var blocks: [Block] = []
    /// The bytes of block n are the 64 words from 64 n on, in the order of the wire.
    private var words: [UInt64] = []
    private var firstFree: Int32 = -1

    init(capacity: Int) {
        self.capacity = capacity
        // Address space only: memory is taken as blocks are first used, and never moved.
        blocks.reserveCapacity(capacity)
        words.reserveCapacity(capacity &* Self.unitsPerBlock)
    }

    var availableCount: Int { capacity &- usedCount }

    /// Blocks that `fragment` may take at most, its header's included.
    static func cost(of fragment: Fragment) -> Int {
        (fragment.end &- 1) / bytesPerBlock &- fragment.offset / bytesPerBlock &+ 2
    }

    /// Keeps the header of the fragment at offset 0, for the whole datagram; the blocks must be available.
    mutating func keepHeader(_ header: RawSpan, of datagram: inout PartialDatagram) {
        let block = take(number: 0, next: -1)
        datagram.headerBlock = block
        datagram.headerLength = UInt16(truncatingIfNeeded: min(header.byteCount, Self.bytesPerBlock))
        var offset = 0
        while offset < Int(datagram.headerLength) {
            let count = min(8, Int(datagram.headerLength) &- offset)
            words[wordIndex(block, offset / 8)] = header.unit(at: offset, count: count)
            offset &+= 8
        }
    }

    /// Adds what `fragment` brings. Bytes that came before stay; of a unit that was not captured whole nothing is
    /// kept. The blocks must be available.
    ///
    /// - Parameter payload: what was captured of the fragment's payload.
    mutating func add(_ fragment: Fragment, _ payload: RawSpan, to datagram: inout PartialDatagram) {
        var offset = fragment.offset
        var fresh: Int32 = 0
        // A fragment that lies within what came, from the beginning of one that came on, up to the next's.
        var isRepetition = true
        while offset < fragment.end {
            let number = offset / Self.bytesPerBlock
            let block = Int(block(Int32(truncatingIfNeeded: number), of: &datagram))
            let blockEnd = min(fragment.end, (number &+ 1) &* Self.bytesPerBlock)
            let first = wordIndex(Int32(truncatingIfNeeded: block), 0)
            var (received, captured) = (blocks[block].received, blocks[block].captured)
            if offset == fragment.offset {
                let start = UInt64(1) &<< UInt64(offset / 8 % Self.unitsPerBlock)
                isRepetition = blocks[block].starts & start != 0
                blocks[block].starts |= start
            }
            unsafe words.withUnsafeMutableBufferPointer { words in
                // Nearly always all of them are new, and there.
                let firstUnit = offset / 8 % Self.unitsPerBlock
                let units = (blockEnd &- offset) / 8
                let bits = (units == 64 ? .max : UInt64(1) &<< UInt64(units) &- 1) &<< UInt64(firstUnit)
                if received & bits == 0 && blockEnd &- fragment.offset <= payload.byteCount {
                    for unit in 0..<units {
                        unsafe words[first &+ firstUnit &+ unit] = payload.unit(
                            at: offset &- fragment.offset &+ unit &* 8, count: 8)
                    }
                    received |= bits
                    captured |= bits
                    fresh &+= Int32(truncatingIfNeeded: units)
                    offset &+= units &* 8
                }
                while offset < blockEnd {
                    let unit = offset / 8 % Self.unitsPerBlock
                    let bit = UInt64(1) &<< UInt64(unit)
                    let count = min(8, fragment.end &- offset)
                    let start = offset &- fragment.offset
                    let bytes = start &+ count <= payload.byteCount ? payload.unit(at: start, count: count) : nil
                    if received & bit == 0 {
                        received |= bit
                        fresh &+= 1
                        if let bytes {
                            captured |= bit
                            unsafe words[first &+ unit] = bytes
                        }
                    } else if let bytes, captured & bit != 0, unsafe words[first &+ unit] != bytes {
                        datagram.hasConflict = true
                    }
                    offset &+= 8
                }
            }
            blocks[block].received = received
            blocks[block].captured = captured
        }
        datagram.unitCount &+= fresh
        if fresh > 0 { datagram.fragmentCount &+= 1 }
        let units = Int32(truncatingIfNeeded: (fragment.length &+ 7) / 8)
        guard fresh < units, !datagram.hasOverlap else { return }
        datagram.hasOverlap = !isRepetition || fresh > 0 || !isOne(fragment, in: datagram)
    }

    /// Whether what came from a fragment's first unit on, where one began, is one fragment of its length.
    private func isOne(_ fragment: Fragment, in datagram: PartialDatagram) -> Bool {
        let first = fragment.offset / 8
        // The unit behind it, too: there the next one begins, or nothing came yet.
        let behind = (fragment.end &+ 7) / 8
        var block = datagram.firstBlock
        while block >= 0 {
            let (entry, base) = (blocks[Int(block)], Int(blocks[Int(block)].number) &* Self.unitsPerBlock)
            guard base <= behind else { return true }
            let within = Self.bits(from: first &+ 1 &- base, to: behind &- base)
            if entry.starts & within != 0 { return false }
            let next = Self.bits(from: behind &- base, to: behind &- base &+ 1)
            if entry.received & next != 0 { return entry.starts & next != 0 }
            block = entry.next
        }
        return true
    }

    /// The bits from `first` up to `end`, as far as there are such.
    private static func bits(from first: Int, to end: Int) -> UInt64 {
        let (low, high) = (max(0, first), min(unitsPerBlock, end))
        guard low < high else { return 0 }
        let count = UInt64(high &- low)
        return (count == 64 ? .max : UInt64(1) &<< count &- 1) &<< UInt64(low)
    }

    /// Appends a complete datagram to `output`: its header as it was kept, and its payload up to the first byte that
    /// was not captured.
    func copy(_ datagram: PartialDatagram, to output: inout [UInt8]) {
        append(datagram.headerBlock, count: Int(datagram.headerLength), to: &output)
        var left = Int(datagram.total)
        var block = datagram.firstBlock
        while block >= 0, left > 0 {
            let units = (~blocks[Int(block)].captured).trailingZeroBitCount
            append(block, count: min(left, units &* 8), to: &output)
            guard units == Self.unitsPerBlock else { return }
            left &-= Self.bytesPerBlock
            block = blocks[Int(block)].next
        }
    }

    /// Takes back all blocks of a datagram.
    mutating func release(_ datagram: PartialDatagram) {
        release(chain: datagram.firstBlock)
        release(chain: datagram.headerBlock)
    }

    private func wordIndex(_ block: Int32, _ unit: Int) -> Int { Int(block) &* Self.unitsPerBlock &+ unit }

    private func append(_ block: Int32, count: Int, to output: inout [UInt8]) {
        guard block >= 0 else { return }
        let start = wordIndex(block, 0)
        unsafe words[start..<start &+ Self.unitsPerBlock].withUnsafeBytes { bytes in
            unsafe output.append(contentsOf: bytes.prefix(count))
        }
    }

    /// The datagram's block of that number, found or added where it belongs.
    private mutating func block(_ number: Int32, of datagram: inout PartialDatagram) -> Int32 {
        var previous: Int32 = -1
        var current = datagram.firstBlock
        let recent = datagram.recentBlock
        if recent >= 0, blocks[Int(recent)].number <= number { current = recent }
        while current >= 0, blocks[Int(current)].number < number {
            previous = current
            current = blocks[Int(current)].next
        }
        if current < 0 || blocks[Int(current)].number != number {
            current = take(number: number, next: current)
            if previous >= 0 { blocks[Int(previous)].next = current } else { datagram.firstBlock = current }
        }
        datagram.recentBlock = current
        return current
    }

    private mutating func take(number: Int32, next: Int32) -> Int32 {
        usedCount &+= 1
        let fresh = Block(next: next, number: number)
        guard firstFree < 0 else {
            let block = firstFree
            firstFree = blocks[Int(block)].next
            blocks[Int(block)] = fresh
            return block
        }
        blocks.append(fresh)
        words.append(contentsOf: repeatElement(0, count: Self.unitsPerBlock))
        return Int32(truncatingIfNeeded: blocks.count &- 1)
    }

    private mutating func release(chain first: Int32) {
        var block = first
        while block >= 0 {
            let next = blocks[Int(block)].next
            blocks[Int(block)].next = firstFree
            firstFree = block
            usedCount &-= 1
            block = next
        }
    }
}

extension RawSpan {
    /// Up to eight bytes from `offset` on, in the order of the wire, the rest zero.
    fileprivate func unit(at offset: Int, count: Int) -> UInt64 {
        if count == 8 { return uint64(at: offset).bigEndian }
        var value: UInt64 = 0
        for index in 0..<count { value = value &<< 8 | UInt64(byte(at: offset &+ index)) }
        return (value &<< UInt64((8 &- count) &* 8)).bigEndian
    }
}
