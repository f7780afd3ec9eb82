import Glibc
import Sockets

/// The greeting over TCP: one thread, one poller, and a queue of what is due, so that nobody waits for anybody.
///
/// A client is in one phase at a time. While its answer is due or not yet sent, nothing is read from it: what it
/// sends meanwhile stays in the kernel, which stops it when that is full. So each client holds one message at most.
struct StreamService: ~Copyable {
    private final class Client {
        enum Phase {
            case reading
            /// An answer is due.
            case delaying(name: [UInt8])
            /// The rest of a message waits for the client to read, until the deadline.
            case sending(ArraySlice<UInt8>, until: ContinuousClock.Instant)
            /// The client said `exit`: it may close first, until the deadline.
            case leaving(until: ContinuousClock.Instant)
        }

        let socket: StreamSocket
        var phase = Phase.reading

        /// When it is late.
        var deadline: ContinuousClock.Instant? {
            switch phase {
            case .reading, .delaying: nil
            case .sending(_, let deadline), .leaving(let deadline): deadline
            }
        }

        init(_ socket: consuming StreamSocket) { self.socket = socket }
    }

    private enum Deadline {
        case answer(client: UInt64)
        case late(client: UInt64)
        case acceptAgain
    }

    /// How long a client may leave its answer unread before it is closed.
    private static let stallLimit = Duration.seconds(30)
    /// How long a client that said `exit` may take to close. The side that closes first keeps the connection in
    /// TIME-WAIT (RFC 9293 section 3.6.1): better each client its own than the server all of them.
    private static let leaveLimit = Duration.milliseconds(10)
    /// How long accepting pauses when it failed.
    private static let acceptPause = Duration.milliseconds(100)
    /// How long a client is silent before it may have to make room: the time that TCP gives an answer when it knows
    /// nothing of the path (RFC 6298 section 2.1).
    private static let patience = Duration.seconds(1)
    /// Connections accepted before the others have their turn.
    private static let acceptBatch = 64

    private static let listenerToken: UInt64 = 0
    private static let stopToken: UInt64 = 1

    private let delay, idleLimit: Duration
    private let report: (GreetingEvent) -> Bool
    private var poller: Poller
    private var clients: [UInt64: Client] = [:]
    /// The clients whose turn it is: to say something, or to take the rest of an answer.
    private var silences = SilenceQueue()
    private var deadlines = DeadlineQueue<Deadline>()
    private var nextToken: UInt64 = 2
    private var goesOn = true
    /// Whether accepting has failed and that was said; until nobody waits and a descriptor is free.
    private var acceptFailed = false
    private var buffer = [UInt8](repeating: 0, count: GreetingMessage.maximumLength)

    init(
        _ listener: borrowing StreamListener, until stop: Int32?, delay: Duration, idleLimit: Duration,
        report: @escaping (GreetingEvent) -> Bool
    ) throws(SocketError) {
        let poller = try Poller()
        try poller.add(listener.descriptor, token: Self.listenerToken, interest: .reading)
        if let stop { try poller.add(stop, token: Self.stopToken, interest: .reading) }
        self.poller = poller
        self.delay = delay
        self.idleLimit = idleLimit
        self.report = report
    }

    mutating func run(_ listener: borrowing StreamListener) throws(SocketError) {
        tell(.waiting)
        while goesOn {
            let next = [deadlines.next, nextIdle].compactMap(\.self).min()
            let timeout = next.map { max(.zero, $0 - ContinuousClock.now) }
            var someoneWaits = false
            for event in try poller.wait(timeout: timeout) where goesOn {
                switch event.token {
                case Self.listenerToken: someoneWaits = true
                case Self.stopToken: goesOn = false
                default: serve(event)
                }
            }
            // Last, so that whoever has just spoken does not make room.
            if someoneWaits { try accept(from: listener) }
            let now = ContinuousClock.now
            while goesOn, let idle = nextIdle, idle <= now { closeIdle() }
            while goesOn, let due = deadlines.popDue(at: now) {
                switch due {
                case .answer(let token): answer(token)
                case .late(let token): closeIfLate(token, at: now)
                case .acceptAgain:
                    try poller.change(listener.descriptor, token: Self.listenerToken, interest: .reading)
                }
            }
        }
        for token in clients.keys.sorted() { close(token) }
    }

    private mutating func tell(_ event: GreetingEvent) {
        if !report(event) { goesOn = false }
    }

    private mutating func accept(from listener: borrowing StreamListener) throws(SocketError) {
        var hasAccepted = false
        var hasMadeRoom = false
        for _ in 0..<Self.acceptBatch where goesOn {
            do throws(SocketError) {
                guard let socket = try listener.accept() else {
                    acceptFailed = false
                    return
                }
                hasAccepted = true
                hasMadeRoom = false
                try welcome(socket)
            } catch {
                let lacksDescriptor = error.operation == .accepting && [EMFILE, ENFILE].contains(error.errno)
                // Linux takes a descriptor before it looks whether anybody waits: ask the poller again.
                if lacksDescriptor && hasAccepted && !hasMadeRoom { return }
                if !acceptFailed { tell(.trouble(error)) }
                acceptFailed = true
                if lacksDescriptor && goesOn && !hasMadeRoom && makeRoom() {
                    hasMadeRoom = true
                    continue
                }
                // The connection stays in the queue and the listener readable: look again when clients have had the
                // time to go.
                try poller.change(listener.descriptor, token: Self.listenerToken, interest: [])
                deadlines.insert(.acceptAgain, at: .now + Self.acceptPause)
                return
            }
        }
    }

