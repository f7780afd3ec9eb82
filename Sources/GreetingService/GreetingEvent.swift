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
    /// Something failed and the server goes on, such as accepting while no descriptor is left.
    case trouble(SocketError)
    /// More datagrams wait for their answers than the server keeps, so this one was dropped.
    case overloaded(SocketAddress)

    /// Whether it belongs to the server's output; else it is for stderr.
    public var isOutput: Bool {
        switch self {
        case .waiting, .accepted, .received, .closed: true
        case .trouble, .overloaded: false
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

    mutating func write(_ text: String) {
        for byte in text.utf8 { write(byte: byte) }
    }
}
