import Sockets

/// The greeting over UDP. It keeps nothing of a client but the answers that are due: any empty datagram is answered
/// with the welcome, and of a datagram longer than a message the beginning counts.
struct DatagramService: ~Copyable {
    private struct Answer {
        let message: [UInt8]
        let client: SocketAddress
    }

    /// Answers that may wait; at 1 KiB each, what a flood can cost in memory.
    private static let maximumWaiting = 4096
    /// Datagrams received before those that are due have their turn.
    private static let receiveBatch = 64

    private static let socketToken: UInt64 = 0
    private static let stopToken: UInt64 = 1

    private let delay: Duration
    private let report: (GreetingEvent) -> Bool
    private var poller: Poller
    private var answers = DeadlineQueue<Answer>()
    private var goesOn = true
    private var isOverloaded = false
    /// The errno of the last failed send, so that a flood of one failure is told once.
    private var sendFailure: Int32 = 0
    private var buffer = [UInt8](repeating: 0, count: GreetingMessage.maximumLength)

    init(
        _ socket: borrowing DatagramSocket, until stop: Int32?, delay: Duration,
        report: @escaping (GreetingEvent) -> Bool
    ) throws(SocketError) {
        let poller = try Poller()
        try poller.add(socket.descriptor, token: Self.socketToken, interest: .reading)
        if let stop { try poller.add(stop, token: Self.stopToken, interest: .reading) }
        self.poller = poller
        self.delay = delay
        self.report = report
    }

    mutating func run(_ socket: borrowing DatagramSocket) throws(SocketError) {
        tell(.waiting)
        while goesOn {
            let timeout = answers.next.map { max(.zero, $0 - ContinuousClock.now) }
            for event in try poller.wait(timeout: timeout) {
                if event.token == Self.stopToken { goesOn = false } else { try receive(from: socket) }
            }
            let now = ContinuousClock.now
            while goesOn, let answer = answers.popDue(at: now) { send(answer, from: socket) }
            isOverloaded = isOverloaded && answers.count > 0
        }
    }

    private mutating func tell(_ event: GreetingEvent) {
        if !report(event) { goesOn = false }
    }

    private mutating func receive(from socket: borrowing DatagramSocket) throws(SocketError) {
        for _ in 0..<Self.receiveBatch where goesOn {
            var bytes = buffer.mutableSpan
            guard let arrival = try socket.receive(into: &bytes) else { return }
            let client = arrival.sender
            let message = [UInt8](buffer.prefix(arrival.count))
            if message.isEmpty {
                tell(.accepted(client))
                send(Answer(message: GreetingMessage.welcome, client: client), from: socket)
            } else if message == GreetingMessage.exit {
                tell(.received(message))
                tell(.closed(client))
            } else if answers.count < Self.maximumWaiting {
                tell(.received(message))
                answers.insert(Answer(message: GreetingMessage.hello(message), client: client), at: .now + delay)
            } else if !isOverloaded {
                isOverloaded = true
                tell(.overloaded(client))
            }
        }
    }

    private mutating func send(_ answer: Answer, from socket: borrowing DatagramSocket) {
        do throws(SocketError) {
            let isSent = try socket.send(answer.message.span, to: answer.client)
            // The interface's queue is full: again when it has had time to drain.
            if !isSent { answers.insert(answer, at: .now + .milliseconds(10)) }
            sendFailure = 0
        } catch {
            if error.errno != sendFailure { tell(.trouble(error)) }
            sendFailure = error.errno
        }
    }
}
