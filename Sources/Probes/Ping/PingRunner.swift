import PacketDecoding
public import Sockets

/// Who hears what a ``PingRunner`` does.
public protocol PingObserver: ~Copyable {
    /// A request goes out to a host, by its index.
    mutating func requested(_ number: Int, host: Int)
    mutating func observe(_ event: PingEvent, of sessions: borrowing [PingSession], host: Int)
    /// A user signal waits to be taken.
    mutating func signalled(_ sessions: borrowing [PingSession])
    /// Nothing to do for the moment; what is held back may be written. `false` ends the run.
    mutating func pause() -> Bool
    /// The longest wait, in nanoseconds, before ``pause()`` is wanted again; nil is any.
    var patience: Int64? { get }
}

/// Pings hosts: the clock and the sockets around their sessions.
public struct PingRunner {
    private let v4: EchoPort?
    private let v6: EchoPort?
    public private(set) var sessions: [PingSession] = []
    private var hosts: [IPAddress: Int] = [:]
    private let options: PingOptions
    private let key: EchoKey
    /// Opens the sockets that the hosts need; afterwards rights can be dropped.
    ///
    /// - Parameter hosts: no address twice.
    public init(
        _ peers: [ProbePeer], options: PingOptions, sockets: ProbeSocketOptions, key: EchoKey = EchoKey()
    ) throws(SocketError) {
        self.options = options
        self.key = key
        var socketOptions = sockets
        // One byte more than is expected tells that there were more; raw IPv4 comes with its header.
        socketOptions.longestMessage = options.payload.size + 8 + 61
        // In a flood the kernel's report costs more than it tells, and so do a filter and the identification of packets
        // that are too short to be split.
        socketOptions.admitsStrangers = options.isFlood
        socketOptions.stampsSending = !options.isFlood
        if options.isFlood, sockets.discovery == nil, options.payload.size <= 472 { socketOptions.discovery = .do }
        let families = Set(peers.map(\.family))
        v4 = families.contains(.v4) ? EchoPort(try ProbeSocket(.v4, socketOptions)) : nil
        v6 = families.contains(.v6) ? EchoPort(try ProbeSocket(.v6, socketOptions)) : nil
        let now = ProbeClocks.monotonic
        for (index, peer) in peers.enumerated() {
            hosts[peer.address] = index
            // Hosts take turns within the interval, a little apart.
            let offset = options.isFlood ? 0 : min(options.interval / Int64(peers.count), 1_000_000) * Int64(index)
            sessions.append(PingSession(options, to: peer, key: key, now: now + offset))
        }
    }

    /// The identifier of the requests; nil where no host has that family.
    public var identifiers: (v4: UInt16?, v6: UInt16?) {
        (v4?.socket.identifier, v6?.socket.identifier)
    }

    /// Of its sockets, for whoever restricts what can be sent.
    public var descriptors: [Int32] { [v4?.socket.descriptor, v6?.socket.descriptor].compactMap { $0 } }

    /// Pings until all sessions are over, `wake` can be read, or the observer has enough.
    public mutating func run<Observer: PingObserver & ~Copyable>(
        wake: Int32, user: Int32, observer: inout Observer
    ) throws(SocketError) {
        let first = v4?.socket.descriptor ?? -1
        let second = v6?.socket.descriptor ?? -1
        var flushedAt: Int64 = 0
        while true {
            let now = ProbeClocks.monotonic
            var next = Int64.max
            var isOver = true
            for index in sessions.indices {
                if sessions[index].isDue(at: now) {
                    send(index, at: now, &observer)
                    if options.isFlood {
                        // The answer over the loopback is there already.
                        try receive(&observer)
                    }
                }
                if !sessions[index].isOver(at: now) {
                    isOver = false
                    next = min(next, sessions[index].nextDeadline())
                }
            }
            if isOver { break }
            // After a reply the next request is due when that came, a moment later than `now`.
            if options.isFlood, next <= now + 100_000, now - flushedAt < 10_000_000 { continue }
            flushedAt = now
            guard observer.pause() else { break }
            var wait = max(0, next - ProbeClocks.monotonic)
            if let patience = observer.patience { wait = min(wait, patience) }
            let ready = try ProbeClocks.wait(first, second, wake: wake, user: user, nanoseconds: wait)
            if ready & 4 != 0 { break }
            if ready & 8 != 0 { observer.signalled(sessions) }
            if ready & 3 != 0 { try receive(&observer) }
        }
        try receive(&observer)
        _ = observer.pause()
    }

