public import PacketDecoding
public import Sockets

/// How hosts are swept. Times are nanoseconds.
public struct SweepOptions: Hashable, Sendable {
    /// Requests a second.
    public var rate = 1000.0
    /// Further requests to a host that has not answered.
    public var retries = 1
    public var timeout: Int64 = 1_000_000_000
    /// From the first request to a host until it is given up, at least: ``TraceOptions/patience``.
    public var patience: Int64 = 0
    public var payload = EchoPayload(size: 16)

    public init() {}
}

/// What became of a target.
public struct SweepResult: Hashable, Sendable {
    public let index: Int
    /// Nanoseconds; nil where the host did not answer.
    public let roundTrip: Int64?
    /// Why it did not, where somebody said.
    public let fault: ProbeFault?

    public var isAlive: Bool { roundTrip != nil }
}

/// Which targets answer: a state machine without clock or socket.
public struct SweepSession: Sendable {
    public let options: SweepOptions
    public let targets: SweepTargets
    private let key: EchoKey

    /// Per target: when its last request went out, and how it stands.
    private var sentAt: [Int64]
    private var states: [State]
    private var next = 0
    /// Requests in the order they were sent: those that others may follow, and the last ones. The wait is the same for
    /// all of a line, so the first is the next to expire.
    private var sent = WaitingLine()
    private var finals = WaitingLine()
    private var retries = WaitingLine()
    /// How long a host may take after its last request.
    private let finalTimeout: Int64
    private var faults: [Int: ProbeFault] = [:]
    private var tokens: Double
    private var tokensAt: Int64

    public private(set) var alive = 0
    public private(set) var dead = 0
    public private(set) var transmitted = 0
    public private(set) var duplicates = 0
    /// Replies that no request of ours explains.
    public private(set) var foreign = 0
    public private(set) var times = RoundTrips()

    /// Targets in a row; what has left is let go of now and then.
    private struct WaitingLine: Sendable {
        private var targets: [UInt32] = []
        private var head = 0

        var first: Int? { head < targets.count ? Int(targets[head]) : nil }

        mutating func append(_ index: Int) { targets.append(UInt32(index)) }

        mutating func removeFirst() {
            head += 1
            guard head == targets.count || head > 65_536 else { return }
            targets.removeFirst(head)
            head = 0
        }
    }

    private struct State {
        var attempts: UInt8 = 0
        var isSettled = false
    }

    public init(_ options: SweepOptions, to targets: SweepTargets, key: EchoKey, now: Int64) {
        self.options = options
        self.targets = targets
        self.key = key
        sentAt = [Int64](repeating: 0, count: targets.count)
        states = [State](repeating: State(), count: targets.count)
        tokens = 1
        tokensAt = now
        finalTimeout = max(options.timeout, options.patience - Int64(options.retries) * options.timeout)
    }

    // MARK: Schedule

    public var isOver: Bool { alive + dead == targets.count }
    public var settled: Int { alive + dead }

    /// Requests that may be sent at once: what a few milliseconds' pace comes to.
    ///
    /// A high rate is held over a longer time, so that what a busy machine misses is caught up with.
    private var burst: Double { options.rate < 10_000 ? max(1, options.rate / 500) : options.rate / 20 }

    private mutating func refill(_ now: Int64) {
        let elapsed = max(0, now - tokensAt)
        tokensAt = now
        tokens = min(burst, tokens + Double(elapsed) * options.rate / 1e9)
    }

    private var hasMore: Bool { next < targets.count || retries.first != nil }

    /// When something is to be done.
    public func nextDeadline(at now: Int64) -> Int64 {
        var deadline = Int64.max
        if hasMore {
            let wanted = max(1, min(Double(ProbeSocket.batch), burst / 2))
            deadline = tokens >= wanted ? now : now + Int64((wanted - tokens) * 1e9 / options.rate) + 1
        }
        if let first = sent.first { deadline = min(deadline, sentAt[first] + options.timeout) }
        if let first = finals.first { deadline = min(deadline, sentAt[first] + finalTimeout) }
        return deadline
    }

    /// Takes the next target that is to be asked now; nil where none is due.
    public mutating func beginRequest(at now: Int64) -> Int? {
        refill(now)
        guard tokens >= 1, hasMore else { return nil }
        var index = next
        if let first = retries.first {
            index = first
            retries.removeFirst()
            // Answered late, while it stood in line.
            if states[index].isSettled { return beginRequest(at: now) }
        } else {
            next += 1
        }
        tokens -= 1
        states[index].attempts += 1
        sentAt[index] = now
        if Int(states[index].attempts) <= options.retries { sent.append(index) } else { finals.append(index) }
        transmitted += 1
        return index
    }

