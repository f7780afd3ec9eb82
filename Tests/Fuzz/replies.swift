// Fuzzes what probes are answered: replies, ICMP errors with what they quote, the kernel's reports. The input: which
// probe (bits 0 to 2), IPv6 (bit 3), then answers, each a byte of what it is, one with the length of what it holds, and
// that: edits of the right answer (offset and what to turn over, in turn), or all of its bytes.

import FuzzSupport
import PacketDecoding
import Probes
import Rendering
import Sockets

@_cdecl("LLVMFuzzerTestOneInput")
public func testReplies(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count >= 3 else { return -1 }
    unsafe withInput(start, count) { input in
        let isIPv6 = input[0] & 8 != 0
        var probe: any Probe
        switch input[0] & 7 {
        case 0, 1: probe = PingProbe(isIPv6: isIPv6)
        case 2, 3: probe = SweepProbe(isIPv6: isIPv6)
        case 4: probe = TraceProbe(isIPv6: isIPv6, isUDP: false)
        case 5: probe = TraceProbe(isIPv6: isIPv6, isUDP: true)
        case 6: probe = PathProbe(isIPv6: isIPv6, isUDP: false)
        default: probe = PathProbe(isIPv6: isIPv6, isUDP: true)
        }
        var offset = 1
        var time: Int64 = 1_000_000_000
        for _ in 0..<8 where count - offset >= 2 {
            let length = min(Int(input[offset + 1]), count - offset - 2)
            time += 300_000_000
            probe.ask(at: time)
            let answer = Answer(
                input[offset], input.extracting(offset + 2..<offset + 2 + length), to: probe, isIPv6: isIPv6, at: time)
            answer.take(&probe, isIPv6: isIPv6, at: time)
            offset += 2 + length
        }
        var text = ByteBuffer()
        var json = ByteBuffer()
        probe.write(text: &text, json: &json)
        requirePrintable(text.bytes)
        requirePrintable(json.bytes)
        requireJSONLines(json.bytes)
    }
    return 0
}

private let key = EchoKey(0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210)
let identifier: UInt16 = 4711

func peer(isIPv6: Bool, _ number: UInt32 = 2, port: UInt16 = 0) -> ProbePeer {
    ProbePeer(
        isIPv6
            ? .v6(IPv6Address(high: 0xfd00 << 48, low: UInt64(number)))
            : .v4(IPv4Address(rawValue: 0xc000_0200 + number)), port: port)
}

private func clocks(_ time: Int64) -> ClockReading {
    ClockReading(monotonic: time, realtime: 1_700_000_000_000_000_000 + time)
}

private func written(_ length: Int, _ body: (inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length)
    var span = bytes.mutableSpan
    body(&span)
    return bytes
}

/// What asks, and what the last it asked was.
protocol Probe {
    var request: [UInt8] { get }
    var isUDP: Bool { get }
    /// Where the last request went to.
    var target: ProbePeer { get }
    /// How many answers count so far.
    var counted: Int { get }
    mutating func ask(at time: Int64)
    mutating func receive(_ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64)
    mutating func receiveFault(_ message: EchoMessage?, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64)
    mutating func sent(_ arrival: ProbeArrival, at time: Int64)
    func write(text: inout ByteBuffer, json: inout ByteBuffer)
}

/// An answer to the last request.
private struct Answer {
    private var bytes: [UInt8]
    private var arrival: ProbeArrival
    private let isRaw: Bool

