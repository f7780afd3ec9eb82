import Sockets

/// A greeting client: says names one at a time and waits for each answer.
public struct GreetingClient: Sendable {
    /// What is said where nothing else is asked for.
    public static let defaultNames = ["Michael", "Tracy", "Sarah"]

    public var server: GreetingAddress
    /// Over datagrams, a server does not answer a name like its own words: `Welcome!` or `Hello, NAME!`.
    public var names: [String]
    /// How long a datagram's answer is waited for before it is asked for again; more than the server's delay.
    /// Over a stream, answers are waited for until the connection ends.
    public var answerTimeout: Duration
    /// How often a datagram is sent before the client gives up.
    public var attempts: Int

    public init(
        server: GreetingAddress, names: [String] = defaultNames, answerTimeout: Duration = .seconds(3),
        attempts: Int = 3
    ) {
        self.server = server
        self.names = names
        self.answerTimeout = answerTimeout
        self.attempts = attempts
    }

    /// Connects, gets the welcome and an answer to each name, says `exit` and closes.
    ///
    /// - Parameters:
    ///   - stop: a descriptor that ends the client early by becoming readable; never read.
    ///   - report: gets each answer as it was on the wire, the welcome first, and returns whether to go on.
    /// - Returns: whether all was said; false when it was ended early.
    @discardableResult
    public func run(until stop: Int32? = nil, report: ([UInt8]) -> Bool) throws(GreetingError) -> Bool {
        for name in names {
            let bytes = name.utf8
            guard 1...GreetingMessage.maximumLength ~= bytes.count, !bytes.elementsEqual(GreetingMessage.exit) else {
                throw .unsendable(name: name)
            }
        }
        switch server.transport {
        case .tcp: return try converse(over: StreamExchange.self, until: stop, report: report)
        case .udp: return try converse(over: DatagramExchange.self, until: stop, report: report)
        }
    }

    private func converse<Exchange: GreetingExchange & ~Copyable>(
        over transport: Exchange.Type, until stop: Int32?, report: ([UInt8]) -> Bool
    ) throws(GreetingError) -> Bool {
        var candidates = try GreetingError.wrapping { () throws(SocketError) in try server.resolved() }[...]
        while true {
            let address = candidates.removeFirst()
            var isWelcome = false
            do throws(GreetingError) {
                guard var exchange = try Exchange.open(to: address, for: self, until: stop) else { return false }
                guard try exchange.ask([], expecting: GreetingMessage.welcome) else { return false }
                isWelcome = true
                guard report(GreetingMessage.welcome) else { return false }
                for name in names {
                    let answer = GreetingMessage.hello(name.utf8)
                    guard try exchange.ask([UInt8](name.utf8), expecting: answer), report(answer) else { return false }
                }
                exchange.leave()
                return true
            } catch {
                // A host may have addresses that the server does not listen on.
                guard case .socket = error, !isWelcome, !candidates.isEmpty else { throw error }
            }
        }
    }
}

/// A client's end of a conversation.
protocol GreetingExchange: ~Copyable {
    /// nil when `stop` became readable.
    static func open(
        to server: SocketAddress, for client: GreetingClient, until stop: Int32?
    ) throws(GreetingError) -> Self?

    /// Sends a message, if there is anything to send, and waits for the one answer that is right.
    ///
    /// - Returns: false when `stop` became readable.
    mutating func ask(_ message: [UInt8], expecting answer: [UInt8]) throws(GreetingError) -> Bool

    /// Says `exit`. All answers are there, so whether it arrives is of no more interest.
    func leave()
}

extension GreetingError {
    static func wrapping<Result: ~Copyable>(
        _ body: () throws(SocketError) -> Result
    ) throws(GreetingError) -> Result {
        do throws(SocketError) { return try body() } catch { throw .socket(error) }
    }
}
