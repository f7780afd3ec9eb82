import PacketDecoding
public import Sockets

/// Who hears what a ``SweepRunner`` does.
public protocol SweepObserver: ~Copyable {
    mutating func observe(_ result: SweepResult, of session: borrowing SweepSession)
    /// Nothing to do for the moment, or some time has passed. `false` ends the run.
    mutating func pause(_ session: borrowing SweepSession) -> Bool
    /// The longest wait, in nanoseconds, before ``pause(_:)`` is wanted again; nil is any.
    var patience: Int64? { get }
}

/// Sweeps targets: the clock and a socket for each version around the session.
public struct SweepRunner {
    private let v4: SweepPort?
    private let v6: SweepPort?
    public private(set) var session: SweepSession

    /// Opens the sockets that the targets need; afterwards rights can be dropped.
    public init(
        _ targets: SweepTargets, options: SweepOptions, sockets: ProbeSocketOptions, key: EchoKey = EchoKey()
    ) throws(SocketError) {
        var socketOptions = sockets
        // So short a packet is never split, and the kernel need not look for an identification for its parts.
        socketOptions.discovery = .do
        socketOptions.longestMessage = options.payload.size + 8 + 61
        // What comes while the program waits for a processor.
        socketOptions.room = 8 << 20
        v4 = targets.contains(.v4) ? SweepPort(try ProbeSocket(.v4, socketOptions)) : nil
        v6 = targets.contains(.v6) ? SweepPort(try ProbeSocket(.v6, socketOptions)) : nil
        session = SweepSession(options, to: targets, key: key, now: ProbeClocks.monotonic)
    }

    /// The identifier of the requests; nil where no target has that version.
    public var identifiers: (v4: UInt16?, v6: UInt16?) { (v4?.socket.identifier, v6?.socket.identifier) }

    /// Of its sockets, for whoever restricts what can be sent.
    public var descriptors: [Int32] { [v4?.socket.descriptor, v6?.socket.descriptor].compactMap { $0 } }

    /// Sweeps until all targets are settled, `wake` can be read, or the observer has enough.
    public mutating func run<Observer: SweepObserver & ~Copyable>(
        wake: Int32, observer: inout Observer
    ) throws(SocketError) {
        let first = v4?.socket.descriptor ?? -1
        let second = v6?.socket.descriptor ?? -1
        var pausedAt: Int64 = 0
        while !session.isOver {
            let now = ProbeClocks.monotonic
            send(at: now, &observer)
            try receive(&observer)
            while let result = session.expire(at: now) { observer.observe(result, of: session) }
            if session.isOver { break }
            let after = ProbeClocks.monotonic
            let next = session.nextDeadline(at: after)
            if next <= after, after - pausedAt < 10_000_000 { continue }
            pausedAt = after
            guard observer.pause(session) else { return }
            var wait = max(0, next - after)
            if let patience = observer.patience { wait = min(wait, patience) }
            if try ProbeClocks.wait(first, second, wake: wake, nanoseconds: wait) & 4 != 0 { return }
        }
        _ = observer.pause(session)
    }

    private mutating func send<Observer: SweepObserver & ~Copyable>(at now: Int64, _ observer: inout Observer) {
        let length = session.options.payload.size + EchoMessage.headerLength
        // What the kernel had no room for goes first.
        var count = (v4?.socket.waiting ?? 0) + (v6?.socket.waiting ?? 0)
        while count < ProbeSocket.batch, let index = session.beginRequest(at: now) {
            let peer = session.targets[index]
            guard let port = peer.family == .v4 ? v4 : v6 else { continue }
            port.add(index, to: peer, length: length, session)
            count += 1
        }
        if let v4 { flush(v4, &observer) }
        if let v6 { flush(v6, &observer) }
    }

    private mutating func flush<Observer: SweepObserver & ~Copyable>(_ port: SweepPort, _ observer: inout Observer) {
        while port.socket.waiting > 0 {
            let sending = port.socket.flush()
            port.indices.removeFirst(sending.accepted)
            if sending.errorNumber == 0 || sending.isForLater { return }
            let index = port.indices.removeFirst()
            guard let result = session.requestFailed(index, errorNumber: sending.errorNumber) else { continue }
            observer.observe(result, of: session)
        }
    }

    private mutating func receive<Observer: SweepObserver & ~Copyable>(
        _ observer: inout Observer
    ) throws(SocketError) {
        if let v4 { try receive(v4, &observer) }
        if let v6 { try receive(v6, &observer) }
    }

    private mutating func receive<Observer: SweepObserver & ~Copyable>(
        _ port: SweepPort, _ observer: inout Observer
    ) throws(SocketError) {
        for round in 0..<16 {
            let replies = try port.socket.receive(.messages)
            takeReplies(replies, of: port.socket, &observer)
            if round == 0 {
                let errors = try port.socket.receive(.errors)
                takeErrors(errors, of: port.socket)
                if errors == ProbeSocket.batch { continue }
            }
            if replies < ProbeSocket.batch { return }
        }
    }

    private mutating func takeReplies<Observer: SweepObserver & ~Copyable>(
        _ count: Int, of socket: borrowing ProbeSocket, _ observer: inout Observer
    ) {
        let clocks = ClockReading.now
        for index in 0..<count {
            let bytes = socket.bytes(index, in: .messages)
            guard let message = socket.echoReply(in: bytes), message.identifier == socket.identifier,
                let result = session.receive(message, bytes, socket.arrival(index, in: .messages), clocks: clocks)
            else { continue }
            observer.observe(result, of: session)
        }
    }

    private mutating func takeErrors(_ count: Int, of socket: borrowing ProbeSocket) {
        for index in 0..<count {
            let bytes = socket.bytes(index, in: .errors)
            let arrival = socket.arrival(index, in: .errors)
            guard arrival.kind == .icmpError, let message = EchoMessage(in: bytes, isIPv6: socket.family == .v6),
                message.identifier == socket.identifier
            else { continue }
            session.receiveFault(message, bytes, arrival)
        }
    }
}

/// A socket, and whom the requests go to that wait in it.
private final class SweepPort {
    var socket: ProbeSocket
    var indices: [Int] = []

    init(_ socket: consuming ProbeSocket) { self.socket = socket }

    func add(_ index: Int, to peer: ProbePeer, length: Int, _ session: SweepSession) {
        let identifier = socket.identifier
        indices.append(index)
        socket.add(to: peer, length: length) { session.write(index, identifier: identifier, into: &$0) }
    }
}
