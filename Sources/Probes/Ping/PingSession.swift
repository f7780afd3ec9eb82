public import PacketDecoding
public import Sockets

/// How hosts are pinged. Times are nanoseconds.
public struct PingOptions: Hashable, Sendable {
    /// Requests to each host; nil is no limit.
    public var count: Int?
    public var interval: Int64 = 1_000_000_000
    /// A reply that takes longer is late; so long the last one is waited for where none has come.
    public var timeout: Int64 = 10_000_000_000
    /// When all ends, whatever was sent; then `count` counts replies. nil is never.
    public var deadline: Int64?
    /// As fast as replies come, or a hundred a second, whichever is more.
    public var isFlood = false
    public var payload = EchoPayload(size: 56)

    public init() {}
}

/// What the answer to a request was.
public struct PingReply: Hashable, Sendable {
    public let number: Int
    /// ICMP message, header included, in bytes.
    public let length: Int
    public let from: IPAddress
    /// The interface it came in on, by the kernel's index, where ``from`` means nothing without; else 0.
    public let zone: UInt32
    public let hopLimit: UInt8?
    /// Nanoseconds from the request to the reply.
    public let roundTrip: Int64
    public let isDuplicate: Bool
    /// It took longer than the timeout.
    public let isLate: Bool
    /// The first byte that is not as it was sent: its offset, what was sent, what came (nil: the reply ends there).
    public let corruption: Corruption?
    /// When it arrived, CLOCK_REALTIME in nanoseconds.
    public let time: Int64

    public struct Corruption: Hashable, Sendable {
        public let offset: Int
        public let expected: UInt8
        public let found: UInt8?
    }
}

/// What happens to the requests to one host.
public enum PingEvent: Hashable, Sendable {
    case reply(PingReply)
    /// `time` is CLOCK_REALTIME, in nanoseconds.
    case fault(number: Int, ProbeFault, time: Int64)
}

/// Requests to one host and their answers: a state machine without clock or socket.
public struct PingSession: Sendable {
    public let options: PingOptions
    public let peer: ProbePeer
    private let key: EchoKey
    private var window = EchoWindow()
    private var start: Int64
    private var nextSend: Int64
    private var lastSend: Int64
    private var lastEvent: Int64

    public private(set) var transmitted = 0
    /// Requests that were answered, duplicates not counted.
    public private(set) var received = 0
    public private(set) var duplicates = 0
    public private(set) var corrupt = 0
    /// Of ``received``: those that took longer than the timeout.
    public private(set) var late = 0
    public private(set) var errors = 0
    /// Replies to our identifier that do not bear the mark, or come from another host; none of the above.
    public private(set) var foreign = 0
    /// Replies that came after one to a later request.
    public private(set) var reordered = 0
    /// The most requests that were on the way at once.
    public private(set) var pipe = 0
    public private(set) var times = RoundTrips()
    private var highestAnswered = 0
    private var localRefusals = 0
    private var isStopped = false

    /// - Parameter now: monotonic; the first request is due at once.
    public init(_ options: PingOptions, to peer: ProbePeer, key: EchoKey, now: Int64) {
        self.options = options
        self.peer = peer
        self.key = key
        start = now
        nextSend = now
        lastSend = now
        lastEvent = now
    }

    // MARK: Schedule

    /// When something is to be done: a request sent, or the end noticed.
    public func nextDeadline() -> Int64 {
        let end = transmitted == 0 ? .max : options.deadline.map { start + $0 } ?? .max
        return min(end, wantsToSend ? nextSend : lingersUntil)
    }

    private var wantsToSend: Bool {
        guard !isStopped else { return false }
        guard let count = options.count else { return true }
        return options.deadline == nil ? transmitted < count : received < count
    }

    /// Once all are sent: as long as the last may take.
    private var lingersUntil: Int64 {
        let patience =
            received > 0
            ? min(options.timeout, max(2 * times.maximum, options.isFlood ? 10_000_000 : options.interval))
            : options.timeout
        return lastSend + patience
    }

    /// Whether a request is due.
    public func isDue(at now: Int64) -> Bool { wantsToSend && now >= nextSend && !isOver(at: now) }

    public func isOver(at now: Int64) -> Bool {
        if isStopped { return true }
        if let deadline = options.deadline {
            if transmitted > 0, now >= start + deadline { return true }
            if let count = options.count, received >= count { return true }
            return options.count == nil ? false : errors > 0
        }
        return !wantsToSend && (window.unsettled == 0 || now >= lingersUntil)
    }

    /// Sends no more and waits for nothing.
    public mutating func stop() { isStopped = true }

    /// Takes the next request; it is being sent now.
    ///
    /// - Returns: its number, from 1 on; its sequence number are the lower 16 bits.
    public mutating func beginRequest(at now: Int64) -> Int {
        // A run begins with its first request, however long the opening of sockets took.
        if transmitted == 0 { start = now }
        let number = window.add(at: now)
        transmitted += 1
        lastSend = now
        // From the time it was due, so that a busy moment does not stretch the run; but nothing is caught up in a burst.
        let due = nextSend + (options.isFlood ? 0 : options.interval)
        nextSend = options.isFlood ? now + 10_000_000 : max(due, now + min(options.interval / 2, 1_000_000))
        pipe = max(pipe, transmitted - received - errors)
        return number
    }

