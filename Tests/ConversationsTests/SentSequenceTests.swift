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
            "with a fifth gap, which makes the first count as captured",
            [(1, 1, 1), (3, 1, 1), (5, 1, 1), (7, 1, 1), (9, 1, 1), (0, 1, 0), (2, 1, 1), (8, 1, 1)]),
    ])
    func `counts each number once`(_ row: Captures) {
        var sent = SentSequence()
        sent.begin(at: 7)
        for (start, length, fresh) in row.captures {
            #expect(sent.capture(from: start, length: length) == fresh)
        }
    }

    /// Captures with at most one gap at a time, against a set.
    @Test func `agrees with a set`() {
        var random = SplitMix(state: 9)
        for _ in 0..<200 {
            var sent = SentSequence()
            sent.begin(at: .random(in: .min ... .max, using: &random))
            var model: Set<Int> = []
            for start in [0, 40, Int.random(in: 0..<60, using: &random), 10, Int.random(in: 0..<60, using: &random), 0]
            {
                let numbers = start..<start + Int.random(in: 0..<20, using: &random)
                let fresh = Set(numbers).subtracting(model)
                model.formUnion(numbers)
                #expect(sent.capture(from: numbers.lowerBound, length: numbers.count) == fresh.count)
            }
            #expect(sent.end == (model.max() ?? -1) + 1)
        }
    }

    @Test func `in midstream what comes late is new, once`() {
        var sent = SentSequence()
        sent.beginMidstream(at: 1000)
        #expect(sent.base == 999)
        #expect(sent.relative(1000) == 1)
        #expect(sent.capture(from: 1, length: 5) == 5)
        #expect(sent.relative(990) == -9)
        #expect(sent.capture(from: -9, length: 5) == 5)
        #expect(sent.capture(from: -9, length: 12) == 5)
    }

    @Test func `counts past 2^32, and forgets gaps that far back`() {
        var sent = SentSequence()
        sent.begin(at: .max)
        _ = sent.capture(from: 0, length: 1)
        _ = sent.capture(from: 11, length: 1)
        var end = 12
        for _ in 0..<10 {
            #expect(sent.capture(from: end, length: 1 << 30) == 1 << 30)
            end += 1 << 30
            #expect(sent.relative(.max &+ UInt32(truncatingIfNeeded: end)) == end)
        }
        #expect(sent.end == end)
        #expect(sent.capture(from: 1, length: 10) == 0)
    }
}