    private mutating func send<Observer: PingObserver & ~Copyable>(
        _ index: Int, at now: Int64, _ observer: inout Observer
    ) {
        let number = sessions[index].beginRequest(at: now)
        observer.requested(number, host: index)
        guard let port = sessions[index].peer.family == .v4 ? v4 : v6 else { return }
        let identifier = port.socket.identifier
        port.socket.add(to: sessions[index].peer, length: options.payload.size + EchoMessage.headerLength) { message in
            sessions[index].write(number, identifier: identifier, into: &message)
        }
        // What came before takes a while when it has not run for long.
        if !options.isFlood { sessions[index].requestIsBeingSent(number, at: ProbeClocks.monotonic) }
        let sending = port.socket.flush()
        if sending.accepted == 1 { port.note(index, number, stamp: sending.firstStamp) }
        guard sending.errorNumber != 0, !sending.isForLater,
            let event = sessions[index].requestFailed(
                number, errorNumber: sending.errorNumber, clocks: .now)
        else { return }
        observer.observe(event, of: sessions, host: index)
    }

    private mutating func receive<Observer: PingObserver & ~Copyable>(
        _ observer: inout Observer
    ) throws(SocketError) {
        if let v4 { try receive(v4, &observer) }
        if let v6 { try receive(v6, &observer) }
    }

    private mutating func receive<Observer: PingObserver & ~Copyable>(
        _ port: EchoPort, _ observer: inout Observer
    ) throws(SocketError) {
        // As many rounds as a flood of strangers may take before what is due is looked after.
        for _ in 0..<16 {
            // In a flood one answer is what there is.
            let limit = options.isFlood ? 1 : ProbeSocket.batch / 4
            let replies = try port.socket.receive(.messages, limit: limit)
            let clocks = ClockReading.now
            if !options.isFlood || replies == 0 {
                // By now the kernel has said when the requests went out whose replies are here.
                let errors = try port.socket.receive(.errors, limit: limit)
                if errors > 0 { takeErrors(errors, of: port, &observer) }
                if replies == 0 && errors == 0 { return }
            }
            takeReplies(replies, of: port.socket, clocks, &observer)
            if options.isFlood { return }
        }
    }

    private mutating func takeReplies<Observer: PingObserver & ~Copyable>(
        _ count: Int, of socket: borrowing ProbeSocket, _ clocks: ClockReading, _ observer: inout Observer
    ) {
        for index in 0..<count {
            let bytes = socket.bytes(index, in: .messages)
            let arrival = socket.arrival(index, in: .messages)
            guard let message = socket.echoReply(in: bytes), message.identifier == socket.identifier,
                let host = host(of: arrival.peer.address),
                let event = sessions[host].receive(message, bytes, arrival, clocks: clocks)
            else { continue }
            observer.observe(event, of: sessions, host: host)
        }
    }

    /// Whose reply it is; of a single host, everything.
    private func host(of address: IPAddress) -> Int? { sessions.count == 1 ? 0 : hosts[address] }

    private mutating func takeErrors<Observer: PingObserver & ~Copyable>(
        _ count: Int, of port: EchoPort, _ observer: inout Observer
    ) {
        let clocks = ClockReading.now
        for index in 0..<count {
            let arrival = port.socket.arrival(index, in: .errors)
            switch arrival.kind {
            case .sent:
                guard let (host, number) = port.request(stamp: arrival.information) else { continue }
                sessions[host].requestWasSent(number, stamp: arrival.stamp, clocks: clocks)
            case .icmpError, .localError:
                guard let host = hosts[arrival.peer.address],
                    let event = fault(index, arrival, of: port.socket, host, clocks)
                else { continue }
                observer.observe(event, of: sessions, host: host)
            case .message, .other: break
            }
        }
    }

    private mutating func fault(
        _ index: Int, _ arrival: ProbeArrival, of socket: borrowing ProbeSocket, _ host: Int, _ clocks: ClockReading
    ) -> PingEvent? {
        let bytes = socket.bytes(index, in: .errors)
        guard let message = EchoMessage(in: bytes, isIPv6: socket.family == .v6),
            message.identifier == socket.identifier
        else { return nil }
        return sessions[host].receiveFault(message, bytes, arrival, clocks: clocks)
    }
}

/// A socket, and which request has which number in the kernel's reports of sending.
private final class EchoPort {
    var socket: ProbeSocket
    /// A ring: reports come soon or never.
    private var ring = [(host: Int, number: Int)](repeating: (-1, 0), count: 4096)

    init(_ socket: consuming ProbeSocket) { self.socket = socket }

    func note(_ host: Int, _ number: Int, stamp: UInt32) { ring[Int(stamp % 4096)] = (host, number) }

    func request(stamp: UInt32) -> (host: Int, number: Int)? {
        let entry = ring[Int(stamp % 4096)]
        return entry.host >= 0 ? entry : nil
    }
}