    /// Writes the request's message: eight bytes of header, then the payload.
    public func write(_ number: Int, identifier: UInt16, into message: inout MutableSpan<UInt8>) {
        options.payload.write(mark: mark(number), into: &message, from: EchoMessage.headerLength)
        EchoMessage.writeRequest(
            identifier: identifier, sequenceNumber: UInt16(truncatingIfNeeded: number), isIPv6: peer.family == .v6,
            into: &message)
    }

    private func mark(_ number: Int) -> UInt64 { key.mark(peer.address, number: UInt64(number)) }

    /// A request is ready; nothing is left but to hand it to the kernel.
    mutating func requestIsBeingSent(_ number: Int, at now: Int64) {
        window.update(number) { $0.sentAt = max($0.sentAt, now) }
    }

    /// The kernel said when a request went out.
    public mutating func requestWasSent(_ number: Int, stamp: Int64?, clocks: ClockReading) {
        window.update(number) { request in
            guard !request.isStamped, request.replies == 0 else { return }
            request.sentAt = clocks.monotonic(of: stamp, notBefore: request.sentAt)
            request.isStamped = true
        }
    }

    /// This host refused to send a request.
    public mutating func requestFailed(_ number: Int, errorNumber: Int32, clocks: ClockReading) -> PingEvent? {
        guard !window[number].hasFailed else { return nil }
        window.update(number) { $0.hasFailed = true }
        errors += 1
        localRefusals += 1
        lastEvent = clocks.monotonic
        let fault = ProbeFault(localErrorNumber: errorNumber, isIPv6: peer.family == .v6)
        return .fault(number: number, fault, time: clocks.realtime)
    }

    // MARK: Answers

    /// Takes an echo reply with our identifier.
    ///
    /// - Parameters:
    ///   - bytes: the ICMP message at `message.dataOffset - 8`, and nothing behind it.
    /// - Returns: nil for a reply that is not counted.
    public mutating func receive(
        _ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, clocks: ClockReading
    ) -> PingEvent? {
        guard let number = window.number(ofSequence: message.sequenceNumber), isExpected(arrival.peer) else {
            foreign += 1
            return nil
        }
        let request = window[number]
        let verdict = options.payload.verify(
            bytes, from: message.dataOffset, mark: mark(number), isCut: arrival.isCut)
        var corruption: PingReply.Corruption?
        switch verdict {
        case .intact: break
        case .corrupt(let offset, let expected, let found):
            corruption = PingReply.Corruption(offset: offset, expected: expected, found: found)
            corrupt += 1
        case .foreign:
            foreign += 1
            return nil
        }
        let arrived = clocks.monotonic(of: arrival.stamp, notBefore: request.sentAt)
        let roundTrip = max(0, arrived - request.sentAt)
        let isDuplicate = request.replies > 0
        let isLate = roundTrip > options.timeout
        lastEvent = max(lastEvent, arrived)
        window.update(number) { $0.replies += 1 }
        if isDuplicate {
            duplicates += 1
        } else {
            received += 1
            if isLate { late += 1 }
            if number < highestAnswered { reordered += 1 }
            highestAnswered = max(highestAnswered, number)
            times.add(roundTrip)
            if options.isFlood { nextSend = min(nextSend, clocks.monotonic) }
        }
        return .reply(
            PingReply(
                number: number, length: bytes.byteCount - message.dataOffset + EchoMessage.headerLength,
                from: arrival.peer.address, zone: arrival.peer.scope, hopLimit: arrival.hopLimit, roundTrip: roundTrip,
                isDuplicate: isDuplicate, isLate: isLate, corruption: corruption,
                time: clocks.realtime - (clocks.monotonic - arrived)))
    }

    /// Only the host that was asked answers, unless a whole group was.
    private func isExpected(_ sender: ProbePeer) -> Bool {
        switch peer.address {
        case .v4(let address):
            address.rawValue >> 28 == 0xe || address.rawValue == .max || sender.address == peer.address
        case .v6(let address): address.high >> 56 == 0xff || sender.address == peer.address
        }
    }

    /// Takes an error about a request with our identifier.
    ///
    /// - Parameter bytes: the request as the error quotes it, from the ICMP header on.
    /// - Returns: nil where it is not about a request of this session.
    public mutating func receiveFault(
        _ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, clocks: ClockReading
    ) -> PingEvent? {
        guard !message.isReply, let number = window.number(ofSequence: message.sequenceNumber),
            arrival.peer.address == peer.address,
            options.payload.isQuote(bytes, from: message.dataOffset, mark: mark(number)),
            // The kernel tells a refusal twice: by the send that fails, and here.
            !(arrival.kind == .localError && window[number].hasFailed)
        else { return nil }
        window.update(number) { $0.hasFailed = true }
        errors += 1
        if arrival.kind == .localError { localRefusals += 1 }
        lastEvent = clocks.monotonic
        let time = arrival.stamp ?? clocks.realtime
        return .fault(number: number, ProbeFault(arrival, bytes), time: time)
    }

    // MARK: Result

    /// From the first request to the last event or request, in nanoseconds.
    public var duration: Int64 { max(lastEvent, lastSend) - start }

    /// Whether this host itself refused every request.
    public var wasNeverSent: Bool { transmitted > 0 && localRefusals == transmitted }

    /// Whether the host counts as one that answered.
    public var hasAnswered: Bool {
        guard received > 0 else { return false }
        return options.deadline == nil || received >= options.count ?? 1
    }
}
