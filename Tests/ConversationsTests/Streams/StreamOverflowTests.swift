@testable import Conversations
import PacketDecoding
import Testing

/// An overflow in memory, which fails after a number of writes.
private final class Room: StreamOverflow {
    let capacity: Int
    var writesLeft: Int
    private(set) var writes = 0
    private var kept: [Int: [UInt8]] = [:]

    init(capacity: Int, writes: Int = .max) {
        self.capacity = capacity
        writesLeft = writes
    }

    func write(_ bytes: RawSpan, at position: Int) -> Bool {
        guard writesLeft > 0 else { return false }
        writesLeft -= 1
        writes += 1
        kept[position] = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
        return true
    }

    func read(_ count: Int, at position: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard let bytes = kept[position], bytes.count == count else { return false }
        unsafe body(bytes.span.bytes)
        return true
    }
}

/// How much of a stream there is, and whether it is what was sent: byte n of it is n modulo 251.
private struct Count: StreamConsumer, ~Copyable {
    var bytes = 0
    var wrong = 0
    var gaps: [StreamGapReason: Int] = [:]
    var discarded = 0

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        self.bytes += bytes.byteCount
        for offset in 0..<bytes.byteCount where Int(bytes.byte(at: offset)) != (place.offset + offset) % 251 {
            wrong += 1
        }
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        gaps[reason, default: 0] += length
    }

    mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
        discarded += length
    }
}

/// A segment of that stream.
private func segment(_ start: Int, _ length: Int, conversation: Int = 0) -> StreamSegment {
    var segment = StreamSegment(start + 1, conversation: conversation)
    segment.bytes = (start..<start + length).map { UInt8($0 % 251) }
    segment.new = length
    return segment
}

@Suite struct StreamOverflowTests {
    @Test func oneSideHoldsWhatThereIsRoomFor() {
        var reassembler = StreamReassembler()
        var count = Count()
        reassembler.observe(StreamSegment(0, flags: [.syn]), into: &count)
        for index in 1..<200 { reassembler.observe(segment(index * 60_000, 60_000), into: &count) }
        #expect(count.bytes == 0)
        reassembler.observe(segment(0, 60_000), into: &count)
        #expect(count.bytes == 12_000_000)
        #expect(count.wrong == 0 && count.gaps.isEmpty)
        #expect(reassembler.memoryInUse == 0)
    }

    @Test(arguments: 0..<8)
    func whatDoesNotFitIntoMemoryIsThereAgain(seed: UInt64) {
        var random = SplitMix(state: seed)
        let room = Room(capacity: 4 << 20)
        var reassembler = StreamReassembler(memoryLimit: 16 * StreamPages.cost, overflow: room)
        var count = Count()
        reassembler.observe(StreamSegment(0, flags: [.syn]), into: &count)
        var starts = Array(stride(from: 0, to: 400_000, by: 1000))
        starts.shuffle(using: &random)
        for start in starts { reassembler.observe(segment(start, 1000), into: &count) }
        #expect(count.bytes == 400_000)
        #expect(count.wrong == 0 && count.gaps.isEmpty)
        #expect(room.writes > 100)
        #expect(reassembler.memoryInUse == 0)
    }

    /// Whatever is lost then is told, and nothing is made up.
    @Test(arguments: [0, 1, 20, 150])
    func anOverflowThatFailsLosesNoMoreThanIsTold(writes: Int) {
        var reassembler = StreamReassembler(
            memoryLimit: 16 * StreamPages.cost, overflow: Room(capacity: 4 << 20, writes: writes))
        var count = Count()
        reassembler.observe(StreamSegment(0, flags: [.syn]), into: &count)
        for start in stride(from: 1000, to: 400_000, by: 1000) {
            reassembler.observe(segment(start, 1000), into: &count)
        }
        reassembler.observe(segment(0, 1000), into: &count)
        reassembler.finish(into: &count)
        #expect(count.wrong == 0)
        #expect(count.gaps[.memory, default: 0] > 0)
        #expect(count.bytes > 100_000)
        #expect(reassembler.memoryInUse == 0)
    }