    /// Closes the client that has been silent for longest; false where none has been for long enough.
    private mutating func makeRoom() -> Bool {
        guard let longest = silences.longest, let client = clients[longest.client] else { return false }
        let silence = ContinuousClock.now - longest.since
        if silence < Self.patience { return false }
        tell(.displaced(client.socket.peer, silence: silence))
        close(longest.client)
        return true
    }

    /// When the next client has been silent for too long.
    private var nextIdle: ContinuousClock.Instant? {
        idleLimit > .zero ? silences.longest.map { $0.since + idleLimit } : nil
    }

    private mutating func closeIdle() {
        guard let token = silences.longest?.client, let client = clients[token] else { return }
        tell(.idle(client.socket.peer, limit: idleLimit))
        close(token)
    }

    private mutating func welcome(_ socket: consuming StreamSocket) throws(SocketError) {
        // A host that lost its power says no goodbye: after two minutes of silence and probes, it is gone.
        try socket.keepAlive(idle: 60, interval: 10, probes: 6)
        let token = nextToken
        nextToken += 1
        try poller.add(socket.descriptor, token: token, interest: .reading)
        let client = Client(socket)
        clients[token] = client
        tell(.accepted(client.socket.peer))
        send(GreetingMessage.welcome[...], to: client, token)
    }

    private mutating func serve(_ event: Poller.Event) {
        guard let client = clients[event.token] else { return }
        switch client.phase {
        case _ where event.isHungUp: close(event.token)
        case .reading: receive(from: client, event.token)
        // Whatever comes after `exit`, its end or more of it, ends the connection.
        case .leaving: close(event.token)
        case .sending(let rest, _): send(rest, to: client, event.token)
        case .delaying: break
        }
    }

    /// One receive, one message.
    private mutating func receive(from client: Client, _ token: UInt64) {
        var bytes = buffer.mutableSpan
        // Where receiving fails, the connection is gone: as good as its end.
        let count: Int?
        do throws(SocketError) { count = try client.socket.receive(into: &bytes) } catch { count = 0 }
        guard let count else { return }
        let message = [UInt8](buffer.prefix(count))
        if message.isEmpty { return close(token) }
        silences.remove(token)
        tell(.received(message))
        if message == GreetingMessage.exit {
            let deadline = ContinuousClock.now + Self.leaveLimit
            client.phase = .leaving(until: deadline)
            return schedule(.late(client: token), at: deadline)
        }
        client.phase = .delaying(name: message)
        watch(client, token, for: [])
        schedule(.answer(client: token), at: .now + delay)
    }

    private mutating func answer(_ token: UInt64) {
        guard let client = clients[token], case .delaying(let name) = client.phase else { return }
        send(GreetingMessage.hello(name)[...], to: client, token)
    }

    /// Sends what the kernel takes, and the rest when it takes more; then reads on.
    private mutating func send(_ message: ArraySlice<UInt8>, to client: Client, _ token: UInt64) {
        var rest = message
        while !rest.isEmpty {
            let count: Int?
            do throws(SocketError) { count = try client.socket.send(rest.span) } catch {
                return close(token)
            }
            guard let count else { break }
            rest.removeFirst(count)
        }
        if rest.isEmpty {
            client.phase = .reading
            silences.insert(token, at: .now)
            watch(client, token, for: .reading)
        } else {
            let deadline = ContinuousClock.now + Self.stallLimit
            client.phase = .sending(rest, until: deadline)
            watch(client, token, for: .writing)
            if !silences.contains(token) { silences.insert(token, at: .now) }
            schedule(.late(client: token), at: deadline)
        }
    }

    /// Clients that are gone leave deadlines behind: before those are many, they go too.
    private mutating func schedule(_ deadline: Deadline, at instant: ContinuousClock.Instant) {
        deadlines.insert(deadline, at: instant)
        guard deadlines.count > 2 * clients.count + 64 else { return }
        let clients = clients
        deadlines.removeAll { deadline, instant in
            switch deadline {
            case .acceptAgain: false
            case .answer(let token): clients[token] == nil
            case .late(let token): clients[token]?.deadline != instant
            }
        }
    }

    private mutating func closeIfLate(_ token: UInt64, at now: ContinuousClock.Instant) {
        if let deadline = clients[token]?.deadline, deadline <= now { close(token) }
    }

    private mutating func watch(_ client: Client, _ token: UInt64, for interest: Poller.Interest) {
        do throws(SocketError) {
            try poller.change(client.socket.descriptor, token: token, interest: interest)
        } catch {
            // A client that cannot be watched would be forgotten.
            tell(.trouble(error))
            close(token)
        }
    }

    /// The socket closes with its last reference.
    private mutating func close(_ token: UInt64) {
        silences.remove(token)
        if let client = clients.removeValue(forKey: token) { tell(.closed(client.socket.peer)) }
    }
}
