public import PacketDecoding
public import Sockets

/// The search for the longest packet that a path carries whole (RFC 1191, RFC 8201): a state machine without clock or
/// socket. Lengths are of IP packets, in bytes.
public struct PathMTUSession: Sendable {
    /// A length that a router or this host would not carry.
    public struct Limit: Hashable, Sendable {
        /// Who said so; nil: this host, or nobody, where long packets vanish silently.
        public let reporter: IPAddress?
        public let mtu: Int
        /// Nobody told: longer packets vanish.
        public let isSilent: Bool
        /// Of a silent limit: the last hop that longer packets still reached; nil where it is not known.
        public let lastReached: Hop?
    }

    /// A router on the path.
    @frozen public struct Hop: BitwiseCopyable, Hashable, Sendable {
        /// From 1 on.
        public let number: Int
        public let address: IPAddress

        @inlinable
        public init(number: Int, address: IPAddress) {
            self.number = number
            self.address = address
        }
    }

    /// Lengths that links have, largest first: tried where a router does not say its own (RFC 1191 section 7).
    private static let plateaus = [
        65_535, 32_000, 17_914, 9000, 8166, 4352, 2002, 1500, 1492, 1280, 1006, 508, 296, 68,
    ]
    private static let attempts = 3

    private let peer: ProbePeer
    private let key: EchoKey
    private let timeout: Int64
    private let isUDP: Bool
    /// Routers that are known to answer, in order.
    private let hops: [Hop]
    /// Which of them is asked whether a packet that vanishes gets there; nil while lengths are tried.
    private var asked: Int?
    /// The longest that an answer took.
    private var longestWait: Int64 = 0
    /// The length being tried.
    public private(set) var length: Int
    /// The longest that is known to arrive.
    public private(set) var carried = 0
    /// What limited it, one after the other; the last is the path's.
    public private(set) var limits: [Limit] = []
    /// Why the search failed.
    public private(set) var fault: ProbeFault?
    public private(set) var isOver = false
    private var refused: Int
    private var attempt = 0
    private var number = 0
    private var sentAt: Int64 = 0
    private var isWaiting = false
    private var isSearchingSilently = false

    /// - Parameters:
    ///   - start: the first length to try.
    ///   - hops: routers that are known to answer, the nearest first: behind one of them is a silent limit.
    public init(
        to peer: ProbePeer, from start: Int, timeout: Int64, key: EchoKey, isUDP: Bool, hops: [Hop] = []
    ) {
        self.peer = peer
        self.hops = hops
        self.key = key
        self.timeout = timeout
        self.isUDP = isUDP
        length = min(max(start, 68), 65_535)
        refused = length + 1
    }

    /// The path MTU; nil where nothing arrives.
    public var mtu: Int? { isOver && carried > 0 ? carried : nil }

    private var leastLength: Int { peer.family == .v6 ? 1280 : 68 }
    private var headerLength: Int { peer.family == .v6 ? 40 : 20 }
    private var payload: EchoPayload { EchoPayload(size: max(0, length - headerLength - 8)) }
    /// Of the ICMP message, or of a UDP datagram's data.
    var messageLength: Int { payload.size + (isUDP ? 0 : EchoMessage.headerLength) }
    private var mark: UInt64 { key.mark(peer.address, number: UInt64(number) | 1 << 32) }

    public func isDue(at now: Int64) -> Bool { !isOver && !isWaiting }

    /// Once the path is known to answer, what vanishes is waited for no longer than many times an answer takes.
    public var nextDeadline: Int64 {
        sentAt + (longestWait > 0 ? min(timeout, max(20 * longestWait, 50_000_000)) : timeout)
    }

    /// How far the probe may go; nil is to the host.
    public var hopLimit: UInt8? { asked.map { UInt8(clamping: hops[$0].number) } }

    public mutating func beginProbe(at now: Int64) -> Int {
        number += 1
        attempt += 1
        sentAt = now
        isWaiting = true
        return number
    }

    public func write(_ number: Int, identifier: UInt16, into message: inout MutableSpan<UInt8>) {
        payload.write(mark: mark, into: &message, from: isUDP ? 0 : EchoMessage.headerLength)
        if isUDP { return }
        EchoMessage.writeRequest(
            identifier: identifier, sequenceNumber: sequence, isIPv6: peer.family == .v6, into: &message)
    }

    /// Apart from those that a trace has used before.
    private var sequence: UInt16 { 0xf000 | UInt16(truncatingIfNeeded: number) & 0xfff }

