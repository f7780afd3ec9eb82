import PacketDecoding
import Sockets

/// The greeting over UDP. It keeps nothing of a client but the answers that are due: any empty datagram is answered
/// with the welcome, and of a datagram longer than a message the beginning counts.
///
/// It never answers what a server says, nor its own address: a datagram whose source is forged (RFC 2827) would set two
/// servers, or one and itself, talking for ever.
struct DatagramService: ~Copyable {
    /// Datagrams received before those that are due have their turn.
    private static let receiveBatch = 64

    private static let socketToken: UInt64 = 0
    private static let stopToken: UInt64 = 1

    private let delay: Duration
    private let report: (GreetingEvent) -> Bool
    private var poller: Poller
    private var answers = AnswerQueue()
    /// Nothing is sent before, because the kernel took nothing.
    private var sendAgain = ContinuousClock.now
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
            let timeout = answers.deadline.map { max(.zero, max($0, sendAgain) - ContinuousClock.now) }
            for event in try poller.wait(timeout: timeout) {
                if event.token == Self.stopToken { goesOn = false } else { try receive(from: socket) }
            }
            send(from: socket)
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
            let message = buffer.prefix(arrival.count)
            if client.isOwn(of: socket.localAddress) { continue }
            if GreetingMessage.isFromServer(message, isTruncated: arrival.isTruncated) { continue }
            if message.elementsEqual(GreetingMessage.exit) {
                tell(.received([UInt8](message)))
                tell(.closed(client))
            } else if !answers.hasPlace(for: client) {
                if !isOverloaded { tell(.overloaded(client)) }
                isOverloaded = true
            } else if message.isEmpty {
                tell(.accepted(client))
                answers.insert(GreetingMessage.welcome, for: client, at: .now)
            } else {
                tell(.received([UInt8](message)))
                answers.insert(GreetingMessage.hello(message), for: client, at: .now + delay)
            }
        }
    }

    /// Sends what is due.
    private mutating func send(from socket: borrowing DatagramSocket) {
        let now = ContinuousClock.now
        guard now >= sendAgain else { return }
        while goesOn, let answer = answers.next(at: now) {
            do throws(SocketError) {
                guard try socket.send(answer.message.span, to: answer.peer) else {
                    // The interface's queue is full: again when it has had time to drain.
                    sendAgain = now + .milliseconds(10)
                    return
                }
                sendFailure = 0
            } catch {
                if error.errno != sendFailure { tell(.trouble(error)) }
                sendFailure = error.errno
            }
            answers.removeNext()
        }
    }
}

extension SocketAddress {
    /// Whether it is that of the socket bound to `local`. A socket that is bound to all addresses has those of the
    /// loopback for certain: nobody else on this host can have the port there.
    fileprivate func isOwn(of local: SocketAddress) -> Bool {
        guard endpoint.port == local.endpoint.port else { return false }
        switch (endpoint.address, local.endpoint.address) {
        case (.v4(let address), .v4(let bound)) where bound.rawValue == 0: return address.rawValue >> 24 == 127
        case (.v6(let address), .v6(let bound)) where bound == IPv6Address(high: 0, low: 0):
            return address == IPv6Address(high: 0, low: 1)
        default: return endpoint.address == local.endpoint.address
        }
    }
}
