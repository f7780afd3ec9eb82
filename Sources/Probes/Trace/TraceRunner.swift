import PacketDecoding
public import Sockets

/// Who hears what a ``TraceRunner`` does.
public protocol TraceObserver: ~Copyable {
    /// Something was answered, or a round has ended.
    mutating func progressed(_ session: borrowing TraceSession)
    /// Nothing to do for the moment. `false` ends the run.
    mutating func pause(_ session: borrowing TraceSession) -> Bool
    /// The longest wait, in nanoseconds, before ``pause(_:)`` is wanted again; nil is any.
    var patience: Int64? { get }
}

/// Traces a path, and finds its MTU: the clock and the socket around the sessions.
public struct TraceRunner: ~Copyable {
    private var socket: ProbeSocket
    public private(set) var session: TraceSession
    private let key: EchoKey
    private let peer: ProbePeer
    /// Which probe has which number in the kernel's reports: a ring.
    private var stamps = [Int](repeating: -1, count: 4096)

    /// Opens the socket; afterwards rights can be dropped.
    ///
    /// - Parameter findsMTU: no probe is split, and what the kernel believes of the path is ignored.
    public init(
        _ peer: ProbePeer, options: TraceOptions, sockets: ProbeSocketOptions, findsMTU: Bool, key: EchoKey = EchoKey()
    ) throws(SocketError) {
        var socketOptions = sockets
        socketOptions.isUDP = options.isUDP
        // A datagram echo socket hears no errors of IPv6 routers that a raw one does not; both do.
        socketOptions.stampsSending = true
        if findsMTU { socketOptions.discovery = .probe }
        socketOptions.longestMessage = findsMTU ? 65_600 : 2048
        let socket = try ProbeSocket(peer.family, socketOptions)
        self.key = key
        self.peer = peer
        session = TraceSession(options, to: peer, key: key, now: ProbeClocks.monotonic)
        self.socket = socket
    }

    /// The identifier of the probes, or their UDP port.
    public var identifier: UInt16 { socket.identifier }

    /// Of its socket, for whoever restricts what can be sent.
    public var descriptors: [Int32] { [socket.descriptor] }

    /// Traces until the session is over, `wake` can be read, or the observer has enough.
    public mutating func run<Observer: TraceObserver & ~Copyable>(
        wake: Int32, observer: inout Observer
    ) throws(SocketError) {
        while true {
            let now = ProbeClocks.monotonic
            if session.isOver(at: now) { return }
            if session.isDue(at: now) {
                send(at: now)
            } else {
                guard observer.pause(session) else { return }
                var wait = max(0, session.nextDeadline(at: now) - now)
                if let patience = observer.patience { wait = min(wait, patience) }
                if try ProbeClocks.wait(socket.descriptor, wake: wake, nanoseconds: wait) & 4 != 0 { return }
            }
            try receive(&observer)
        }
    }

    private mutating func send(at now: Int64) {
        let (number, hopLimit) = session.beginProbe(at: now)
        let identifier = socket.identifier
        let session = session
        socket.add(to: session.destination(of: number), length: session.messageLength, hopLimit: hopLimit) { message in
            session.write(number, identifier: identifier, into: &message)
        }
        let sending = socket.flush()
        if sending.accepted == 1 { stamps[Int(sending.firstStamp % 4096)] = number }
        if sending.errorNumber != 0, !sending.isForLater {
            self.session.probeFailed(number, errorNumber: sending.errorNumber)
        }
    }

    private mutating func receive<Observer: TraceObserver & ~Copyable>(
        _ observer: inout Observer
    ) throws(SocketError) {
        for _ in 0..<16 {
            let replies = try socket.receive(.messages)
            let clocks = ClockReading.now
            let errors = try socket.receive(.errors)
            if replies == 0 && errors == 0 { return }
            var hasCounted = false
            for index in 0..<errors {
                hasCounted = Self.takeError(index, of: socket, &session, stamps, .now) || hasCounted
            }
            for index in 0..<replies { hasCounted = Self.takeReply(index, of: socket, &session, clocks) || hasCounted }
            if hasCounted { observer.progressed(session) }
        }
    }

