public import PacketDecoding
public import Sockets

/// Why a greeting client did not get its answers.
public enum GreetingError: Error, Hashable, Sendable {
    case socket(SocketError)
    /// A name that would not arrive as one message and be answered: empty, `exit`, or longer than 1024 bytes.
    case unsendable(name: String)
    /// The server closed before it had answered all; `expected` is the answer that was missing.
    case closedEarly(server: SocketAddress, expected: [UInt8])
    /// The server said something else; `received` is what had come of it, any bytes.
    case unexpected(server: SocketAddress, expected: [UInt8], received: [UInt8])
    /// No datagram came, after so many attempts.
    case unanswered(server: SocketAddress, expected: [UInt8], attempts: Int)

    /// Writes the error as one line, without its end. Bytes off the wire are escaped by the sink.
    public func write(to sink: inout some TextSink & ~Copyable) {
        switch self {
        case .socket(let error):
            sink.write(error.description)
        case .unsendable(let name):
            sink.write("the name \"")
            sink.escapedText([UInt8](name.utf8))
            sink.write("\" cannot be sent: a name has 1 to 1024 bytes and is not exit")
        case .closedEarly(let server, let expected):
            sink.write(server)
            sink.write(" closed the connection before it said ")
            sink.quoted(expected)
        case .unexpected(let server, let expected, let received):
            sink.write(server)
            sink.write(" said ")
            sink.quoted(received)
            sink.write(", not ")
            sink.quoted(expected)
            sink.write("; is it a greeting server?")
        case .unanswered(let server, let expected, let attempts):
            sink.write(server)
            sink.write(" did not say ")
            sink.quoted(expected)
            sink.write(", asked \(attempts) times; is a greeting server there, and does it answer in time?")
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// The beginning of a message in quotes.
    fileprivate mutating func quoted(_ message: [UInt8]) {
        let limit = 64
        write("\"")
        escapedText([UInt8](message.prefix(limit)))
        write(message.count > limit ? "\"..." : "\"")
    }

    fileprivate mutating func escapedText(_ bytes: [UInt8]) { unsafe escaped(bytes.span.bytes) }
}