    /// - Parameter control: bits 0 and 1 what it is, bit 2 whether `content` is all of it, bit 3 a stranger's, bit 4
    ///   raw IPv4, bit 5 a wrong checksum, bit 6 no time, bit 7 cut.
    init(_ control: UInt8, _ content: RawSpan, to probe: any Probe, isIPv6: Bool, at time: Int64) {
        isRaw = control & 0x13 == 0x10 && !isIPv6
        arrival = ProbeArrival(from: control & 8 != 0 ? peer(isIPv6: isIPv6, 77) : probe.target)
        arrival.kind = [.message, .icmpError, .localError, .sent][Int(control & 3)]
        arrival.stamp = control & 0x40 != 0 ? nil : 1_700_000_000_000_000_000 + time
        arrival.isCut = control & 0x80 != 0
        arrival.hopLimit = 64
        var offset = 0
        if arrival.kind != .message && content.byteCount >= 6 {
            arrival.type = content[0]
            arrival.code = content[1]
            arrival.information = UInt32(content[2]) << 8 | UInt32(content[3])
            arrival.extensionOffset = Int(content[4])
            arrival.errorNumber = Int32(content[5])
            arrival.reporter = arrival.kind == .icmpError ? peer(isIPv6: isIPv6, UInt32(content[5])) : nil
            offset = 6
        }
        bytes = control & 4 != 0 ? [] : probe.request
        if arrival.kind == .message, !bytes.isEmpty, !probe.isUDP { bytes[0] = isIPv6 ? 129 : 0 }
        if control & 4 != 0 {
            for position in offset..<content.byteCount { bytes.append(content[position]) }
        } else {
            while content.byteCount - offset >= 2 {
                let position = Int(content[offset])
                if position == 255 {
                    bytes = Array(bytes.prefix(Int(content[offset + 1])))
                } else if position < bytes.count {
                    bytes[position] ^= content[offset + 1]
                } else {
                    bytes.append(content[offset + 1])
                }
                offset += 2
            }
        }
        guard isRaw else { return }
        if control & 0x20 == 0, bytes.count >= 8 {
            bytes[2] = 0
            bytes[3] = 0
            var sum = InternetChecksum()
            sum.add(unsafe bytes.span.bytes)
            bytes[2] = UInt8(sum.complement >> 8)
            bytes[3] = UInt8(sum.complement & 0xff)
        }
        bytes = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 2, 192, 0, 2, 1] + bytes
    }

    /// Goes the way of a runner's answers.
    func take(_ probe: inout any Probe, isIPv6: Bool, at time: Int64) {
        let span = unsafe bytes.span.bytes
        let message = isRaw ? EchoMessage(rawIPv4: span) : EchoMessage(in: span, isIPv6: isIPv6)
        let before = probe.counted
        switch arrival.kind {
        case .message:
            guard !probe.isUDP, let message, message.isReply, message.identifier == identifier else { return }
            probe.receive(message, span, arrival, at: time)
            if probe.counted > before && !bears(probe.request, message) { finding("a reply without the mark counts") }
            if probe.counted > before && arrival.peer != probe.target { finding("a stranger's reply counts") }
        case .icmpError, .localError:
            if !probe.isUDP && message?.identifier != identifier { return }
            probe.receiveFault(message, span, arrival, at: time)
        case .sent: probe.sent(arrival, at: time)
        case .other: break
        }
        if probe.counted > before + 1 { finding("an answer counts more than once") }
    }

    /// Whether the mark, the first eight bytes of the request's data, came back.
    private func bears(_ request: [UInt8], _ message: EchoMessage) -> Bool {
        request.count < 16
            || bytes.dropFirst(message.dataOffset).prefix(8).elementsEqual(request[8..<16])
    }
}

private struct PingProbe: Probe {
    private var session: PingSession
    private var number = 0
    private var events: [PingEvent] = []

    init(isIPv6: Bool) {
        var options = PingOptions()
        options.payload = EchoPayload(size: 24, pattern: [0xa5, 0x5a, 0])
        session = PingSession(options, to: peer(isIPv6: isIPv6), key: key, now: 0)
    }

    let isUDP = false
    var target: ProbePeer { session.peer }
    var counted: Int { session.received }
    var request: [UInt8] {
        written(32) { session.write(number, identifier: identifier, into: &$0) }
    }

    mutating func ask(at time: Int64) {
        // Every other answer is to the request before: that may be a duplicate.
        if number % 2 == 0 || session.received > 0 { number = session.beginRequest(at: time - 1_000_000) }
    }

    mutating func receive(_ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64) {
        if let event = session.receive(message, bytes, arrival, clocks: clocks(time)) { events.append(event) }
    }

    mutating func receiveFault(_ message: EchoMessage?, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64) {
        guard let message, let event = session.receiveFault(message, bytes, arrival, clocks: clocks(time)) else {
            return
        }
        events.append(event)
    }

    mutating func sent(_ arrival: ProbeArrival, at time: Int64) {
        session.requestWasSent(Int(arrival.information), stamp: arrival.stamp, clocks: clocks(time))
    }

    func write(text: inout ByteBuffer, json: inout ByteBuffer) {
        if session.received > session.transmitted { finding("more received than transmitted") }
        for event in events {
            session.write(event, showsTime: true, to: &text)
            session.writeRecord(event, host: "host", to: &json)
        }
        session.writeSummary(host: "host", isVerbose: true, to: &text)
        session.writeSummaryRecord(host: "host", to: &json)
    }
}

private struct SweepProbe: Probe {
    private var session: SweepSession
    private var index = 0
    private var results: [SweepResult] = []

    init(isIPv6: Bool) {
        var targets = SweepTargets()
        for number in 1...4 as ClosedRange<UInt32> { try? targets.add(peer(isIPv6: isIPv6, number)) }
        session = SweepSession(SweepOptions(), to: targets, key: key, now: 0)
    }

