public import PacketDecoding

/// The last of the traffic, in memory.
@safe public struct FlightRecorder: ~Copyable {
    /// Frames kept.
    public private(set) var packetCount = 0
    /// What they take, in bytes, what is kept beside each included.
    public private(set) var byteCount = 0
    /// Frames that gave way to later ones.
    public private(set) var discardedCount = 0

    private let byteLimit: Int
    private let longestAge: Int?
    private let chunkSize: Int
    /// Filled one after the other, emptied in the same order.
    private var chunks: [Chunk] = []
    /// An empty one of the usual size, for the next that is needed.
    private var spare: UnsafeMutableRawBufferPointer?
    /// Of the first frame, in the first chunk.
    private var readOffset = 0

    @safe private struct Chunk {
        let memory: UnsafeMutableRawBufferPointer
        var used = 0
    }

    /// What stands before a frame's bytes.
    private struct Record: BitwiseCopyable {
        let header: FrameHeader
        /// Nanoseconds of a clock that only runs forwards.
        let arrival: Int
        let capturedLength: Int
        /// To the next record, in bytes.
        let stride: Int
    }

    /// - Parameters:
    ///   - byteLimit: the most that frames may take, in bytes; one frame is always kept.
    ///   - longestAge: how old a frame may become, in nanoseconds; nil for any age.
    public init(byteLimit: Int, longestAge: Int? = nil) {
        self.byteLimit = byteLimit
        self.longestAge = longestAge
        chunkSize = max(1 << 16, min(1 << 20, byteLimit / 8))
    }

    deinit {
        for index in chunks.indices { unsafe chunks[index].memory.deallocate() }
        unsafe spare?.deallocate()
    }

    /// Adds a frame; older ones make room.
    ///
    /// - Parameter now: nanoseconds of a clock that only runs forwards.
    public mutating func append(_ frame: Frame, now: Int) {
        let head = MemoryLayout<Record>.stride
        let record = Record(
            header: frame.header, arrival: now, capturedLength: frame.capturedLength,
            stride: (head + frame.capturedLength + 15) & ~15)
        discard(before: now)
        while packetCount > 0, byteCount + record.stride > byteLimit { discardFirst() }

        if chunks.last.map({ unsafe $0.memory.count - $0.used < record.stride }) ?? true {
            chunks.append(unsafe Chunk(memory: takeMemory(record.stride)))
        }
        let index = chunks.count - 1
        let place = unsafe UnsafeMutableRawBufferPointer(rebasing: chunks[index].memory[chunks[index].used...])
        unsafe place.storeBytes(of: record, as: Record.self)
        unsafe frame.bytes.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(rebasing: place[head...]).copyMemory(from: bytes)
        }
        chunks[index].used += record.stride
        byteCount += record.stride
        packetCount += 1
    }

    /// Lets go of frames that have become too old.
    public mutating func discard(before now: Int) {
        guard let longestAge else { return }
        while packetCount > 0, unsafe now - oldest.record.arrival > longestAge { discardFirst() }
    }

    /// The oldest frame; nil when there is none.
    public var first: Frame? {
        @_lifetime(borrow self)
        get {
            guard packetCount > 0 else { return nil }
            let (record, bytes) = unsafe oldest
            return Frame(unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self), header: record.header)
        }
    }

    /// Lets go of the oldest frame, which there must be.
    public mutating func removeFirst() {
        let stride = unsafe oldest.record.stride
        packetCount -= 1
        byteCount -= stride
        readOffset += stride
        guard readOffset == chunks[0].used else { return }
        let memory = unsafe chunks.removeFirst().memory
        readOffset = 0
        if unsafe spare == nil, memory.count == chunkSize {
            unsafe spare = unsafe memory
        } else {
            unsafe memory.deallocate()
        }
    }

    private var oldest: (record: Record, bytes: UnsafeRawBufferPointer) {
        let start = unsafe UnsafeRawBufferPointer(chunks[0].memory)
        let record = unsafe start.load(fromByteOffset: readOffset, as: Record.self)
        let begin = readOffset + MemoryLayout<Record>.stride
        return unsafe (record, UnsafeRawBufferPointer(rebasing: start[begin..<begin + record.capturedLength]))
    }

    private mutating func discardFirst() {
        removeFirst()
        discardedCount += 1
    }

    private mutating func takeMemory(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if count <= chunkSize, let memory = unsafe spare.take() { return unsafe memory }
        return .allocate(byteCount: max(count, chunkSize), alignment: 16)
    }
}