    /// The length being tried has arrived.
    private mutating func arrive(at now: Int64) {
        guard asked == nil else { return }
        isWaiting = false
        longestWait = max(longestWait, now - sentAt)
        carried = max(carried, length)
        attempt = 0
        goOn()
    }

    /// The next length, where links leave a choice; else the end.
    private mutating func goOn() {
        if !isSearchingSilently || refused - carried <= 1 {
            guard isSearchingSilently, carried > 0 else {
                isOver = true
                return
            }
            length = carried + 1
            asked = 0
            if hops.isEmpty { endSilently() }
            return
        }
        length = (carried + refused) / 2
    }

    /// All hops that answer a packet that is too long for the path have been found.
    private mutating func endSilently() {
        isOver = true
        isWaiting = false
        let last = asked.flatMap { $0 > 0 ? hops[$0 - 1] : nil }
        asked = nil
        limits.append(Limit(reporter: nil, mtu: carried, isSilent: true, lastReached: last))
    }

    /// A packet that is too long got to the hop that was asked.
    private mutating func reach() {
        guard let hop = asked else { return }
        isWaiting = false
        attempt = 0
        asked = hop + 1
        if hop + 1 == hops.count { endSilently() }
    }

    /// The length being tried is too long.
    private mutating func shorten(to mtu: Int?, by reporter: IPAddress?) {
        isWaiting = false
        attempt = 0
        refused = min(refused, length)
        let told = mtu ?? 0
        let next =
            told >= leastLength && told < length ? told : Self.plateaus.first { $0 < length && $0 >= leastLength }
        guard let next, next > carried else {
            isOver = true
            return
        }
        limits.append(Limit(reporter: reporter, mtu: next, isSilent: false, lastReached: nil))
        length = next
    }

    /// Takes an echo reply with our identifier.
    public mutating func receive(
        _ message: EchoMessage, _ bytes: RawSpan, _ arrival: ProbeArrival, at now: Int64
    ) {
        guard isWaiting, message.sequenceNumber == sequence, arrival.peer.address == peer.address,
            payload.verify(bytes, from: message.dataOffset, mark: mark, isCut: arrival.isCut) == .intact
        else { return }
        arrive(at: now)
    }

    /// - Parameter bytes: the quoted probe, from the ICMP header (of UDP: the data) on.
    public mutating func receiveFault(
        _ bytes: RawSpan, identifier: UInt16, _ arrival: ProbeArrival, at now: Int64
    ) {
        guard isWaiting, arrival.peer.address == peer.address, isOurs(bytes, identifier) else { return }
        let fault = ProbeFault(arrival, bytes)
        switch fault.kind {
        case .timeExceeded where asked != nil: reach()
        case _ where asked != nil: endSilently()
        case .packetTooBig: shorten(to: fault.mtu, by: fault.reporter)
        case .local where fault.mtu != nil: shorten(to: fault.mtu, by: nil)
        case .portUnreachable where isUDP && fault.reporter == peer.address: arrive(at: now)
        default:
            self.fault = fault
            isWaiting = false
            isOver = true
        }
    }

    private func isOurs(_ bytes: RawSpan, _ identifier: UInt16) -> Bool {
        if isUDP { return payload.isQuote(bytes, from: 0, mark: mark) }
        guard let message = EchoMessage(in: bytes, isIPv6: peer.family == .v6), !message.isReply,
            message.identifier == identifier, message.sequenceNumber == sequence
        else { return false }
        return payload.isQuote(bytes, from: message.dataOffset, mark: mark)
    }

    /// This host refused to send a probe.
    ///
    /// - Parameter mtu: what its routing table says the path carries.
    public mutating func probeFailed(_ number: Int, errorNumber: Int32, mtu: Int?) {
        guard isWaiting, number == self.number else { return }
        let fault = ProbeFault(localErrorNumber: errorNumber, isIPv6: peer.family == .v6, mtu: mtu)
        if asked != nil { return endSilently() }
        guard fault.isAboutLength else {
            self.fault = fault
            isWaiting = false
            isOver = true
            return
        }
        shorten(to: mtu, by: nil)
    }

    /// Nothing came in time.
    public mutating func expire(at now: Int64) {
        guard isWaiting, now >= nextDeadline else { return }
        isWaiting = false
        guard attempt >= Self.attempts else { return }
        if asked != nil { return endSilently() }
        attempt = 0
        refused = min(refused, length)
        isSearchingSilently = true
        if carried == 0 && length > leastLength { length = leastLength } else { goOn() }
        if carried == 0 && refused <= leastLength { isOver = true }
    }
}
