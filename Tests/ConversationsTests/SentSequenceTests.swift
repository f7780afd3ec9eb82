@testable import Conversations
import Testing

@Suite struct SentSequenceTests {
    struct Captures: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Start, length, and how many of them are new.
        let captures: [(Int, Int, Int)]

        init(_ description: String, _ captures: [(Int, Int, Int)]) {
            testDescription = description
            self.captures = captures
        }
    }

    @Test(arguments: [
        Captures("in order", [(0, 1, 1), (1, 10, 10), (11, 5, 5)]),
        Captures("again", [(0, 10, 10), (0, 10, 0), (3, 2, 0)]),
        Captures("overlapping the end", [(0, 10, 10), (5, 10, 5)]),
        Captures("filling a gap in pieces", [(0, 1, 1), (10, 5, 5), (3, 2, 2), (0, 20, 12), (0, 20, 0)]),
        Captures("nothing", [(0, 0, 0), (5, 0, 0), (0, 6, 6)]),
        Captures("from before the beginning", [(0, 3, 3), (-5, 5, 0)]),
        Captures(
            "in many pieces, none after the other",
            [(1, 1, 1), (3, 1, 1), (5, 1, 1), (7, 1, 1), (9, 1, 1), (0, 1, 1), (2, 1, 1), (8, 1, 1), (0, 11, 3)]),
    ])
    func `counts each number once`(_ row: Captures) {
        var sent = SentSequence()
        var pool = GapPool()
        sent.begin(at: 7, &pool)
        for (start, length, fresh) in row.captures {
            #expect(sent.capture(from: start, length: length, &pool) == fresh)
        }
    }

    @Test func `agrees with a set`() {
        var random = SplitMix(state: 9)
        var pool = GapPool()
        for _ in 0..<200 {
            var sent = SentSequence()
            sent.begin(at: .random(in: .min ... .max, using: &random), &pool)
            var model: Set<Int> = []
            for _ in 0..<40 {
                let start = Int.random(in: 0..<200, using: &random)
                let numbers = start..<start + Int.random(in: 0..<20, using: &random)
                let fresh = Set(numbers).subtracting(model)
                model.formUnion(numbers)
                #expect(sent.capture(from: numbers.lowerBound, length: numbers.count, &pool) == fresh.count)
            }
            #expect(sent.end == (model.max() ?? -1) + 1)
            sent.release(&pool)
        }
        #expect(pool.usedCount == 0)
    }

    @Test func `in midstream what comes late is new, once`() {
        var sent = SentSequence()
        var pool = GapPool()
        sent.beginMidstream(at: 1000, &pool)
        #expect(sent.base == 999)
        #expect(sent.relative(1000) == 1)
        #expect(sent.capture(from: 1, length: 5, &pool) == 5)
        #expect(sent.relative(990) == -9)
        #expect(sent.capture(from: -9, length: 5, &pool) == 5)
        #expect(sent.capture(from: -9, length: 12, &pool) == 5)
    }

    @Test func `counts past 2^32, and forgets gaps that far back`() {
        var sent = SentSequence()
        var pool = GapPool()
        sent.begin(at: .max, &pool)
        _ = sent.capture(from: 0, length: 1, &pool)
        _ = sent.capture(from: 11, length: 1, &pool)
        var end = 12
        for _ in 0..<10 {
            #expect(sent.capture(from: end, length: 1 << 30, &pool) == 1 << 30)
            end += 1 << 30
            #expect(sent.relative(.max &+ UInt32(truncatingIfNeeded: end)) == end)
        }
        #expect(sent.end == end)
        _ = sent.capture(from: end + 5, length: 1, &pool)
        #expect(pool.usedCount == 1)
        #expect(sent.capture(from: 1, length: 10, &pool) == 0)
    }

    @Test func `of too many gaps the earliest counts as captured`() {
        var pool = GapPool()
        var sent = SentSequence()
        sent.begin(at: 0, &pool)
        for number in 0...GapList.maximumCount {
            #expect(sent.capture(from: number * 10, length: 9, &pool) == 9)
        }
        _ = sent.capture(from: 20_000, length: 1, &pool)
        #expect(pool.usedCount == GapList.maximumCount)
        #expect(sent.capture(from: 9, length: 1, &pool) == 0)
        #expect(sent.capture(from: 19, length: 1, &pool) == 1)
        #expect(sent.capture(from: 0, length: 20_001, &pool) == GapList.maximumCount - 2 + 20_000 - 10_249)
        #expect(pool.usedCount == 0)
    }

    @Test func `a full pool takes no gap but in place of an earlier one`() {
        var pool = GapPool(capacity: 2)
        var one = SentSequence()
        var other = SentSequence()
        one.begin(at: 0, &pool)
        other.begin(at: 0, &pool)
        for start in [5, 15] { #expect(one.capture(from: start, length: 5, &pool) == 5) }
        #expect(other.capture(from: 5, length: 5, &pool) == 5)
        #expect(other.capture(from: 0, length: 5, &pool) == 0)
        #expect(one.capture(from: 25, length: 5, &pool) == 5)
        #expect(one.capture(from: 0, length: 30, &pool) == 10)
        #expect(pool.usedCount == 0)
    }
}
