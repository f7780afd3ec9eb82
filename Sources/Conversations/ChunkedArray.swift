/// An array that grows by whole chunks: nothing is copied, and no more than a chunk is spare.
struct ChunkedArray<Element: BitwiseCopyable> {
    private static var shift: Int { 10 }
    private var chunks: [[Element]] = []
    private(set) var count = 0

    var indices: Range<Int> { 0..<count }

    subscript(index: Int) -> Element {
        get { chunks[index >> Self.shift][index & (1 << Self.shift &- 1)] }
        _modify { yield &chunks[index >> Self.shift][index & (1 << Self.shift &- 1)] }
    }

    mutating func append(_ element: Element) {
        if count >> Self.shift == chunks.count {
            var chunk: [Element] = []
            chunk.reserveCapacity(1 << Self.shift)
            chunks.append(chunk)
        }
        chunks[chunks.count &- 1].append(element)
        count &+= 1
    }
}
