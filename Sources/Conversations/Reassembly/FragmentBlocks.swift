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
    /// Blocks of payload that it takes.
    var blockCount: Int32 = 0
    /// The block that holds the header of the fragment at offset 0; negative until that came.
    var headerBlock: Int32 = -1
    var headerLength: UInt16 = 0
    var nextHeaderOffset: UInt16 = 0
    var nextHeader: UInt8 = 0
    /// Fragments overlapped, and their bytes differed.
    var hasConflict = false
    /// Fragments overlapped, and were not the same fragment twice.
    var hasOverlap = false
    /// One of its blocks covers more than 512 bytes.
    var hasWideBlock = false

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
///
/// Where fragments say that they are long but were captured short, one wide block covers all that is missing between
/// their first and last 512 bytes: time and memory are those of the bytes captured.
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
        var number: UInt16
        /// How many times 64 units it covers. Of a block that covers more than 64 all came and none was captured, and
        /// none of them began a fragment.
        var width: UInt16 = 1

        /// The number of the block behind it.
        var end: UInt16 { number &+ width }
    }

    private static var unitsPerBlock: Int { 64 }
    static var bytesPerBlock: Int { 512 }
    /// Of the longest datagram, its header's included.
    static var maximumBlocks: Int { 130 }
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
    ///
    /// - Parameters:
    ///   - captured: bytes captured of its payload.
    ///   - datagram: what it belongs to; nil where that is not known.
    static func cost(of fragment: Fragment, captured: Int, in datagram: PartialDatagram?) -> Int {
        let first = fragment.offset / bytesPerBlock
        let all = (fragment.end &- 1) / bytesPerBlock &- first &+ 2
        // A wide block within which a fragment begins becomes three.
        let most = datagram?.hasWideBlock == true ? all &+ 2 : all
        guard let datagram else { return min(all, shortCost(fragment, captured)) }
        // What was not captured may fill the space before each block, and behind the last.
        let short = shortCost(fragment, captured) &+ 2 &+ Int(datagram.blockCount)
        // No two cover the same, so that a datagram never has more than those of the longest.
        return min(most, short, maximumBlocks &- Int(datagram.blockCount))
    }

    /// Blocks for what was captured, for the rest, for its end, and for the header.
    private static func shortCost(_ fragment: Fragment, _ captured: Int) -> Int {
        let capturedEnd = fragment.offset &+ max(1, min(captured, fragment.length))
        return (capturedEnd &- 1) / bytesPerBlock &- fragment.offset / bytesPerBlock &+ 4
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
        // Where the units end that were captured whole.
        let capturedEnd =
            payload.byteCount >= fragment.length ? fragment.end : offset &+ payload.byteCount & ~7
        while offset < fragment.end {
            let number = UInt16(truncatingIfNeeded: offset / Self.bytesPerBlock)
            let isFirst = offset == fragment.offset
            if !isFirst, offset >= capturedEnd, let end = skip(number, of: fragment, in: &datagram, &fresh) {
                offset = end
                continue
            }
            let block = Int(block(number, of: &datagram))
            let blockEnd = min(fragment.end, (Int(number) &+ 1) &* Self.bytesPerBlock)
            if isFirst {
                let start = UInt64(1) &<< UInt64(offset / 8 % Self.unitsPerBlock)
                isRepetition = blocks[block].starts & start != 0
                blocks[block].starts |= start
            }
            let copied = min(blockEnd, max(offset, capturedEnd))
            copy(payload, of: fragment, from: offset, to: copied, into: block, &datagram, &fresh)
            // What was not captured has come all the same.
            let (first, end) = (offset / 8 % Self.unitsPerBlock, (blockEnd &- 1) / 8 % Self.unitsPerBlock &+ 1)
            let new = Self.bits(from: first, to: end) & ~blocks[block].received
            blocks[block].received |= new
            fresh &+= Int32(truncatingIfNeeded: new.nonzeroBitCount)
            offset = blockEnd
        }
        datagram.unitCount &+= fresh
        if fresh > 0 { datagram.fragmentCount &+= 1 }
        let units = Int32(truncatingIfNeeded: (fragment.length &+ 7) / 8)
        guard fresh < units, !datagram.hasOverlap else { return }
        datagram.hasOverlap = !isRepetition || fresh > 0 || !isOne(fragment, in: datagram)
    }

    /// Adds units of one block that were captured whole, and compares those that came before.
    private mutating func copy(
        _ payload: RawSpan, of fragment: Fragment, from start: Int, to end: Int, into block: Int,
        _ datagram: inout PartialDatagram, _ fresh: inout Int32
    ) {
        guard start < end else { return }
        let first = wordIndex(Int32(truncatingIfNeeded: block), 0)
        var (received, captured) = (blocks[block].received, blocks[block].captured)
        var offset = start
        unsafe words.withUnsafeMutableBufferPointer { words in
            // Nearly always all of them are new.
            let firstUnit = offset / 8 % Self.unitsPerBlock
            let units = (end &- offset) / 8
            let bits = Self.bits(from: firstUnit, to: firstUnit &+ units)
            if received & bits == 0 {
                for unit in 0..<units {
                    unsafe words[first &+ firstUnit &+ unit] = payload.unit(
                        at: offset &- fragment.offset &+ unit &* 8, count: 8)
                }
                received |= bits
                captured |= bits
                fresh &+= Int32(truncatingIfNeeded: units)
                offset &+= units &* 8
            }
            while offset < end {
                let unit = offset / 8 % Self.unitsPerBlock
                let bit = UInt64(1) &<< UInt64(unit)
                let bytes = payload.unit(at: offset &- fragment.offset, count: min(8, end &- offset))
                if received & bit == 0 {
                    received |= bit
                    fresh &+= 1
                    captured |= bit
                    unsafe words[first &+ unit] = bytes
                } else if captured & bit != 0, unsafe words[first &+ unit] != bytes {
                    datagram.hasConflict = true
                }
                offset &+= 8
            }
        }
        blocks[block].received = received
        blocks[block].captured = captured
    }

    /// Takes what was not captured of a fragment from block `number` on, as far as nothing of it is there or one wide
    /// block has it.
    ///
    /// - Returns: where it goes on; nil where the block has to be looked at by itself.
    private mutating func skip(
        _ number: UInt16, of fragment: Fragment, in datagram: inout PartialDatagram, _ fresh: inout Int32
    ) -> Int? {
        let (previous, current) = place(number, in: datagram)
        if current >= 0, blocks[Int(current)].number <= number {
            guard blocks[Int(current)].width > 1 else { return nil }
            datagram.recentBlock = current
            return min(fragment.end, Int(blocks[Int(current)].end) &* Self.bytesPerBlock)
        }
        // The last block is by itself unless it is full.
        let whole = UInt16(truncatingIfNeeded: fragment.end / Self.bytesPerBlock)
        let end = current >= 0 ? min(whole, blocks[Int(current)].number) : whole
        guard end > number &+ 1 else { return nil }
        let wide = take(number: number, width: end &- number, next: current)
        link(wide, behind: previous, in: &datagram)
        datagram.hasWideBlock = true
        blocks[Int(wide)].received = .max
        fresh &+= Int32(end &- number) &* Int32(truncatingIfNeeded: Self.unitsPerBlock)
        return Int(end) &* Self.bytesPerBlock
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
            if entry.width > 1 {
                if behind < Int(entry.end) &* Self.unitsPerBlock { return false }
                block = entry.next
                continue
            }
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
    private mutating func block(_ number: UInt16, of datagram: inout PartialDatagram) -> Int32 {
        var (previous, current) = place(number, in: datagram)
        if current < 0 || blocks[Int(current)].number > number {
            current = take(number: number, next: current)
            link(current, behind: previous, in: &datagram)
        } else if blocks[Int(current)].width > 1 {
            current = narrow(current, to: number, in: &datagram)
        }
        datagram.recentBlock = current
        return current
    }

    /// The first block that ends behind `number`, and the one before it; negative where there is none. Where the one
    /// before it is not known, that is because the first has the number.
    private func place(_ number: UInt16, in datagram: PartialDatagram) -> (previous: Int32, current: Int32) {
        var previous: Int32 = -1
        var current = datagram.firstBlock
        let recent = datagram.recentBlock
        if recent >= 0, blocks[Int(recent)].number <= number { current = recent }
        while current >= 0, blocks[Int(current)].end <= number {
            previous = current
            current = blocks[Int(current)].next
        }
        return (previous, current)
    }

    /// Puts a block that was taken in its place.
    private mutating func link(_ block: Int32, behind previous: Int32, in datagram: inout PartialDatagram) {
        if previous >= 0 { blocks[Int(previous)].next = block } else { datagram.firstBlock = block }
        datagram.recentBlock = block
        datagram.blockCount &+= 1
    }

    /// Makes the part of a wide block that has `number` a block by itself.
    private mutating func narrow(
        _ wide: Int32, to number: UInt16, in datagram: inout PartialDatagram
    ) -> Int32 {
        let (first, end) = (blocks[Int(wide)].number, blocks[Int(wide)].end)
        if number &+ 1 < end {
            let rest = take(number: number &+ 1, width: end &- number &- 1, next: blocks[Int(wide)].next)
            blocks[Int(rest)].received = .max
            blocks[Int(wide)].next = rest
            datagram.blockCount &+= 1
        }
        guard first < number else {
            blocks[Int(wide)].width = 1
            return wide
        }
        let block = take(number: number, next: blocks[Int(wide)].next)
        blocks[Int(block)].received = .max
        blocks[Int(wide)].next = block
        blocks[Int(wide)].width = number &- first
        datagram.blockCount &+= 1
        return block
    }

    private mutating func take(number: UInt16, width: UInt16 = 1, next: Int32) -> Int32 {
        usedCount &+= 1
        let fresh = Block(next: next, number: number, width: width)
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
