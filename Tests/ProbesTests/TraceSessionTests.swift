import PacketDecoding
import Rendering
import Sockets
import Testing

@testable import Probes

@Suite struct TraceSessionTests {
    private func session(_ change: (inout TraceOptions) -> Void = { _ in }) -> TraceSession {
        var options = TraceOptions()
        options.lastHop = 5
        options.probesPerHop = 2
        options.spacing = 10
        change(&options)
        return TraceSession(options, to: host, key: key, now: 0)
    }

    private func probe(_ session: TraceSession, _ number: Int) -> [UInt8] {
        written(session.messageLength) { session.write(number, identifier: identifier, into: &$0) }
    }

    private func fault(_ session: inout TraceSession, _ number: Int, _ arrival: ProbeArrival, at time: Int64) -> Bool {
        let bytes = probe(session, number)
        let span = unsafe bytes.span.bytes
        guard let message = EchoMessage(in: span, isIPv6: false) else { return false }
        return session.receiveFault(message, span, arrival, clocks: clocks(time))
    }

    private func answer(_ session: inout TraceSession, _ number: Int, at time: Int64) -> Bool {
        let bytes = reply(to: probe(session, number))
        let span = unsafe bytes.span.bytes
        guard let message = EchoMessage(in: span, isIPv6: false) else { return false }
        return session.receive(message, span, arrival(from: host), clocks: clocks(time))
    }