    let isUDP = false
    var target: ProbePeer { session.targets[index] }
    var counted: Int { session.alive }
    var request: [UInt8] {
        written(session.options.payload.size + 8) { session.write(index, identifier: identifier, into: &$0) }
    }

    mutating func ask(at time: Int64) { index = session.beginRequest(at: time) ?? index }

    mutating func receive(_ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64) {
        if let result = session.receive(message, bytes, arrival, clocks: clocks(time)) { results.append(result) }
    }

    mutating func receiveFault(_ message: EchoMessage?, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64) {
        if let message { session.receiveFault(message, bytes, arrival) }
        while let result = session.expire(at: time) { results.append(result) }
    }

    mutating func sent(_ arrival: ProbeArrival, at time: Int64) {}

    func write(text: inout ByteBuffer, json: inout ByteBuffer) {
        if session.alive + session.dead > session.targets.count { finding("more hosts than targets") }
        for result in results {
            session.write(result, to: &text)
            session.writeRecord(result, to: &json)
        }
        session.writeSummary(duration: 1, to: &text)
        session.writeSummaryRecord(duration: 1, to: &json)
    }
}

private struct TraceProbe: Probe {
    private var session: TraceSession
    private var number = 0

    init(isIPv6: Bool, isUDP: Bool) {
        var options = TraceOptions()
        options.isUDP = isUDP
        options.lastHop = 4
        options.rounds = nil
        session = TraceSession(options, to: peer(isIPv6: isIPv6), key: key, now: 0)
    }

    var isUDP: Bool { session.options.isUDP }
    var target: ProbePeer { session.destination(of: number) }
    var counted: Int { session.path.reduce(0) { $0 + $1.hop.received } }
    var request: [UInt8] {
        written(session.messageLength) { session.write(number, identifier: identifier, into: &$0) }
    }

    mutating func ask(at time: Int64) { number = session.beginProbe(at: time - 1_000_000).number }

    mutating func receive(_ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64) {
        _ = session.receive(message, bytes, arrival, clocks: clocks(time))
    }

    mutating func receiveFault(_ message: EchoMessage?, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64) {
        if isUDP {
            _ = session.receiveDatagramFault(bytes, arrival, clocks: clocks(time))
        } else if let message {
            _ = session.receiveFault(message, bytes, arrival, clocks: clocks(time))
        }
    }

    mutating func sent(_ arrival: ProbeArrival, at time: Int64) {
        session.probeWasSent(Int(arrival.information), stamp: arrival.stamp, clocks: clocks(time))
    }

    func write(text: inout ByteBuffer, json: inout ByteBuffer) {
        session.writeHeader(host: "host", to: &text)
        session.writeHops(to: &text)
        session.writeTable(to: &text)
        session.writeRecords(host: "host", nil, to: &json)
    }
}

private struct PathProbe: Probe {
    private let trace: TraceSession
    private var search: PathMTUSession
    private var number = 0

    init(isIPv6: Bool, isUDP: Bool) {
        var options = TraceOptions()
        options.isUDP = isUDP
        trace = TraceSession(options, to: peer(isIPv6: isIPv6), key: key, now: 0)
        search = PathMTUSession(
            to: peer(isIPv6: isIPv6), from: 1500, timeout: 1_000_000_000, key: key, isUDP: isUDP,
            hops: [PathMTUSession.Hop(number: 1, address: peer(isIPv6: isIPv6, 9).address)])
    }

    var isUDP: Bool { trace.options.isUDP }
    var target: ProbePeer { trace.peer }
    var counted: Int { search.carried > 0 ? 1 : 0 }
    var request: [UInt8] {
        written(search.length - (target.family == .v6 ? 40 : 20)) {
            search.write(number, identifier: identifier, into: &$0)
        }
    }

    mutating func ask(at time: Int64) {
        if search.isDue(at: time) { number = search.beginProbe(at: time) }
    }

    mutating func receive(_ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64) {
        search.receive(message, bytes, arrival, at: time)
    }

    mutating func receiveFault(_ message: EchoMessage?, _ bytes: RawSpan, _ arrival: ProbeArrival, at time: Int64) {
        search.receiveFault(bytes, identifier: identifier, arrival, at: time)
        search.expire(at: time)
    }

    mutating func sent(_ arrival: ProbeArrival, at time: Int64) {}

    func write(text: inout ByteBuffer, json: inout ByteBuffer) {
        trace.writeMTU(search, to: &text)
        trace.writeRecords(host: "host", search, to: &json)
    }
}
