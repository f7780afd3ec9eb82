public import PacketDecoding
public import Sockets

/// How a path is traced. Times are nanoseconds.
public struct TraceOptions: Hashable, Sendable {
    public var firstHop = 1
    /// 1 to 255.
    public var lastHop = 30
    /// To each hop, in a round.
    public var probesPerHop = 3
    /// Rounds; nil is no limit.
    public var rounds: Int? = 1
    public var timeout: Int64 = 1_000_000_000
    /// The same, at least, for hops behind the last that has answered. A router that does not find the next host says so
    /// after three requests for its link-layer address, a second apart (RFC 4861 section 7.3.3; Linux asks as often
    /// with ARP).
    public var patience: Int64 = 0
    /// What ``patience`` has to be for that, and some time for the way.
    public static let patienceForRouters: Int64 = 3_500_000_000
    /// Between two probes.
    public var spacing: Int64 = 20_000_000
    /// From one round's beginning to the next one's, at least.
    public var roundTime: Int64 = 1_000_000_000
    public var isUDP = false
    /// Where UDP probes go: to this port and the 65,535 - port after it, in turn.
    public var port: UInt16 = 33_434
    public var payload = EchoPayload(size: 32)

    public init() {}
}

/// One hop of a path: what its probes met.
public struct TraceHop: Hashable, Sendable {
    /// Who answered for it, in order of appearance; several where routes differ.
    public internal(set) var addresses: [IPAddress] = []
    public internal(set) var transmitted = 0
    public internal(set) var received = 0
    /// The last round-trip times, in nanoseconds, in order of the probes; nil where none came.
    public internal(set) var roundTrips: [Int64?] = []
    /// Who sent each of ``roundTrips``.
    public internal(set) var responders: [IPAddress?] = []
    /// The last round-trip time of each of ``addresses``.
    public internal(set) var lastTimes: [Int64] = []
    /// The interface that addresses without a wider meaning were heard on, by the kernel's index; 0 where there is none.
    public internal(set) var zone: UInt32 = 0
    /// Other than "time exceeded": why no probe gets farther.
    public internal(set) var fault: ProbeFault?
    public internal(set) var labels = MPLSStack()
    public internal(set) var isDestination = false
    public internal(set) var best: Int64 = 0
    public internal(set) var worst: Int64 = 0
    public internal(set) var last: Int64 = 0
    var sum = 0.0
    var sumOfSquares = 0.0

    public var average: Int64 { received > 0 ? Int64((sum / Double(received)).rounded()) : 0 }
    public var deviation: Int64 {
        guard received > 0 else { return 0 }
        let mean = sum / Double(received)
        return Int64(max(0, sumOfSquares / Double(received) - mean * mean).squareRoot().rounded())
    }

    /// Round-trip times kept for each hop.
    static let kept = 16

    mutating func add(_ time: Int64, from address: IPAddress, zone: UInt32, at slot: Int) {
        if roundTrips.indices.contains(slot) {
            roundTrips[slot] = time
            responders[slot] = address
        }
        if zone != 0 { self.zone = zone }
        if let index = addresses.firstIndex(of: address) {
            lastTimes[index] = time
        } else if addresses.count < Self.kept {
            addresses.append(address)
            lastTimes.append(time)
        }
        best = received == 0 ? time : min(best, time)
        worst = max(worst, time)
        last = time
        received += 1
        sum += Double(time)
        sumOfSquares += Double(time) * Double(time)
    }
}

/// The hops of a path: a state machine without clock or socket.
public struct TraceSession: Sendable {
    public let options: TraceOptions
    public let peer: ProbePeer
    private let key: EchoKey
    private var hops: [TraceHop]
    private var probes: [Probe] = []
    private var firstProbe = 0
    private var round = 0
    private var turn = 0
    private var hop: Int
    private var nextSend: Int64
    private var roundStart: Int64
    /// The last hop that has answered; 0 for none.
    private var farthestAnswer = 0
    /// The least hop at which the path ends, as far as known.
    private var end: Int
    private var isStopped = false
    private var consecutiveSilence = 0

    private struct Probe: Sendable {
        let hop: Int
        let slot: Int
        var sentAt: Int64
        var isStamped = false
        var isSettled = false
    }

    public init(_ options: TraceOptions, to peer: ProbePeer, key: EchoKey, now: Int64) {
        self.options = options
        self.peer = peer
        self.key = key
        hops = [TraceHop](repeating: TraceHop(), count: options.lastHop + 1)
        hop = options.firstHop
        end = options.lastHop
        nextSend = now
        roundStart = now
    }

