import PacketDecoding

/// Bytes of streams that wait for others, in one pool of pages that never grows beyond its capacity.
///
/// A page covers 2,048 bytes of a stream. Of each byte a bit says whether it was on the wire, and another whether it
/// was captured: segments as short as a byte, however many, take no more than the pages they lie in.
@safe struct StreamPages: ~Copyable {
    /// A run of bytes that have the same state.
    enum Run {
        case missing, captured
        /// On the wire, but cut off by the snapshot length.
        case snapped
    }

    /// Bytes of a stream that a page covers.
    static var size: Int { 2048 }
    private static var words: Int { size / 64 }
    /// Memory a page takes, in bytes.
    static var cost: Int { size &+ 16 &* words }

    let capacity: Int
    private(set) var usedCount = 0
    /// Pages that have ever been used.
    private var touchedCount = 0
    /// Free pages are chained by their first four bytes; negative at the end.
    private var firstFree: Int32 = -1
    // Holds `capacity` pages once the first is taken, of which the system lends memory as they are first used: the
    // bytes, then a bit of each that was on the wire, then a bit of each that was captured.
    private var base: UnsafeMutableRawPointer?

    init(capacity: Int) { self.capacity = min(max(1, capacity), Int(Int32.max)) }

    deinit { unsafe base?.deallocate() }

    var availableCount: Int { capacity &- usedCount }

    /// A page of which nothing has come; one must be available.
    mutating func take() -> Int32 {
        precondition(usedCount < capacity)
        if unsafe base == nil {
            unsafe base = .allocate(byteCount: capacity &* Self.cost, alignment: 16)
        }
        usedCount &+= 1
        let page: Int32
        if firstFree >= 0 {
            page = firstFree
            firstFree = unsafe start(page).load(as: Int32.self)
        } else {
            page = Int32(truncatingIfNeeded: touchedCount)
            touchedCount &+= 1
        }
        unsafe (start(page) + Self.size).initializeMemory(as: UInt8.self, repeating: 0, count: 16 &* Self.words)
        return page
    }

    mutating func release(_ page: Int32) {
        unsafe start(page).storeBytes(of: firstFree, as: Int32.self)
        firstFree = page
        usedCount &-= 1
    }

    /// Adds bytes `from` up to `to` of a page. What came before stays.
    ///
    /// - Parameter bytes: what was captured of them, from the first on.
    /// - Returns: how many had not come before, and where captured bytes differ from those that had.
    mutating func write(_ page: Int32, from: Int, to: Int, _ bytes: RawSpan) -> (fresh: Int, conflict: Range<Int>?) {
        let capturedEnd = min(to, from &+ bytes.byteCount)
        var fresh = 0
        var conflict: Range<Int>?
        var position = from
        while position < to {
            let isHeld = bit(page, .received, position)
            let end = endOfRun(page, .received, from: position, to: to)
            if isHeld {
                compare(page, position, min(end, capturedEnd), bytes, from, &conflict)
            } else {
                fresh &+= end &- position
                copy(page, position, min(end, capturedEnd), bytes, from)
                set(page, .received, from: position, to: end)
            }
            position = end
        }
        return (fresh, conflict)
    }

    /// What there is at `offset` of a page, and where the run of bytes of that kind ends.
    func run(_ page: Int32, at offset: Int) -> (kind: Run, end: Int) {
        guard offset < Self.size else { return (.missing, Self.size) }
        let end = endOfRun(page, .received, from: offset, to: Self.size)
        guard bit(page, .received, offset) else { return (.missing, end) }
        let captured = bit(page, .captured, offset)
        return (captured ? .captured : .snapped, endOfRun(page, .captured, from: offset, to: end))
    }

