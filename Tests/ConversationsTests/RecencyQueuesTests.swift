@testable import Conversations
import Testing

@Suite struct RecencyQueuesTests {
    @Test func `nothing is oldest of nothing`() {
        #expect(RecencyQueues().oldest == nil)
    }

    /// Random use, against two arrays.
    @Test func `the longest unused is oldest, those that are done first`() {
        var random = SplitMix(state: 1)
        var queues = RecencyQueues()
        var live: [Int] = []
        var done: [Int] = []
        for slot in 0..<20 {
            queues.append()
            live.append(slot)
        }
        for _ in 0..<2000 {
            let slot = Int.random(in: 0..<20, using: &random)
            let isDone = Int.random(in: 0..<4, using: &random) == 0
            queues.touch(slot, isDone: isDone)
            live.removeAll { $0 == slot }
            done.removeAll { $0 == slot }
            if isDone { done.append(slot) } else { live.append(slot) }
            #expect(queues.oldest == done.first ?? live.first)
        }
    }
}