    // MARK: Schedule

    private var hasSentAll: Bool { options.rounds.map { round >= $0 } ?? false }

    public func isDue(at now: Int64) -> Bool { !isStopped && !hasSentAll && now >= nextSend }

    /// Whether everything was sent, and answered or waited for.
    public func isOver(at now: Int64) -> Bool {
        isStopped || hasSentAll && probes.allSatisfy { isSettled($0, at: now) }
    }

    private func isSettled(_ probe: Probe, at now: Int64) -> Bool {
        probe.isSettled || probe.hop > end || now >= deadline(of: probe)
    }

    private func deadline(of probe: Probe) -> Int64 {
        let wait = probe.hop > farthestAnswer ? max(options.timeout, options.patience) : options.timeout
        return probe.sentAt + wait
    }

    /// When something is to be done.
    public func nextDeadline(at now: Int64) -> Int64 {
        if !hasSentAll { return nextSend }
        return probes.lazy.filter { !isSettled($0, at: now) }.map { deadline(of: $0) }.max() ?? now
    }

    public mutating func stop() { isStopped = true }

    /// The number of rounds begun so far.
    public var roundsBegun: Int { min(round + 1, options.rounds ?? .max) }

    /// Takes the next probe; it is being sent now.
    ///
    /// - Returns: its number and hop limit.
    public mutating func beginProbe(at now: Int64) -> (number: Int, hopLimit: UInt8) {
        let number = firstProbe + probes.count
        let slot = hops[hop].transmitted
        probes.append(Probe(hop: hop, slot: slot % TraceHop.kept, sentAt: now))
        // Numbers wrap; what is older than all that may still be answered goes.
        if probes.count > 8192 {
            probes.removeFirst(4096)
            firstProbe += 4096
        }
        if slot < TraceHop.kept {
            hops[hop].roundTrips.append(nil)
            hops[hop].responders.append(nil)
        } else {
            hops[hop].roundTrips[slot % TraceHop.kept] = nil
            hops[hop].responders[slot % TraceHop.kept] = nil
        }
        hops[hop].transmitted += 1
        let limit = UInt8(clamping: hop)
        nextSend = max(nextSend + options.spacing, now)
        advance(now)
        return (number, limit)
    }

    /// To the next hop; then to the next probe of each hop; then to the next round.
    private mutating func advance(_ now: Int64) {
        hop += 1
        guard hop > end else { return }
        hop = options.firstHop
        turn += 1
        guard turn >= options.probesPerHop else { return }
        turn = 0
        round += 1
        nextSend = max(nextSend, roundStart + options.roundTime)
        roundStart = nextSend
    }

    private func mark(_ number: Int) -> UInt64 { key.mark(peer.address, number: UInt64(number)) }

    /// Writes a probe: an echo request, or the data of a UDP datagram.
    public func write(_ number: Int, identifier: UInt16, into message: inout MutableSpan<UInt8>) {
        let start = options.isUDP ? 0 : EchoMessage.headerLength
        options.payload.write(mark: mark(number), into: &message, from: start)
        if options.isUDP { return }
        EchoMessage.writeRequest(
            identifier: identifier, sequenceNumber: UInt16(truncatingIfNeeded: number), isIPv6: peer.family == .v6,
            into: &message)
    }

    /// Length of a probe's message (of a UDP datagram: its data), in bytes.
    public var messageLength: Int { options.payload.size + (options.isUDP ? 0 : EchoMessage.headerLength) }

    private var portCount: Int { 65_536 - Int(options.port) }

    /// Where a UDP probe goes: each number has a port of its own.
    public func destination(of number: Int) -> ProbePeer {
        guard options.isUDP else { return peer }
        return ProbePeer(
            peer.address, scope: peer.scope, port: UInt16(Int(options.port) + number % min(portCount, 4096)))
    }

    /// The kernel said when a probe went out.
    public mutating func probeWasSent(_ number: Int, stamp: Int64?, clocks: ClockReading) {
        let index = number - firstProbe
        guard probes.indices.contains(index), !probes[index].isStamped, !probes[index].isSettled else { return }
        probes[index].sentAt = clocks.monotonic(of: stamp, notBefore: probes[index].sentAt)
        probes[index].isStamped = true
    }

    // MARK: Answers

    /// The newest probe with these lower bits; nil where none is remembered.
    private func number(ofLowerBits bits: Int, modulus: Int) -> Int? {
        let last = firstProbe + probes.count - 1
        guard last >= 0 else { return nil }
        let number = last - ((last - bits) % modulus + modulus) % modulus
        return number >= firstProbe && number >= 0 ? number : nil
    }

