import PacketDecoding
import Rendering
import Sockets

@testable import Probes

let host = ProbePeer(.v4(IPv4Address(10, 0, 3, 2)))
let router = IPAddress.v4(IPv4Address(10, 0, 1, 2))
let stranger = ProbePeer(.v4(IPv4Address(10, 9, 9, 9)))
let identifier: UInt16 = 4711
let key = EchoKey(1, 2)
let millisecond: Int64 = 1_000_000
let second: Int64 = 1_000_000_000
/// What the wall clock is ahead of the monotonic one.
let wallOffset: Int64 = 1_700_000_000 * 1_000_000_000

/// Both clocks at a monotonic time, in nanoseconds.
func clocks(_ time: Int64, steppedBy step: Int64 = 0) -> ClockReading {
    ClockReading(monotonic: time, realtime: time + wallOffset + step)
}

/// Bytes written by a session.
func written(_ length: Int, _ body: (inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length)
    var span = bytes.mutableSpan
    body(&span)
    return bytes
}

/// The reply that a host makes of a request.
func reply(to request: [UInt8], isIPv6: Bool = false) -> [UInt8] {
    var bytes = request
    bytes[0] = isIPv6 ? 129 : 0
    return bytes
}

func arrival(from peer: ProbePeer, at time: Int64? = nil, hopLimit: UInt8 = 64) -> ProbeArrival {
    var arrival = ProbeArrival(from: peer)
    arrival.stamp = time.map { $0 + wallOffset }
    arrival.hopLimit = hopLimit
    return arrival
}

/// An ICMP error about a probe to `peer`.
func icmpError(
    _ type: UInt8, _ code: UInt8, about peer: ProbePeer, from reporter: IPAddress, information: UInt32 = 0
) -> ProbeArrival {
    var arrival = arrival(from: peer)
    arrival.kind = .icmpError
    arrival.reporter = ProbePeer(reporter)
    arrival.type = type
    arrival.code = code
    arrival.information = information
    return arrival
}

extension PingSession {
    func request(_ number: Int) -> [UInt8] {
        written(options.payload.size + 8) { write(number, identifier: identifier, into: &$0) }
    }

    mutating func receive(_ bytes: [UInt8], _ arrival: ProbeArrival, at time: Int64) -> PingEvent? {
        let span = unsafe bytes.span.bytes
        guard let message = EchoMessage(in: span, isIPv6: peer.family == .v6), message.isReply else { return nil }
        return receive(message, span, arrival, clocks: clocks(time))
    }

    mutating func receiveFault(_ bytes: [UInt8], _ arrival: ProbeArrival, at time: Int64) -> PingEvent? {
        let span = unsafe bytes.span.bytes
        guard let message = EchoMessage(in: span, isIPv6: peer.family == .v6) else { return nil }
        return receiveFault(message, span, arrival, clocks: clocks(time))
    }
}

extension ByteBuffer {
    var text: String { unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
}