    /// Bytes of a page, which must have been captured.
    @_lifetime(borrow self)
    func bytes(_ page: Int32, _ range: Range<Int>) -> RawSpan {
        let span = unsafe RawSpan(
            _unsafeStart: UnsafeRawPointer(start(page) + range.lowerBound), byteCount: range.count)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Where captured bytes of a page differ from those of `segment`, which begins at `origin` of the page.
    func difference(_ page: Int32, _ range: Range<Int>, _ segment: RawSpan, from origin: Int) -> Range<Int>? {
        let lower = max(range.lowerBound, origin)
        let upper = min(range.upperBound, origin &+ segment.byteCount)
        guard lower < upper else { return nil }
        let mine = bytes(page, lower..<upper)
        let same = mine.matches(segment.extracting((lower &- origin)..<(upper &- origin)))
        return same ? nil : lower..<upper
    }
}

extension StreamPages {
    private enum Bits: Int {
        case received = 0
        case captured = 1
    }

    private func start(_ page: Int32) -> UnsafeMutableRawPointer {
        guard let base = unsafe base else { preconditionFailure("no page was taken") }
        return unsafe base + Int(page) &* Self.cost
    }

    private func word(_ page: Int32, _ bits: Bits, _ index: Int) -> UInt64 {
        unsafe start(page).load(
            fromByteOffset: Self.size &+ (bits.rawValue &* Self.words &+ index) &* 8, as: UInt64.self)
    }

    private func bit(_ page: Int32, _ bits: Bits, _ offset: Int) -> Bool {
        word(page, bits, offset >> 6) &>> UInt64(offset & 63) & 1 != 0
    }

    private mutating func set(_ page: Int32, _ bits: Bits, from: Int, to: Int) {
        var position = from
        while position < to {
            let index = position >> 6
            let end = min(to, (index &+ 1) << 6)
            let count = end &- position
            let mask = count == 64 ? UInt64.max : ((1 &<< UInt64(count)) &- 1) &<< UInt64(position & 63)
            unsafe start(page).storeBytes(
                of: word(page, bits, index) | mask,
                toByteOffset: Self.size &+ (bits.rawValue &* Self.words &+ index) &* 8, as: UInt64.self)
            position = end
        }
    }

    /// Where the run of equal bits that `from` is in ends, at `to` at the latest.
    private func endOfRun(_ page: Int32, _ bits: Bits, from: Int, to: Int) -> Int {
        let inverts = bit(page, bits, from)
        var position = from
        while position < to {
            let index = position >> 6
            let word = inverts ? ~word(page, bits, index) : word(page, bits, index)
            let rest = word &>> UInt64(position & 63)
            if rest != 0 { return min(to, position &+ rest.trailingZeroBitCount) }
            position = (index &+ 1) << 6
        }
        return to
    }

    private mutating func copy(_ page: Int32, _ from: Int, _ to: Int, _ bytes: RawSpan, _ origin: Int) {
        guard from < to else { return }
        unsafe bytes.extracting((from &- origin)..<(to &- origin)).withUnsafeBytes { source in
            guard let address = source.baseAddress else { return }
            unsafe (start(page) + from).copyMemory(from: address, byteCount: to &- from)
        }
        set(page, .captured, from: from, to: to)
    }

    /// Compares bytes that have come before; takes those that had not been captured then.
    private mutating func compare(
        _ page: Int32, _ from: Int, _ to: Int, _ bytes: RawSpan, _ origin: Int, _ conflict: inout Range<Int>?
    ) {
        var position = from
        while position < to {
            let isCaptured = bit(page, .captured, position)
            let end = endOfRun(page, .captured, from: position, to: to)
            if !isCaptured {
                copy(page, position, end, bytes, origin)
            } else if let differing = difference(page, position..<end, bytes, from: origin) {
                conflict = (conflict?.lowerBound ?? differing.lowerBound)..<differing.upperBound
            }
            position = end
        }
    }
}

extension RawSpan {
    /// Whether both hold the same bytes, as many of them.
    func matches(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var offset = 0
        while byteCount &- offset >= 8 {
            if uint64(at: offset) != other.uint64(at: offset) { return false }
            offset &+= 8
        }
        while offset < byteCount {
            if byte(at: offset) != other.byte(at: offset) { return false }
            offset &+= 1
        }
        return true
    }
}
