import PacketDecoding
import Sockets
import Testing

@testable import Probes

@Suite struct PathMTUSessionTests {
    /// A path that carries `mtu` bytes; its router says so with `told`, or is silent where that is nil.
    ///
    /// - Parameter hops: routers that answer; behind the last of them is the link of `mtu`.
    private func search(
        _ mtu: Int, told: UInt32?, from start: Int = 1500, hops: [PathMTUSession.Hop] = []
    ) -> (session: PathMTUSession, probes: Int) {
        var session = PathMTUSession(to: host, from: start, timeout: second, key: key, isUDP: false, hops: hops)
        var time: Int64 = 0
        var probes = 0
        while !session.isOver, probes < 200 {
            time += 2 * second
            if session.isDue(at: time) {
                let number = session.beginProbe(at: time)
                probes += 1
                let bytes = written(session.messageLength) { session.write(number, identifier: identifier, into: &$0) }
                if let limit = session.hopLimit, limit < 3 {
                    let error = icmpError(11, 0, about: host, from: hops[Int(limit) - 1].address)
                    session.receiveFault(unsafe bytes.span.bytes, identifier: identifier, error, at: time)
                } else if session.length > mtu {
                    guard let told else { continue }
                    let error = icmpError(3, 4, about: host, from: router, information: told)
                    session.receiveFault(unsafe bytes.span.bytes, identifier: identifier, error, at: time)
                } else {
                    let answer = reply(to: bytes)
                    let span = unsafe answer.span.bytes
                    if let message = EchoMessage(in: span, isIPv6: false) {
                        session.receive(message, span, arrival(from: host), at: time + millisecond)
                    }
                }
            } else {
                session.expire(at: time)
            }
        }
        return (session, probes)
    }

    @Test func told() {
        let (session, probes) = search(1400, told: 1400)
        #expect(session.mtu == 1400 && probes == 2)
        #expect(
            session.limits == [PathMTUSession.Limit(reporter: router, mtu: 1400, isSilent: false, lastReached: nil)])
    }

    @Test func unlimited() {
        let (session, probes) = search(9000, told: 0)
        #expect(session.mtu == 1500 && probes == 1 && session.limits.isEmpty)
    }

    /// A router from before RFC 1191, or one that lies: the search goes on and ends.
    @Test(arguments: [0, 1500, 60_000] as [UInt32])
    func notTold(mtu: UInt32) {
        let (session, _) = search(1300, told: mtu)
        #expect(session.mtu == 1280)
        #expect(session.limits.last?.reporter == router)
    }

    @Test func silent() {
        let (session, probes) = search(1400, told: nil)
        #expect(session.mtu == 1400)
        #expect(session.limits.last?.isSilent == true)
        #expect(probes < 60)
    }

    /// Longer packets get to the second router and no further: that is who is named.
    @Test func silentBehindARouter() {
        let hops = (1...3).map { PathMTUSession.Hop(number: $0, address: .v4(IPv4Address(10, 0, UInt8($0), 2))) }
        let (session, _) = search(1400, told: nil, hops: hops)
        #expect(session.isOver && session.mtu == 1400)
        #expect(
            session.limits == [PathMTUSession.Limit(reporter: nil, mtu: 1400, isSilent: true, lastReached: hops[1])])
    }

    @Test func dead() {
        let (session, probes) = search(0, told: nil)
        #expect(session.isOver && session.mtu == nil && probes < 20)
    }
}
