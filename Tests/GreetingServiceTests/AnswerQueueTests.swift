import PacketDecoding
import Sockets
import Testing

@testable import GreetingService

@Suite struct AnswerQueueTests {
    let start = ContinuousClock.now

    func peer(_ port: Int) -> SocketAddress {
        SocketAddress(Endpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: UInt16(port)))
    }

    /// What is sent until nothing more is due: `PORT:MESSAGE`.
    func sent(_ queue: inout AnswerQueue, at now: ContinuousClock.Instant) -> [String] {
        var sent: [String] = []
        while let answer = queue.next(at: now) {
            sent.append("\(answer.peer.endpoint.port):\(String(decoding: answer.message, as: UTF8.self))")
            queue.removeNext()
        }
        return sent
    }

    @Test func `peers take turns, and a peer's answers keep their order`() {
        var queue = AnswerQueue()
        for index in 0..<5 { queue.insert([UInt8]("\(index)".utf8), for: peer(1), at: start) }
        queue.insert([UInt8]("a".utf8), for: peer(2), at: start)
        queue.insert([UInt8]("b".utf8), for: peer(2), at: start)
        queue.insert([UInt8]("c".utf8), for: peer(3), at: start)
        #expect(sent(&queue, at: start) == ["1:0", "2:a", "3:c", "1:1", "2:b", "1:2", "1:3", "1:4"])
        #expect(queue.count == 0)
        #expect(queue.deadline == nil)
    }

    @Test func `what is not due waits, and a welcome overtakes the names before it`() {
        var queue = AnswerQueue()
        queue.insert([UInt8]("name".utf8), for: peer(1), at: start + .seconds(1))
        #expect(sent(&queue, at: start) == [])
        #expect(queue.deadline == start + .seconds(1))
        queue.insert([UInt8]("welcome".utf8), for: peer(1), at: start)
        #expect(queue.deadline == start)
        #expect(sent(&queue, at: start) == ["1:welcome"])
        #expect(queue.next(at: start + .seconds(1)) != nil)
        // What could not be sent has its turn again.
        #expect(queue.next(at: start + .seconds(1)) != nil)
        #expect(sent(&queue, at: start + .seconds(1)) == ["1:name"])
    }

    @Test func `a peer has 64 places, many peers have fewer each, and all have 4096`() {
        var queue = AnswerQueue()
        var kept: [Int] = []
        for port in 1...5000 {
            var count = 0
            while queue.hasPlace(for: peer(port)) {
                queue.insert([], for: peer(port), at: start)
                count += 1
            }
            kept.append(count)
        }
        #expect(kept[0] == 64)
        // 100 peers that take all they get leave others their place.
        #expect(kept[100] > 1)
        #expect(kept == kept.sorted(by: >))
        #expect(queue.count == 4096)
        #expect(sent(&queue, at: start).count == 4096)
        #expect(queue.hasPlace(for: peer(1)))
    }

    @Test func `turns go round for long`() {
        var queue = AnswerQueue()
        for round in 0..<1000 {
            for port in 1...3 { queue.insert([UInt8]("\(round)".utf8), for: peer(port), at: start) }
            if round % 7 == 0 { _ = queue.next(at: start) }
            if round >= 3 { for _ in 0..<3 where queue.next(at: start) != nil { queue.removeNext() } }
        }
        #expect(queue.count == 9)
        #expect(sent(&queue, at: start) == ["997", "998", "999"].flatMap { round in (1...3).map { "\($0):\(round)" } })
    }
}