    /// All hops once, then all again, up to where the destination answered.
    @Test func order() {
        var session = session()
        var limits: [UInt8] = []
        var time: Int64 = 0
        while session.isDue(at: time) {
            let (number, limit) = session.beginProbe(at: time)
            limits.append(limit)
            if limit == 3 { #expect(answer(&session, number, at: time + 5)) }
            if limit == 1 {
                #expect(fault(&session, number, icmpError(11, 0, about: host, from: router), at: time + 5))
            }
            time += 10
        }
        // The fourth hop was due before the third had answered.
        #expect(limits == [1, 2, 3, 4, 1, 2, 3])
        #expect(session.hasReached)
        #expect(!session.isOver(at: time) && session.isOver(at: time + second))
        let path = session.path
        #expect(path.map(\.number) == [1, 2, 3])
        #expect(path[0].hop.addresses == [router] && path[0].hop.received == 2)
        #expect(path[1].hop.received == 0 && path[1].hop.transmitted == 2)
        #expect(path[2].hop.isDestination && path[2].hop.roundTrips == [5, 5])
    }

    @Test(
        arguments: [(3, 1, ProbeFault.Kind.unreachable), (3, 13, .prohibited), (3, 0, .unreachable)]
            as [(UInt8, UInt8, ProbeFault.Kind)])
    func ends(type: UInt8, code: UInt8, kind: ProbeFault.Kind) {
        var session = session()
        let (first, _) = session.beginProbe(at: 0)
        let (second, _) = session.beginProbe(at: 10)
        #expect(fault(&session, first, icmpError(11, 0, about: host, from: router), at: 20))
        #expect(fault(&session, second, icmpError(type, code, about: host, from: router), at: 20))
        #expect(!session.hasReached)
        #expect(session.path.map(\.number) == [1, 2])
        #expect(session.path.last?.hop.fault?.kind == kind)
    }

    /// A router tells of a host that it does not find after three seconds: so long the hops behind the last answer are
    /// waited for, and no others.
    @Test func hopsBehindTheLastAnswerAreWaitedForLonger() {
        var session = session { options in
            options.lastHop = 3
            options.probesPerHop = 1
            options.patience = 3 * second
        }
        for hop in 0..<3 { #expect(session.beginProbe(at: Int64(hop * 10)).number == hop) }
        #expect(fault(&session, 1, icmpError(11, 0, about: host, from: router), at: 15))
        #expect(!session.isOver(at: second + 30), "the third hop may still say why")
        #expect(session.nextDeadline(at: second + 30) == 3 * second + 20)
        var answered = session
        #expect(answer(&answered, 2, at: 30))
        #expect(answered.isOver(at: second + 30), "the first hop had its second")
        #expect(fault(&session, 2, icmpError(3, 1, about: host, from: router), at: 3 * second))
        #expect(session.path.last?.hop.fault?.kind == .unreachable)
        #expect(session.isOver(at: 3 * second + 1))
    }

    @Test func timesTellWhoseTheyAre() {
        var session = session { options in
            options.lastHop = 1
            options.probesPerHop = 4
        }
        for number in 0..<4 { #expect(session.beginProbe(at: Int64(number * 10)).number == number) }
        let other = stranger.address
        for (number, sender) in [(0, router), (1, other), (3, other)] {
            let time = Int64(number * 10) + Int64(number + 1) * millisecond
            #expect(fault(&session, number, icmpError(11, 0, about: host, from: sender), at: time))
        }
        let hop = session.path[0].hop
        #expect(hop.responders == [router, other, nil, other])
        var lines = ByteBuffer()
        session.writeHops(to: &lines)
        #expect(lines.text == " 1  10.0.1.2  1.00  10.9.9.9  2.00  *  4.00 ms  loss 25%\n")
        lines = ByteBuffer()
        session.writeRecords(host: "x", nil, to: &lines)
        #expect(
            lines.text.contains(
                #""rtt_ms":[1.000000,2.000000,4.000000],"rtt_from":["10.0.1.2","10.9.9.9","10.9.9.9"]"#))
        lines = ByteBuffer()
        session.writeTable(to: &lines)
        #expect(lines.text.contains("     10.0.1.2 1.00 ms, 10.9.9.9 4.00 ms\n"))
    }

    @Test func aHopThatNeverAnsweredHasNoTimes() {
        var session = session { $0.lastHop = 1 }
        _ = session.beginProbe(at: 0)
        var lines = ByteBuffer()
        session.writeTable(to: &lines)
        #expect(lines.text.hasSuffix("100.0     1        -        -        -        -        -     no answer\n"))
    }

    @Test func foreignErrorsDoNotCount() {
        var session = session()
        let (number, _) = session.beginProbe(at: 0)
        #expect(!fault(&session, number, icmpError(11, 0, about: stranger, from: router), at: 1))
        #expect(!fault(&session, number + 7, icmpError(11, 0, about: host, from: router), at: 1))
        #expect(fault(&session, number, icmpError(11, 0, about: host, from: router), at: 1))
        #expect(!fault(&session, number, icmpError(11, 0, about: host, from: router), at: 2), "counted twice")
    }

    @Test func datagramsAreKnownByPort() {
        var session = session { $0.isUDP = true }
        for hop in 0..<3 { #expect(session.beginProbe(at: Int64(hop * 10)).number == hop) }
        let bytes = written(session.messageLength) { session.write(2, identifier: identifier, into: &$0) }
        let peer = session.destination(of: 2)
        #expect(peer.port == 33_436)
        let error = icmpError(3, 3, about: peer, from: host.address)
        #expect(session.receiveDatagramFault(unsafe bytes.span.bytes, error, clocks: clocks(50)))
        #expect(session.hasReached && session.path.count == 3)
        var other = session
        #expect(!other.receiveDatagramFault(unsafe [1, 2, 3].span.bytes, error, clocks: clocks(50)))
    }

    /// RFC 4884 extensions with an MPLS label stack of one entry.
    @Test func labels() {
        let bytes: [UInt8] = [0x20, 0, 0, 0, 0, 8, 1, 1, 0x03, 0xe8, 0x01, 0x40]
        var arrival = icmpError(11, 0, about: host, from: router)
        var quote = [UInt8](repeating: 0, count: 108)
        arrival.extensionOffset = 108
        quote += bytes
        let fault = ProbeFault(arrival, unsafe quote.span.bytes)
        #expect(fault.labels.count == 1)
        #expect(fault.labels[0].label == 16_000 && fault.labels[0].timeToLive == 64)
    }
}
