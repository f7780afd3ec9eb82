/// An array that grows by whole chunks: nothing is copied, and no more than a chunk is spare. Elements stay where they
/// are, so that they are changed in place. A copy shares them: there must be one owner.
@safe struct ChunkedArray<Element: BitwiseCopyable> {
    private static var shift: Int { 12 }
    private static var mask: Int { 1 << shift &- 1 }

    private var memory = ChunkMemory()
    /// The chunks of `memory`, without the way through it.
    private var chunks: UnsafePointer<UnsafeMutableRawPointer>?
    private(set) var count = 0

    var indices: Range<Int> { 0..<count }

    /// Where an element lies, which must be there.
    func pointer(_ index: Int) -> UnsafeMutablePointer<Element> {
        assert(index >= 0 && index < count)
        let chunk = unsafe chunks.unsafelyUnwrapped[index >> Self.shift]
        return unsafe chunk.assumingMemoryBound(to: Element.self) + (index & Self.mask)
    }

    subscript(index: Int) -> Element {
        get { unsafe pointer(index).pointee }
        nonmutating set { unsafe pointer(index).pointee = newValue }
    }

    mutating func append(_ element: Element) {
        if count & Self.mask == 0 {
            unsafe chunks = memory.grow(
                byteCount: MemoryLayout<Element>.stride << Self.shift, alignment: MemoryLayout<Element>.alignment)
        }
        count &+= 1
        unsafe pointer(count &- 1).initialize(to: element)
    }
}

/// Chunks of memory, which go with it.
@safe private final class ChunkMemory {
    private var chunks: UnsafeMutableBufferPointer<UnsafeMutableRawPointer>
    private var count = 0

    init() { unsafe chunks = UnsafeMutableBufferPointer(start: nil, count: 0) }

    /// - Returns: where all of the chunks are, until the next time.
    func grow(byteCount: Int, alignment: Int) -> UnsafePointer<UnsafeMutableRawPointer>? {
        if unsafe count == chunks.count {
            let larger = UnsafeMutableBufferPointer<UnsafeMutableRawPointer>.allocate(capacity: max(8, count * 2))
            for index in 0..<count { unsafe larger.initializeElement(at: index, to: chunks[index]) }
            unsafe chunks.deallocate()
            unsafe chunks = larger
        }
        unsafe chunks.initializeElement(at: count, to: .allocate(byteCount: byteCount, alignment: alignment))
        count += 1
        return unsafe UnsafePointer(chunks.baseAddress)
    }

    deinit {
        for index in 0..<count { unsafe chunks[index].deallocate() }
        unsafe chunks.deallocate()
    }
}
