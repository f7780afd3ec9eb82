import PacketDecoding

/// Bytes of streams that wait for others, in one pool of pages that never grows beyond its capacity.
///
/// A page covers 2,048 bytes of a stream. Of each byte a bit says whether it was on the wire, and another whether it
/// was captured: segments as short as a byte, however many, take no more than the pages they lie in.
///
/// As many pages as there are frames lie in memory. The others lie in an overflow, where there is one: whoever looks at
/// a page fetches it first.
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

    /// Pages in memory at most.
    private let frameCount: Int
    private let overflow: (any StreamOverflow)?
    /// Pages at most.
    private(set) var capacity: Int
    private(set) var usedCount = 0
    private var free: [Int32] = []
    /// Of each page the frame that holds it; ``spilled`` where the overflow does.
    private var frames: [Int32] = []
    /// Of each frame that was ever used the page in it; negative where none is.
    private var residents: [Int32] = []
    private var freeFrames: [Int32] = []
    /// The frame whose page leaves memory next.
    private var hand = 0
    // Holds `frameCount` pages once the first is taken, of which the system lends memory as they are first used: the
    // bytes, then a bit of each that was on the wire, then a bit of each that was captured.
    private var base: UnsafeMutableRawPointer?

    private static var spilled: Int32 { -1 }

    /// - Parameters:
    ///   - capacity: pages in memory.
    ///   - overflow: for more.
    init(capacity: Int, overflow: (any StreamOverflow)? = nil) {
        frameCount = min(max(1, capacity), Int(Int32.max) / 2)
        self.overflow = overflow
        self.capacity = frameCount &+ min(max(0, overflow?.capacity ?? 0) / Self.cost, Int(Int32.max) / 2)
    }

    deinit { unsafe base?.deallocate() }

    var availableCount: Int { max(0, capacity &- usedCount) }

    /// A page of which nothing has come; one must be available.
    mutating func take() -> Int32 {
        precondition(usedCount < capacity)
        usedCount &+= 1
        let page: Int32
        if let used = free.popLast() {
            page = used
        } else {
            page = Int32(truncatingIfNeeded: frames.count)
            frames.append(Self.spilled)
        }
        lend(page)
        clear(page)
        return page
    }

    mutating func release(_ page: Int32) {
        let frame = frames[Int(page)]
        if frame != Self.spilled {
            residents[Int(frame)] = -1
            freeFrames.append(frame)
            frames[Int(page)] = Self.spilled
        }
        free.append(page)
        usedCount &-= 1
    }

    /// Brings a page into memory.
    mutating func fetch(_ page: Int32) {
        guard frames[Int(page)] == Self.spilled else { return }
        lend(page)
        var isRead = false
        let start = unsafe start(page)
        if let overflow {
            isRead = overflow.read(Self.cost, at: Int(page) &* Self.cost) { bytes in
                unsafe bytes.withUnsafeBytes { source in
                    guard let address = source.baseAddress, source.count == Self.cost else { return }
                    unsafe start.copyMemory(from: address, byteCount: Self.cost)
                }
            }
        }
        // What cannot be read again has not come.
        if !isRead {
            clear(page)
            capacity = min(capacity, frameCount)
        }
    }

    /// Gives a page a frame, for which another may have to leave memory.
    private mutating func lend(_ page: Int32) {
        if unsafe base == nil {
            unsafe base = .allocate(byteCount: frameCount &* Self.cost, alignment: 16)
        }
        let frame: Int32
        if let unused = freeFrames.popLast() {
            frame = unused
        } else if residents.count < frameCount {
            frame = Int32(truncatingIfNeeded: residents.count)
            residents.append(-1)
        } else {
            frame = Int32(truncatingIfNeeded: hand)
            hand = (hand &+ 1) % frameCount
            spill(residents[Int(frame)])
        }
        residents[Int(frame)] = page
        frames[Int(page)] = frame
    }

    private mutating func spill(_ page: Int32) {
        let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start(page)), byteCount: Self.cost)
        if overflow?.write(bytes, at: Int(page) &* Self.cost) != true { capacity = min(capacity, frameCount) }
        frames[Int(page)] = Self.spilled
    }

    private mutating func clear(_ page: Int32) {
        unsafe (start(page) + Self.size).initializeMemory(as: UInt8.self, repeating: 0, count: 16 &* Self.words)
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
        return unsafe base + Int(frames[Int(page)]) &* Self.cost
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
