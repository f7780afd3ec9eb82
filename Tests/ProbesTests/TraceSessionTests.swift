import PacketDecoding
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