    /// Takes an echo reply with our identifier.
    ///
    /// - Returns: whether it counts.
    public mutating func receive(
        _ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, clocks: ClockReading
    ) -> Bool {
        guard let number = number(ofLowerBits: Int(message.sequenceNumber), modulus: 65_536),
            arrival.peer.address == peer.address,
            options.payload.verify(bytes, from: message.dataOffset, mark: mark(number), isCut: arrival.isCut) == .intact
        else { return false }
        return settle(number, from: arrival.peer, nil, arrival, clocks)
    }

    /// Takes an ICMP error about an echo probe with our identifier.
    public mutating func receiveFault(
        _ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, clocks: ClockReading
    ) -> Bool {
        guard !message.isReply, let number = number(ofLowerBits: Int(message.sequenceNumber), modulus: 65_536)
        else { return false }
        return receiveFault(of: number, quotedDataAt: message.dataOffset, bytes, arrival, clocks)
    }

    /// Takes an ICMP error about a UDP probe of our socket.
    ///
    /// - Parameter bytes: the quoted datagram's data.
    public mutating func receiveDatagramFault(
        _ bytes: RawSpan, _ arrival: ProbeArrival, clocks: ClockReading
    ) -> Bool {
        let bits = Int(arrival.peer.port) - Int(options.port)
        guard bits >= 0, let number = number(ofLowerBits: bits, modulus: min(portCount, 4096)) else { return false }
        return receiveFault(of: number, quotedDataAt: 0, bytes, arrival, clocks)
    }

    private mutating func receiveFault(
        of number: Int, quotedDataAt offset: Int, _ bytes: RawSpan, _ arrival: ProbeArrival, _ clocks: ClockReading
    ) -> Bool {
        guard arrival.peer.address == peer.address, arrival.kind == .icmpError, let reporter = arrival.reporter,
            options.payload.isQuote(bytes, from: offset, mark: mark(number))
        else { return false }
        return settle(number, from: reporter, ProbeFault(arrival, bytes), arrival, clocks)
    }

    /// This host refused to send a probe.
    public mutating func probeFailed(_ number: Int, errorNumber: Int32) {
        let index = number - firstProbe
        guard probes.indices.contains(index) else { return }
        probes[index].isSettled = true
        hops[probes[index].hop].fault = ProbeFault(localErrorNumber: errorNumber, isIPv6: peer.family == .v6)
    }

    private mutating func settle(
        _ number: Int, from sender: ProbePeer, _ fault: ProbeFault?, _ arrival: ProbeArrival, _ clocks: ClockReading
    ) -> Bool {
        let index = number - firstProbe
        guard probes.indices.contains(index), !probes[index].isSettled else { return false }
        let probe = probes[index]
        probes[index].isSettled = true
        let arrived = clocks.monotonic(of: arrival.stamp, notBefore: probe.sentAt)
        hops[probe.hop].add(
            max(0, arrived - probe.sentAt), from: sender.address, zone: sender.scope, at: probe.slot)
        farthestAnswer = max(farthestAnswer, probe.hop)
        if let fault {
            if fault.labels.count > 0 { hops[probe.hop].labels = fault.labels }
            let isDestination = fault.kind == .portUnreachable && options.isUDP && sender.address == peer.address
            if isDestination { hops[probe.hop].isDestination = true }
            if fault.kind != .timeExceeded && !isDestination { hops[probe.hop].fault = fault }
            if fault.isFinal { end = min(end, probe.hop) }
        } else {
            hops[probe.hop].isDestination = true
            end = min(end, probe.hop)
        }
        return true
    }

    // MARK: Result

    /// Whether the destination itself answered.
    public var hasReached: Bool { hops[...end].contains { $0.isDestination } }

    /// The hops up to the destination, or to the last that answered.
    public var path: [(number: Int, hop: TraceHop)] {
        let last = hasReached ? end : hops.lastIndex { $0.received > 0 || $0.fault != nil } ?? options.firstHop
        let shown = hasReached || hops[max(last, options.firstHop)].fault != nil ? last : end
        return (options.firstHop...max(options.firstHop, min(shown, end))).map { ($0, hops[$0]) }
    }

    /// The hops in front of the destination that answered.
    var routers: [PathMTUSession.Hop] {
        path.compactMap { number, hop in
            guard !hop.isDestination, hop.received > 0, let address = hop.addresses.first else { return nil }
            return PathMTUSession.Hop(number: number, address: address)
        }
    }
}