    /// Bytes a page apart take a page each: no more than there is room for, and whoever holds most gives up first bytes.
    @Test func scatteredBytesTakeABoundedMemory() {
        let room = Room(capacity: 64 * StreamPages.cost)
        var reassembler = StreamReassembler(memoryLimit: 64 * StreamPages.cost, overflow: room)
        var count = Count()
        reassembler.observe(StreamSegment(0, flags: [.syn]), into: &count)
        for index in 0..<3000 {
            reassembler.observe(segment(1 + index * 4096, 1), into: &count)
            #expect(reassembler.memoryInUse <= 128 * StreamPages.cost)
        }
        #expect(count.bytes == 3000 - 128)
        reassembler.finish(into: &count)
        #expect(count.bytes == 3000 && count.wrong == 0)
    }

    /// Bytes anywhere in the largest window there is.
    @Test func bytesAreFoundAgainWhereverTheyLie() {
        var random = SplitMix(state: 3)
        var reassembler = StreamReassembler(memoryLimit: 1 << 20, overflow: Room(capacity: 32 << 20))
        var count = Count()
        reassembler.observe(StreamSegment(0, flags: [.syn]), into: &count)
        var places: Set<Int> = []
        for _ in 0..<5000 { places.insert(Int.random(in: 1..<1 << 30, using: &random)) }
        for place in places.shuffled(using: &random) { reassembler.observe(segment(place, 1), into: &count) }
        #expect(count.bytes == 0)
        reassembler.finish(into: &count)
        #expect(count.bytes == places.count && count.wrong == 0)
        #expect(count.gaps.keys.elementsEqual([.oneWay]))
        #expect(reassembler.memoryInUse == 0)
    }

    /// One forged segment far away must not take a stream's place.
    @Test func whatNoWindowReachesIsLeftOut() {
        var reassembler = StreamReassembler()
        var count = Count()
        reassembler.observe(StreamSegment(0, flags: [.syn]), into: &count)
        reassembler.observe(segment(0, 10), into: &count)
        reassembler.observe(.acknowledged(11), into: &count)
        reassembler.observe(segment(3 << 29, 10), into: &count)
        reassembler.observe(segment(10, 10), into: &count)
        #expect(count.bytes == 20 && count.wrong == 0 && count.gaps.isEmpty && count.discarded == 10)
        #expect(reassembler.memoryInUse == 0)
        // What the receiver has got since moves its window on.
        reassembler.observe(.acknowledged(1 << 30), into: &count)
        reassembler.observe(segment(3 << 29, 10), into: &count)
        reassembler.observe(.acknowledged(3 << 29 + 11), into: &count)
        #expect(count.bytes == 30 && count.discarded == 10)
        #expect(count.gaps == [.notCaptured: 3 << 29 - 20])
    }

    @Test func aLongLossOfAOneWayCaptureIsAGap() {
        var reassembler = StreamReassembler()
        var count = Count()
        reassembler.observe(StreamSegment(0, flags: [.syn]), into: &count)
        reassembler.observe(segment(10, 10), into: &count)
        reassembler.observe(segment(1 << 31, 10), into: &count)
        #expect(count.bytes == 20)
        #expect(count.gaps == [.oneWay: 1 << 31 - 10])
    }

    @Test func manyConversationsWithAHoleEach() {
        let room = Room(capacity: 1000 * StreamPages.cost)
        var reassembler = StreamReassembler(memoryLimit: 100 * StreamPages.cost, overflow: room)
        var count = Count()
        for conversation in 0..<20_000 {
            reassembler.observe(StreamSegment(0, flags: [.syn], conversation: conversation), into: &count)
            reassembler.observe(segment(5, 10, conversation: conversation), into: &count)
        }
        #expect(reassembler.memoryInUse == 1100 * StreamPages.cost)
        #expect(count.bytes == (20_000 - 1100) * 10)
        #expect(count.gaps == [.memory: (20_000 - 1100) * 5])
        reassembler.finish(into: &count)
        #expect(count.bytes == 200_000 && count.wrong == 0)
    }

    /// What was cut off waits for a whole copy, but not forever.
    @Test func cutBytesOfAOneWayCaptureWaitForNoMoreThanAMebibyte() {
        var reassembler = StreamReassembler()
        var count = Count()
        reassembler.observe(StreamSegment(0, flags: [.syn]), into: &count)
        for index in 0..<3000 {
            var segment = segment(index * 1000, 100)
            segment.length = 1000
            reassembler.observe(segment, into: &count)
            #expect(reassembler.memoryInUse <= 3 << 20)
        }
        reassembler.finish(into: &count)
        #expect(count.bytes == 300_000 && count.wrong == 0)
        #expect(count.gaps == [.snapped: 2_700_000])
    }
}