    private static func takeReply(
        _ index: Int, of socket: borrowing ProbeSocket, _ session: inout TraceSession, _ clocks: ClockReading
    ) -> Bool {
        let bytes = socket.bytes(index, in: .messages)
        guard !session.options.isUDP, let message = socket.echoReply(in: bytes),
            message.identifier == socket.identifier
        else { return false }
        return session.receive(message, bytes, socket.arrival(index, in: .messages), clocks: clocks)
    }

    private static func takeError(
        _ index: Int, of socket: borrowing ProbeSocket, _ session: inout TraceSession, _ stamps: [Int],
        _ clocks: ClockReading
    ) -> Bool {
        let arrival = socket.arrival(index, in: .errors)
        let bytes = socket.bytes(index, in: .errors)
        switch arrival.kind {
        case .sent:
            let number = stamps[Int(arrival.information % 4096)]
            if number >= 0 { session.probeWasSent(number, stamp: arrival.stamp, clocks: clocks) }
            return false
        case .icmpError:
            if session.options.isUDP { return session.receiveDatagramFault(bytes, arrival, clocks: clocks) }
            guard let message = EchoMessage(in: bytes, isIPv6: socket.family == .v6),
                message.identifier == socket.identifier
            else { return false }
            return session.receiveFault(message, bytes, arrival, clocks: clocks)
        case .message, .localError, .other: return false
        }
    }

    // MARK: Path MTU

    /// Finds the longest packet that the path carries whole; ends early when `wake` can be read.
    ///
    /// - Parameter start: the first length to try: what this host's own link carries.
    public mutating func findMTU(
        from start: Int, timeout: Int64, wake: Int32, pause: () -> Void
    ) throws(SocketError) -> PathMTUSession {
        var search = PathMTUSession(
            to: peer, from: start, timeout: timeout, key: key, isUDP: session.options.isUDP, hops: session.routers)
        while !search.isOver {
            let now = ProbeClocks.monotonic
            if search.isDue(at: now) {
                let number = search.beginProbe(at: now)
                let identifier = socket.identifier
                let copy = search
                let destination =
                    session.options.isUDP
                    ? ProbePeer(peer.address, scope: peer.scope, port: session.options.port) : peer
                socket.add(to: destination, length: search.messageLength, hopLimit: search.hopLimit) { message in
                    copy.write(number, identifier: identifier, into: &message)
                }
                let sending = socket.flush()
                if sending.errorNumber != 0, !sending.isForLater {
                    let known = try? ProbeRoute(to: peer).mtu
                    search.probeFailed(number, errorNumber: sending.errorNumber, mtu: known)
                }
            } else {
                pause()
                let ready = try ProbeClocks.wait(
                    socket.descriptor, wake: wake, nanoseconds: max(0, search.nextDeadline - now))
                if ready & 4 != 0 { return search }
                if ready == 0 { search.expire(at: ProbeClocks.monotonic) }
            }
            for index in 0..<(try socket.receive(.messages, limit: 4)) {
                let bytes = socket.bytes(index, in: .messages)
                guard !session.options.isUDP, let message = socket.echoReply(in: bytes),
                    message.identifier == socket.identifier
                else { continue }
                search.receive(message, bytes, socket.arrival(index, in: .messages), at: ProbeClocks.monotonic)
            }
            for index in 0..<(try socket.receive(.errors)) {
                let arrival = socket.arrival(index, in: .errors)
                guard arrival.kind == .icmpError || arrival.kind == .localError else { continue }
                search.receiveFault(
                    socket.bytes(index, in: .errors), identifier: socket.identifier, arrival, at: ProbeClocks.monotonic)
            }
        }
        return search
    }
}