    /// Gives up on, or puts back in line, what has not been answered in time.
    ///
    /// - Returns: the next target that was given up; nil when there is none.
    public mutating func expire(at now: Int64) -> SweepResult? {
        while let index = sent.first, states[index].isSettled || now >= sentAt[index] + options.timeout {
            sent.removeFirst()
            if !states[index].isSettled { retries.append(index) }
        }
        while let index = finals.first, states[index].isSettled || now >= sentAt[index] + finalTimeout {
            finals.removeFirst()
            if !states[index].isSettled { return giveUp(index) }
        }
        return nil
    }

    private mutating func giveUp(_ index: Int) -> SweepResult {
        states[index].isSettled = true
        dead += 1
        return SweepResult(index: index, roundTrip: nil, fault: faults.removeValue(forKey: index))
    }

    /// Behind the mark: which target it is, from 0. A reply then says which request it answers.
    private static let numberOffset = EchoPayload.markLength
    private static let numberLength = 4

    /// Writes a request.
    public func write(_ index: Int, identifier: UInt16, into message: inout MutableSpan<UInt8>) {
        let address = targets[index].address
        options.payload.write(
            mark: key.mark(address, number: UInt64(index)), into: &message, from: EchoMessage.headerLength)
        let start = EchoMessage.headerLength + Self.numberOffset
        if message.count >= start + Self.numberLength {
            let number = UInt32(truncatingIfNeeded: index)
            message[start] = UInt8(truncatingIfNeeded: number >> 24)
            message[start + 1] = UInt8(truncatingIfNeeded: number >> 16)
            message[start + 2] = UInt8(truncatingIfNeeded: number >> 8)
            message[start + 3] = UInt8(truncatingIfNeeded: number)
        }
        EchoMessage.writeRequest(
            identifier: identifier, sequenceNumber: UInt16(truncatingIfNeeded: index),
            isIPv6: Self.isIPv6(address), into: &message)
    }

    private static func isIPv6(_ address: IPAddress) -> Bool {
        if case .v6 = address { true } else { false }
    }

    // MARK: Answers

    /// Takes an echo reply with our identifier.
    public mutating func receive(
        _ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, clocks: ClockReading
    ) -> SweepResult? {
        guard let index = index(in: bytes, message), targets[index].address == arrival.peer.address,
            options.payload.verify(
                bytes, from: message.dataOffset, mark: key.mark(arrival.peer.address, number: UInt64(index)),
                behind: Self.numberOffset + Self.numberLength, isCut: arrival.isCut) == .intact
        else {
            foreign += 1
            return nil
        }
        guard !states[index].isSettled else {
            duplicates += 1
            return nil
        }
        let arrived = clocks.monotonic(of: arrival.stamp, notBefore: sentAt[index])
        states[index].isSettled = true
        alive += 1
        if !faults.isEmpty { faults[index] = nil }
        let roundTrip = max(0, arrived - sentAt[index])
        times.add(roundTrip)
        return SweepResult(index: index, roundTrip: roundTrip, fault: nil)
    }

    /// Notes an error about a request with our identifier; the host may still answer another.
    public mutating func receiveFault(_ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival) {
        guard !message.isReply, let index = index(in: bytes, message), targets[index].address == arrival.peer.address,
            !states[index].isSettled, states[index].attempts > 0,
            options.payload.isQuote(
                bytes, from: message.dataOffset, mark: key.mark(arrival.peer.address, number: UInt64(index)))
        else { return }
        faults[index] = ProbeFault(arrival, bytes)
    }

    /// The target whose number stands behind the mark.
    private func index(in bytes: RawSpan, _ message: EchoMessage) -> Int? {
        let offset = message.dataOffset + Self.numberOffset
        guard bytes.byteCount >= offset + Self.numberLength else { return nil }
        let number = Int(bytes.uint32(at: offset))
        return number < targets.count && UInt16(truncatingIfNeeded: number) == message.sequenceNumber ? number : nil
    }

    /// This host refused to send to a target: it is given up.
    public mutating func requestFailed(_ index: Int, errorNumber: Int32) -> SweepResult? {
        guard !states[index].isSettled else { return nil }
        faults[index] = ProbeFault(localErrorNumber: errorNumber, isIPv6: Self.isIPv6(targets[index].address))
        return giveUp(index)
    }
}
