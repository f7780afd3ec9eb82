public import PacketDecoding
public import Sockets

/// What happens at a greeting server.
public enum GreetingEvent: Hashable, Sendable {
    /// The server is ready for its first client.
    case waiting
    /// A client connected; over datagrams, it asked for the welcome.
    case accepted(SocketAddress)
    /// A message came, a name or `exit`, as it was on the wire: any bytes, 1 to 1024 of them.
    case received([UInt8])
    /// A connection is over, for whatever reason; over datagrams, the client said `exit`.
    case closed(SocketAddress)
    /// A client said nothing for so long that its connection is closed.
    case idle(SocketAddress, limit: Duration)
    /// No descriptor was free for a new client, so the one that was silent for longest is closed.
    case displaced(SocketAddress, silence: Duration)
    /// Something failed and the server goes on, such as accepting while no descriptor is left.
    case trouble(SocketError)
    /// More datagrams wait for their answers than the server keeps, of this client or of all: this one was dropped.
    case overloaded(SocketAddress)

    /// Whether it belongs to the server's output; else it is for stderr.
    public var isOutput: Bool {
        switch self {
        case .waiting, .accepted, .received, .closed: true
        case .idle, .displaced, .trouble, .overloaded: false
        }
    }

    /// Writes the event as one line, without its end. Bytes off the wire are escaped by the sink.
    public func write(to sink: inout some TextSink & ~Copyable) {
        switch self {
        case .waiting:
            sink.write("Waiting for connection...")
        case .accepted(let client):
            sink.write("Accept new connection from ")
            sink.write(client)
            sink.write("...")
        case .received(let name):
            sink.write("receive, ")
            unsafe sink.escaped(name.span.bytes)
            sink.write("!")
        case .closed(let client):
            sink.write("Connection from ")
            sink.write(client)
            sink.write(" closed.")
        case .idle(let client, let limit):
            sink.write(client)
            sink.write(" said nothing for ")
            sink.write(seconds: limit)
            sink.write(": closing its connection")
        case .displaced(let client, let silence):
            sink.write("no descriptor is free for a new client: closing the connection from ")
            sink.write(client)
            sink.write(", silent for ")
            sink.write(seconds: silence)
        case .trouble(let error):
            sink.write(error.description)
        case .overloaded(let client):
            sink.write("too many datagrams wait for an answer: dropped one from ")
            sink.write(client)
        }
    }
}

extension TextSink where Self: ~Copyable {
    mutating func write(_ address: SocketAddress) { write(address.description) }

    /// `60 s`, `1.2 s`: tenths, rounded down.
    mutating func write(seconds duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let tenths = attoseconds / 100_000_000_000_000_000
        write(tenths == 0 ? "\(seconds) s" : "\(seconds).\(tenths) s")
    }

    mutating func write(_ text: String) {
        for byte in text.utf8 { write(byte: byte) }
    }
}
