@testable import Conversations
import PacketDecoding
import Testing

@Suite struct FlightLogTests {
    private func time(_ value: Int64) -> Timestamp { Timestamp(rawValue: value) }

    @Test func `an acknowledgment is for the last segment it covers`() {
        var log = FlightLog(capacity: 8)
        var flight = Flight()
        for number in 1...3 { log.append(end: number * 10, sent: time(Int64(number)), frame: 1, to: &flight) }
        #expect(log.acknowledge(before: 9, in: &flight) == nil)
        #expect(log.acknowledge(before: 20, in: &flight)?.sent == time(2))
        #expect(log.acknowledge(before: 20, in: &flight) == nil)
        #expect(log.acknowledge(before: 99, in: &flight)?.sent == time(3))
        #expect(log.acknowledge(before: 99, in: &flight) == nil)
    }

    @Test func `flights do not mix`() {
        var log = FlightLog(capacity: 8)
        var (one, other) = (Flight(), Flight())
        log.append(end: 10, sent: time(1), frame: 1, to: &one)
        log.append(end: 10, sent: time(2), frame: 1, to: &other)
        log.append(end: 20, sent: time(3), frame: 1, to: &one)
        #expect(log.acknowledge(before: 20, in: &other)?.sent == time(2))
        #expect(log.acknowledge(before: 20, in: &one)?.sent == time(3))
    }

    @Test func `what was sent again is not timed`() {
        var log = FlightLog(capacity: 8)
        var flight = Flight()
        log.append(end: 10, sent: time(1), frame: 1, to: &flight)
        log.append(end: 20, sent: time(2), frame: 1, to: &flight)
        flight.resent(before: 10)
        #expect(log.acknowledge(before: 10, in: &flight) == nil)
        #expect(log.acknowledge(before: 20, in: &flight)?.sent == time(2))
    }

    @Test func `a flight whose first segment was overwritten begins anew`() {
        var log = FlightLog(capacity: 4)
        var (slow, fast) = (Flight(), Flight())
        log.append(end: 10, sent: time(1), frame: 1, to: &slow)
        log.append(end: 20, sent: time(2), frame: 1, to: &slow)
        for number in 1...3 { log.append(end: number, sent: time(10), frame: 1, to: &fast) }
        #expect(log.acknowledge(before: 20, in: &slow) == nil)
        log.append(end: 30, sent: time(20), frame: 1, to: &slow)
        #expect(log.acknowledge(before: 30, in: &slow)?.sent == time(20))
    }
}
