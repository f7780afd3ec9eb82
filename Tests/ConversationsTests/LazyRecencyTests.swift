@testable import Conversations
import Testing

@Suite struct LazyRecencyTests {
    @Test func `nothing is oldest of nothing`() {
        var stamps = LazyRecency()
        #expect(stamps.oldest == nil)
    }

    /// Random use, asked for the oldest from the beginning, from the middle or at the end.
    @Test(arguments: [0, 1000, 1999])
    func `the order is that of the queues, whenever it is asked for`(firstAsked: Int) {
        var random = SplitMix(state: 2)
        var stamps = LazyRecency()
        var queues = RecencyQueues()
        for _ in 0..<20 {
            stamps.append()
            queues.append()
        }
        for turn in 0..<2000 {
            let slot = Int.random(in: 0..<20, using: &random)
            let isDone = Int.random(in: 0..<4, using: &random) == 0
            stamps.touch(slot, isDone: isDone)
            queues.touch(slot, isDone: isDone)
            if turn >= firstAsked { #expect(stamps.oldest == queues.oldest) }
        }
    }
}
