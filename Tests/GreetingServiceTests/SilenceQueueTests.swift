import Testing

@testable import GreetingService

@Suite struct SilenceQueueTests {
    let start = ContinuousClock.now

    @Test func `the longest silence is first, and who speaks goes behind`() {
        var queue = SilenceQueue()
        for client in UInt64(1)...4 { queue.insert(client, at: start + .seconds(Int(client))) }
        queue.insert(1, at: start + .seconds(5))
        queue.remove(3)
        queue.remove(99)
        var order: [UInt64] = []
        while let longest = queue.longest {
            order.append(longest.client)
            queue.remove(longest.client)
        }
        #expect(order == [2, 4, 1])
        #expect(!queue.contains(1))
        queue.insert(7, at: start + .seconds(6))
        #expect(queue.longest?.since == start + .seconds(6))
    }
}
