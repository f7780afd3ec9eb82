import Sockets

/// The greeting over UDP, from the client's end: a datagram that gets no answer in time is sent again.
struct DatagramExchange: GreetingExchange, ~Copyable {
    private let socket: DatagramSocket
    private let server: SocketAddress
    private let stop: Int32?
    private let timeout: Duration
    private let attempts: Int
    /// A datagram that was sent twice may be answered twice.
    private var answered: Set<[UInt8]> = []

    private init(
        _ socket: consuming DatagramSocket, to server: SocketAddress, for client: GreetingClient, until stop: Int32?
    ) {
        self.socket = socket
        self.server = server
        self.stop = stop
        timeout = client.answerTimeout
        attempts = client.attempts
    }

    static func open(
        to server: SocketAddress, for client: GreetingClient, until stop: Int32?
    ) throws(GreetingError) -> DatagramExchange? {
        do throws(SocketError) {
            let socket = try DatagramSocket(connectedTo: server)
            try socket.setNonBlocking(true)
            return DatagramExchange(socket, to: server, for: client, until: stop)
        } catch {
            throw .socket(error)
        }
    }

    mutating func ask(_ message: [UInt8], expecting answer: [UInt8]) throws(GreetingError) -> Bool {
        for _ in 0..<attempts {
            let deadline = ContinuousClock.now + timeout
            // A datagram that the kernel does not take now is as good as lost: there is a next attempt.
            _ = try GreetingError.wrapping { () throws(SocketError) in
                try socket.send(message.span)
            }
            attempt: while true {
                let outcome = try GreetingError.wrapping { () throws(SocketError) in
                    try Readiness.wait(
                        for: .reading, on: socket.descriptor, timeout: deadline - ContinuousClock.now, wake: stop)
                }
                switch outcome {
                case .woken: return false
                case .timedOut: break attempt
                case .ready: break
                }
                guard let received = try receive() else { continue }
                if received == answer {
                    answered.insert(answer)
                    return true
                }
                guard answered.contains(received) else {
                    throw .unexpected(server: server, expected: answer, received: received)
                }
            }
        }
        throw .unanswered(server: server, expected: answer, attempts: attempts)
    }

    func leave() {
        let message = GreetingMessage.exit
        _ = try? socket.send(message.span)
    }

    /// nil when there was nothing after all, such as a datagram with a bad checksum (select(2)).
    private func receive() throws(GreetingError) -> [UInt8]? {
        try GreetingError.wrapping { () throws(SocketError) in
            var buffer = [UInt8](repeating: 0, count: 2 * GreetingMessage.maximumLength)
            var bytes = buffer.mutableSpan
            guard let arrival = try socket.receive(into: &bytes) else { return nil }
            return [UInt8](buffer.prefix(arrival.count))
        }
    }
}
