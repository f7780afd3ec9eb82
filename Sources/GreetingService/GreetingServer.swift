public import Sockets

/// A greeting server: bound when it is made, it serves when it is told to.
///
/// A name is any bytes: one that is not UTF-8 is answered as it came, byte for byte, because refusing it would need a
/// message that the protocol does not have.
///
/// Over a stream, silent clients lock nobody out. Who says nothing for the idle limit is closed; and when a new client
/// finds no free descriptor (EMFILE and ENFILE of accept(2)), the one that has been silent for longest makes room, if it
/// has been so for a second. A client that waits for its answer is not silent.
///
/// Over datagrams, up to 64 answers wait for each client and 4096 for all, and clients take turns, so that one that
/// floods leaves the others their place. What comes faster than the server reads, the kernel drops, whoever sent it.
/// What a server says is never answered, so that servers cannot be made to talk to each other: `Welcome!`, and what
/// begins like `Hello, NAME!`. Somebody of such a name is not greeted over datagrams.
public final class GreetingServer: Sendable {
    private enum Socket: ~Copyable, Sendable {
        case stream(StreamListener)
        case datagram(DatagramSocket)
    }

    /// Where it listens, with the port the kernel chose.
    public let address: SocketAddress

    private let socket: Socket
    private let delay, idleLimit: Duration

    /// Binds, and over a stream listens; clients may connect from now on.
    ///
    /// - Parameters:
    ///   - backlog: connections that may wait to be accepted (listen(2)); streams only.
    ///   - delay: how long a name waits for its answer.
    ///   - idleLimit: how long a client may say nothing before its connection is closed, counted from the last answer
    ///     it got; zero is for ever. Streams only: of a datagram's sender nothing is kept but its answers.
    public init(
        at address: GreetingAddress, backlog: Int32 = 5, delay: Duration = .seconds(1),
        idleLimit: Duration = .seconds(60)
    ) throws(SocketError) {
        self.delay = delay
        self.idleLimit = idleLimit
        var candidates = try address.resolved()[...]
        while true {
            let candidate = candidates.removeFirst()
            do throws(SocketError) {
                switch address.transport {
                case .tcp:
                    let listener = try StreamListener(on: candidate, backlog: backlog)
                    try listener.setNonBlocking(true)
                    self.address = listener.localAddress
                    socket = .stream(listener)
                case .udp:
                    let datagrams = try DatagramSocket(on: candidate)
                    try datagrams.setNonBlocking(true)
                    self.address = datagrams.localAddress
                    socket = .datagram(datagrams)
                }
                return
            } catch {
                if candidates.isEmpty { throw error }
            }
        }
    }

    /// Serves clients, many at once, until `stop` becomes readable.
    ///
    /// - Parameters:
    ///   - stop: a descriptor that is watched and never read; nil serves until `report` ends it.
    ///   - report: is told what happens, on the calling thread, and returns whether to go on.
    /// - Throws: only what no later attempt can mend; a client's failure is the end of that client.
    public func serve(until stop: Int32?, report: (GreetingEvent) -> Bool) throws(SocketError) {
        try withoutActuallyEscaping(report) { report throws(SocketError) in
            switch socket {
            case .stream(let listener):
                var service = try StreamService(
                    listener, until: stop, delay: delay, idleLimit: idleLimit, report: report)
                try service.run(listener)
            case .datagram(let datagrams):
                var service = try DatagramService(datagrams, until: stop, delay: delay, report: report)
                try service.run(datagrams)
            }
        }
    }
}
