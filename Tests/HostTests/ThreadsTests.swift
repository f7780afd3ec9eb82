import Synchronization
import Testing

@testable import Host

@Suite struct ThreadsTests {
    @Test func everyThreadRunsOnceAndIsWaitedFor() {
        let numbers = Mutex<[Int]>([])
        Threads.run(8) { number in numbers.withLock { $0.append(number) } }
        #expect(numbers.withLock { $0.sorted() } == Array(0..<8))
    }

    @Test func turnsAreTakenInTheOrderOfTheirNumbers() {
        let next = Mutex(0)
        let taken = Mutex<[Int]>([])
        let turns = Turns()
        Threads.run(4) { _ in
            while true {
                let turn = next.withLock { number in
                    number += 1
                    return number - 1
                }
                guard turn < 2000 else { return }
                turns.take(turn) { taken.withLock { $0.append(turn) } }
            }
        }
        #expect(taken.withLock { $0 } == Array(0..<2000))
    }

    private struct Refusal: Error {}

    @Test func aTurnThatFailsLetsTheNextOneRun() {
        let turns = Turns()
        #expect(throws: Refusal.self) { try turns.take(0) { throw Refusal() } }
        var hasRun = false
        turns.take(1) { hasRun = true }
        #expect(hasRun)
    }
}
