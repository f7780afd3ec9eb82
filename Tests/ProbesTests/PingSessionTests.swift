import PacketDecoding
import Sockets
import Testing

@testable import Probes

@Suite struct PingSessionTests {
    private func session(count: Int? = 3, _ change: (inout PingOptions) -> Void = { _ in }) -> PingSession {
        var options = PingOptions()
        options.count = count
        change(&options)
        return PingSession(options, to: host, key: key, now: 0)
    }

    @Test func schedule() {
        var session = session()
        for number in 1...3 {
            let due = Int64(number - 1) * second
            #expect(session.nextDeadline() == due)
            #expect(!session.isDue(at: due - 1) && session.isDue(at: due))
            #expect(session.beginRequest(at: due) == number)
            #expect(
                session.receive(reply(to: session.request(number)), arrival(from: host), at: due + millisecond) != nil)
        }
        #expect(session.isOver(at: 2 * second + millisecond))
        #expect(session.received == 3 && session.times.median == millisecond)
        #expect(session.hasAnswered)
    }

    /// The last reply is waited for as ping(8) does: twice the longest time or an interval once any came.
    @Test func lingering() {
        var silent = session(count: 1)
        _ = silent.beginRequest(at: 0)
        #expect(!silent.isOver(at: 10 * second - 1) && silent.isOver(at: 10 * second))
        var half = session(count: 2)
        for number in 1...2 { #expect(half.beginRequest(at: Int64(number - 1) * second) == number) }
        _ = half.receive(reply(to: half.request(1)), arrival(from: host), at: millisecond)
        #expect(!half.isOver(at: 2 * second - 1) && half.isOver(at: 2 * second))
        #expect(!silent.hasAnswered && half.hasAnswered)
    }

    @Test func deadline() {
        var session = session(count: nil) { $0.deadline = 2500 * millisecond }
        var sent = 0
        for time in stride(from: Int64(0), to: 4 * second, by: Int(100 * millisecond)) where session.isDue(at: time) {
            _ = session.beginRequest(at: time)
            sent += 1
        }
        #expect(sent == 3)
        #expect(session.isOver(at: 2500 * millisecond))
    }

    @Test func floodGoesOnAtAReply() {
        var session = session(count: nil) { $0.isFlood = true }
        _ = session.beginRequest(at: 0)
        #expect(!session.isDue(at: 9 * millisecond) && session.isDue(at: 10 * millisecond))
        _ = session.receive(reply(to: session.request(1)), arrival(from: host), at: millisecond)
        #expect(session.isDue(at: millisecond))
    }

    @Test func duplicatesReorderingAndLateness() {
        var session = session { $0.timeout = 1500 * millisecond }
        for number in 1...3 { _ = session.beginRequest(at: Int64(number - 1) * second) }
        let answers = (1...3).map { reply(to: session.request($0)) }
        _ = session.receive(answers[2], arrival(from: host), at: 2 * second + millisecond)
        _ = session.receive(answers[2], arrival(from: host), at: 2 * second + 2 * millisecond)
        guard
            case .reply(let late)? = session.receive(answers[0], arrival(from: host), at: 2 * second + 3 * millisecond)
        else {
            Issue.record("not counted")
            return
        }
        #expect(late.isLate && !late.isDuplicate && late.number == 1)
        #expect(session.received == 2 && session.duplicates == 1 && session.reordered == 1 && session.late == 1)
    }

    /// What the kernel says of sending and arriving counts, whatever the wall clock does in between.
    @Test func kernelStamps() {
        var session = session()
        let number = session.beginRequest(at: 0)
        session.requestWasSent(number, stamp: 2 * millisecond + wallOffset, clocks: clocks(3 * millisecond))
        guard
            case .reply(let first)? = session.receive(
                reply(to: session.request(1)), arrival(from: host, at: 5 * millisecond), at: 9 * millisecond)
        else {
            Issue.record("not counted")
            return
        }
        #expect(first.roundTrip == 3 * millisecond)
        let bytes = { (session: PingSession, number: Int) in reply(to: session.request(number)) }
        _ = session.beginRequest(at: second)
        let answer = bytes(session, 2)
        let span = unsafe answer.span.bytes
        let message = EchoMessage(in: span, isIPv6: false)
        let stepped = clocks(second + 4 * millisecond, steppedBy: -3600 * second)
        guard let message,
            case .reply(let second)? = session.receive(
                message, span, arrival(from: host, at: second + 2 * millisecond), clocks: stepped)
        else {
            Issue.record("not counted")
            return
        }
        #expect(second.roundTrip == 4 * millisecond)
    }

    struct Hostile: CustomTestStringConvertible {
        let testDescription: String
        var from = host
        let change: @Sendable (inout [UInt8]) -> Void

        init(_ name: String, from peer: ProbePeer = host, _ change: @escaping @Sendable (inout [UInt8]) -> Void) {
            testDescription = name
            from = peer
            self.change = change
        }
    }

    @Test(arguments: [
        Hostile("another host's", from: stranger) { _ in },
        Hostile("a sequence number that was never sent") { $0[7] = 9 },
        Hostile("without the mark") { $0[12] ^= 1 },
        Hostile("cut within the mark") { $0.removeLast($0.count - 12) },
        Hostile("no data at all") { $0.removeLast($0.count - 8) },
        Hostile("no whole header") { $0.removeLast($0.count - 7) },
        Hostile("a request") { $0[0] = 8 },
        Hostile("another type") { $0[0] = 3 },
        Hostile("an impossible code") { $0[1] = 1 },
        Hostile("nothing") { $0 = [] },
    ])
    func notCounted(row: Hostile) {
        var session = session()
        _ = session.beginRequest(at: 0)
        var bytes = reply(to: session.request(1))
        row.change(&bytes)
        #expect(session.receive(bytes, arrival(from: row.from), at: millisecond) == nil)
        #expect(session.received == 0 && session.duplicates == 0)
    }

    @Test func corruptIsToldAndCounted() {
        var session = session()
        _ = session.beginRequest(at: 0)
        var bytes = reply(to: session.request(1))
        bytes[20] = 0xff
        guard case .reply(let reply)? = session.receive(bytes, arrival(from: host), at: millisecond) else {
            Issue.record("not counted")
            return
        }
        #expect(reply.corruption == PingReply.Corruption(offset: 12, expected: 12, found: 0xff))
        #expect(session.corrupt == 1)
    }

    @Test func errors() {
        var session = session()
        _ = session.beginRequest(at: 0)
        let quoted = session.request(1)
        guard
            case .fault(let number, let fault, _)? = session.receiveFault(
                quoted, icmpError(3, 13, about: host, from: router), at: millisecond)
        else {
            Issue.record("not told")
            return
        }
        #expect(number == 1 && fault.kind == .prohibited && fault.reporter == router)
        #expect(session.errors == 1 && session.received == 0)
        #expect(session.receiveFault(quoted, icmpError(3, 13, about: stranger, from: router), at: millisecond) == nil)
        var forged = quoted
        forged[9] ^= 1
        #expect(session.receiveFault(forged, icmpError(3, 13, about: host, from: router), at: millisecond) == nil)
    }

    /// Sequence numbers wrap; a reply is held against the newest request that has its number.
    @Test func wrapping() {
        var session = session(count: nil)
        for number in 1...70_000 { #expect(session.beginRequest(at: Int64(number) * millisecond) == number) }
        let answer = reply(to: session.request(70_000))
        #expect(session.receive(answer, arrival(from: host), at: 70_001 * millisecond) != nil)
        // Of request 1, whose sequence number request 65,537 has taken.
        #expect(session.receive(reply(to: session.request(1)), arrival(from: host), at: 70_001 * millisecond) == nil)
        #expect(session.received == 1 && session.foreign == 1)
    }

    @Test func refusedByThisHost() {
        var session = session(count: 1)
        let number = session.beginRequest(at: 0)
        #expect(session.requestFailed(number, errorNumber: 101, clocks: clocks(1)) != nil)
        #expect(session.wasNeverSent && session.isOver(at: 1))
    }
}
