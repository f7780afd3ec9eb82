import Glibc
import Sockets

/// The greeting over TCP, from the client's end. There is no framing, so an answer may come in pieces or together
/// with the next one: the client knows each answer beforehand, and takes its bytes off what has come.
struct StreamExchange: GreetingExchange, ~Copyable {
    private let socket: StreamSocket
    private let stop: Int32?
    /// What has come and was not yet expected.
    private var received: [UInt8] = []

    private init(_ socket: consuming StreamSocket, until stop: Int32?) {
        self.socket = socket
        self.stop = stop
    }

    static func open(
        to server: SocketAddress, for client: GreetingClient, until stop: Int32?
    ) throws(GreetingError) -> StreamExchange? {
        do throws(SocketError) {
            let socket = try StreamSocket.connecting(to: server)
            guard try Readiness.wait(for: .writing, on: socket.descriptor, wake: stop) == .ready else { return nil }
            try socket.finishConnecting()
            return StreamExchange(socket, until: stop)
        } catch {
            throw .socket(error)
        }
    }

    mutating func ask(_ message: [UInt8], expecting answer: [UInt8]) throws(GreetingError) -> Bool {
        guard try send(message, expecting: answer) else { return false }
        while true {
            let common = min(received.count, answer.count)
            guard received.prefix(common) == answer.prefix(common) else {
                throw .unexpected(server: socket.peer, expected: answer, received: received)
            }
            if common == answer.count {
                received.removeFirst(common)
                return true
            }
            guard try receive(expecting: answer) else { return false }
        }
    }

    func leave() {
        let message = GreetingMessage.exit
        _ = try? socket.send(message.span)
    }

    /// Sends all of a message; false when `stop` became readable.
    private func send(_ message: [UInt8], expecting answer: [UInt8]) throws(GreetingError) -> Bool {
        var rest = message[...]
        while !rest.isEmpty {
            do throws(SocketError) {
                let count = try socket.send(rest.span)
                rest.removeFirst(count ?? 0)
                if count == nil, try Readiness.wait(for: .writing, on: socket.descriptor, wake: stop) == .woken {
                    return false
                }
            } catch {
                throw failure(error, expecting: answer)
            }
        }
        return true
    }

    /// Receives what comes next; false when `stop` became readable.
    private mutating func receive(expecting answer: [UInt8]) throws(GreetingError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 2 * GreetingMessage.maximumLength)
        let count: Int?
        do throws(SocketError) {
            guard try Readiness.wait(for: .reading, on: socket.descriptor, wake: stop) == .ready else { return false }
            var bytes = buffer.mutableSpan
            count = try socket.receive(into: &bytes)
        } catch {
            throw failure(error, expecting: answer)
        }
        if count == 0 { throw .closedEarly(server: socket.peer, expected: answer) }
        received += buffer.prefix(count ?? 0)
        return true
    }

    /// A server that closes answers what is still sent to it with a reset.
    private func failure(_ error: SocketError, expecting answer: [UInt8]) -> GreetingError {
        switch error.errno {
        case ECONNRESET, EPIPE: .closedEarly(server: socket.peer, expected: answer)
        default: .socket(error)
        }
    }
}
