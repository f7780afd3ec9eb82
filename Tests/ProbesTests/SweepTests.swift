import PacketDecoding
import Sockets
import Testing

@testable import Probes

@Suite struct SweepTargetsTests {
    @Test(arguments: [
        ("10.0.0.7", 1, "10.0.0.7", "10.0.0.7"), ("10.0.0.7/30", 4, "10.0.0.4", "10.0.0.7"),
        ("10.0.0.1-9", 9, "10.0.0.1", "10.0.0.9"), ("10.0.0.250-10.0.1.2", 9, "10.0.0.250", "10.0.1.2"),
        ("fd00::1/126", 4, "fd00::", "fd00::3"), ("fd00::1-fd00::10", 16, "fd00::1", "fd00::10"),
        ("127.0.0.0/16", 65_536, "127.0.0.0", "127.0.255.255"),
    ])
    func taken(text: String, count: Int, first: String, last: String) throws {
        var targets = SweepTargets()
        try targets.add(text)
        #expect(targets.count == count)
        #expect(targets[0].address.presentation == first && targets[count - 1].address.presentation == last)
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/x", "10.0.0.9-1", "10.0.0.1-", "fd00::/1", "0.0.0.0/0",
        "fd00::9-fd00::1", "10.0.0.1-fd00::1", "10.0.0.1/8/8",
    ])
    func refused(text: String) {
        var targets = SweepTargets()
        #expect(throws: SweepTargets.Refusal.self) { try targets.add(text) }
        #expect(targets.count == 0)
    }

    @Test func severalRanges() throws {
        var targets = SweepTargets()
        for text in ["10.0.0.1-3", "fd00::5", "10.0.1.0/31"] { try targets.add(text) }
        #expect(
            (0..<targets.count).map { targets[$0].address.presentation } == [
                "10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::5", "10.0.1.0", "10.0.1.1",
            ])
        #expect(targets.contains(.v4) && targets.contains(.v6) && !targets.isLoopback)
    }
}

@Suite struct SweepSessionTests {
    private func session(_ text: String, rate: Double = 1000, retries: Int = 1) throws -> SweepSession {
        var targets = SweepTargets()
        try targets.add(text)
        var options = SweepOptions()
        options.rate = rate
        options.retries = retries
        return SweepSession(options, to: targets, key: key, now: 0)
    }

    private func receive(_ session: inout SweepSession, _ index: Int, from peer: ProbePeer? = nil, at time: Int64)
        -> SweepResult?
    {
        let bytes = reply(
            to: written(session.options.payload.size + 8) { session.write(index, identifier: identifier, into: &$0) })
        let span = unsafe bytes.span.bytes
        guard let message = EchoMessage(in: span, isIPv6: false) else { return nil }
        let sender = peer ?? session.targets[index]
        return session.receive(message, span, arrival(from: sender), clocks: clocks(time))
    }

    @Test func pace() throws {
        var session = try session("10.0.0.0/16", rate: 1000)
        var sent = 0
        for time in stride(from: Int64(0), to: second, by: Int(millisecond / 2)) {
            while session.beginRequest(at: time) != nil { sent += 1 }
        }
        #expect((999...1001).contains(sent))
    }

    @Test func retriesThenGivesUp() throws {
        var session = try session("10.0.0.0/31")
        #expect(session.beginRequest(at: 0) == 0)
        #expect(session.beginRequest(at: millisecond) == 1)
        let alive = try #require(receive(&session, 1, at: 3 * millisecond))
        #expect(alive.roundTrip == 2 * millisecond)
        #expect(receive(&session, 1, at: 4 * millisecond) == nil, "a duplicate")
        #expect(session.expire(at: second) == nil)
        #expect(session.beginRequest(at: second) == 0)
        #expect(session.expire(at: 2 * second - 1) == nil)
        let dead = session.expire(at: 2 * second)
        #expect(dead == SweepResult(index: 0, roundTrip: nil, fault: nil))
        #expect(session.isOver && session.alive == 1 && session.dead == 1 && session.transmitted == 3)
    }

    /// A router tells of a host that it does not find after three seconds.
    @Test func aHostIsWaitedForAsLongAsARouterMayTake() throws {
        var targets = SweepTargets()
        try targets.add("10.0.0.0/31")
        var options = SweepOptions()
        options.patience = 3 * second
        var session = SweepSession(options, to: targets, key: key, now: 0)
        #expect(session.beginRequest(at: 0) == 0 && session.beginRequest(at: millisecond) == 1)
        #expect(session.expire(at: second + millisecond) == nil)
        #expect(session.beginRequest(at: 2 * second) == 0)
        #expect(session.beginRequest(at: 2 * second + millisecond) == 1)
        #expect(session.nextDeadline(at: 2 * second + millisecond) == 4 * second)
        #expect(session.expire(at: 4 * second - 1) == nil)
        #expect(session.expire(at: 4 * second)?.index == 0)
        #expect(session.expire(at: 4 * second) == nil)
        #expect(session.expire(at: 4 * second + millisecond)?.index == 1)
        #expect(session.isOver)
    }

    @Test func foreignRepliesDoNotCount() throws {
        var session = try session("10.0.0.0/30")
        while session.beginRequest(at: second) != nil {}
        #expect(receive(&session, 0, from: stranger, at: second) == nil)
        #expect(session.foreign == 1 && session.alive == 0)
    }
}
