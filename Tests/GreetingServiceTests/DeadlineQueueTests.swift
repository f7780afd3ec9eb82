import Testing

@testable import GreetingService

@Suite struct DeadlineQueueTests {
    let start = ContinuousClock.now

    @Test func `comes out in order of time, and in order of arrival at the same time`() {
        var queue = DeadlineQueue<Int>()
        var generator = SystemRandomNumberGenerator()
        let milliseconds = (0..<200).map { _ in Int.random(in: 0..<20, using: &generator) }
        for (index, millisecond) in milliseconds.enumerated() {
            queue.insert(index, at: start + .milliseconds(millisecond))
        }
        var order: [Int] = []
        while let index = queue.popDue(at: start + .milliseconds(20)) { order.append(index) }
        #expect(order == milliseconds.indices.sorted { (milliseconds[$0], $0) < (milliseconds[$1], $1) })
        #expect(queue.next == nil)
    }

    @Test func `what is out of date goes, and the rest keeps its order`() {
        var queue = DeadlineQueue<Int>()
        for index in (0..<50).reversed() { queue.insert(index, at: start + .seconds(index)) }
        queue.removeAll { index, deadline in index % 2 == 0 || deadline == start + .seconds(7) }
        #expect(queue.count == 24)
        var order: [Int] = []
        while let index = queue.popDue(at: start + .seconds(50)) { order.append(index) }
        #expect(order == (0..<50).filter { $0 % 2 == 1 && $0 != 7 })
    }

    @Test func `keeps what is not due`() {
        var queue = DeadlineQueue<String>()
        queue.insert("later", at: start + .seconds(2))
        queue.insert("sooner", at: start + .seconds(1))
        #expect(queue.popDue(at: start) == nil)
        #expect(queue.next == start + .seconds(1))
        #expect(queue.popDue(at: start + .seconds(1)) == "sooner")
        #expect(queue.popDue(at: start + .seconds(1)) == nil)
        #expect(queue.count == 1)
    }
}
