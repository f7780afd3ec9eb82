import PacketDecoding

/// The bytes that were handed on last, of as many sides of conversations as there is room for: what is sent in their
/// place later is held against them.
///
/// Each side has a ring. Of more sides than rings, who has had its own longest loses it.
@safe struct HandedOnBytes: ~Copyable {
    private struct Ring: BitwiseCopyable {
        var owner: Int
        /// Numbers of the first byte in it, and of the one after the last.
        var start = 0
        var end = 0
    }

    /// Bytes of a side that are kept, at most.
    static var ringSize: Int { 1 << 16 }

    private let capacity: Int
    private var rings: [Ring] = []
    private var oldest = 0
    // Holds `capacity` rings once the first is taken, of which the system lends memory as they are first used.
    private var base: UnsafeMutableRawPointer?

    /// - Parameter memoryLimit: in bytes; less than ``ringSize`` keeps nothing.
    init(memoryLimit: Int) { capacity = max(0, memoryLimit) / Self.ringSize }

    deinit { unsafe base?.deallocate() }

    /// Whether anything is kept at all.
    var isOn: Bool { capacity > 0 }

    /// Gives a ring to `owner`.
    ///
    /// - Returns: the ring, and who had it before.
    mutating func take(for owner: Int) -> (ring: Int32, previousOwner: Int?) {
        precondition(isOn)
        if unsafe base == nil {
            unsafe base = .allocate(byteCount: capacity &* Self.ringSize, alignment: 16)
        }
        guard rings.count == capacity else {
            rings.append(Ring(owner: owner))
            return (Int32(truncatingIfNeeded: rings.count &- 1), nil)
        }
        let ring = oldest
        let previous = rings[ring].owner
        rings[ring] = Ring(owner: owner)
        oldest = (oldest &+ 1) % capacity
        return (Int32(truncatingIfNeeded: ring), previous)
    }

    /// Notes that `bytes` were handed on, from number `start` on.
    mutating func add(_ bytes: RawSpan, from start: Int, to ring: Int32) {
        let index = Int(ring)
        let end = start &+ bytes.byteCount
        let first = rings[index].end == start ? rings[index].start : start
        rings[index].start = max(first, end &- Self.ringSize)
        rings[index].end = end
        var position = max(start, end &- Self.ringSize)
        while position < end {
            let offset = position & (Self.ringSize &- 1)
            let count = min(end &- position, Self.ringSize &- offset)
            let piece = bytes.clipped(from: position &- start, to: position &- start &+ count)
            unsafe piece.withUnsafeBytes { source in
                guard let address = source.baseAddress else { return }
                unsafe self.start(index, offset).copyMemory(from: address, byteCount: source.count)
            }
            position &+= count
        }
    }

    /// Likewise bytes of a page.
    mutating func add(
        _ page: Int32, _ range: Range<Int>, of pages: borrowing StreamPages, from start: Int, to ring: Int32
    ) {
        add(pages.bytes(page, range), from: start, to: ring)
    }

    /// Where `bytes`, from number `start` on, differ from what was handed on: from the first to the last that does.
    func difference(_ bytes: RawSpan, from start: Int, in ring: Int32) -> Range<Int>? {
        let index = Int(ring)
        let end = min(start &+ bytes.byteCount, rings[index].end)
        var position = max(start, rings[index].start)
        var found: Range<Int>?
        while position < end {
            let offset = position & (Self.ringSize &- 1)
            let count = min(end &- position, Self.ringSize &- offset)
            let kept = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(self.start(index, offset)), byteCount: count)
            let piece = bytes.extracting((position &- start)..<(position &- start &+ count))
            if !kept.matches(piece) {
                for byte in 0..<count where kept.byte(at: byte) != piece.byte(at: byte) {
                    found = (found?.lowerBound ?? position &+ byte)..<(position &+ byte &+ 1)
                }
            }
            position &+= count
        }
        return found
    }

    private func start(_ ring: Int, _ offset: Int) -> UnsafeMutableRawPointer {
        guard let base = unsafe base else { preconditionFailure("no ring was taken") }
        return unsafe base + (ring &* Self.ringSize &+ offset)
    }
}
