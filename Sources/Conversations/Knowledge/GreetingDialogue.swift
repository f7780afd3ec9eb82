public import PacketDecoding

/// What a greeting's client and server said to each other: which name got which answer, after how long, and what ran
/// together on the way where the wording proves it.
public struct GreetingDialogue: Sendable {
    /// Segments that the server took for one name, and its answer.
    public struct Exchange: Sendable {
        /// As sent: more than one where the answer names them joined.
        public internal(set) var names: [[UInt8]]
        /// Only the beginning of what a segment held was answered: the rest was taken for another name.
        public internal(set) var isPart = false
        /// Nanoseconds from the last of the names to the answer; nil where there was none, or no time.
        public internal(set) var answerTime: Int64?
        public internal(set) var isAnswered = false
    }

    private struct Name {
        var bytes: [UInt8]
        let sent: Timestamp?
    }

    /// Exchanges told of; of more, only the number is known.
    private static var maximumExchanges: Int { 1024 }
    /// Names that wait for an answer at most, and segments that one answer may join.
    private static var maximumWaiting: Int { 64 }
    /// Bytes of a message: what one receive of the server takes.
    private static var maximumLength: Int { 1024 }

    /// In the order of their answers.
    public private(set) var exchanges: [Exchange] = []
    public private(set) var hasWelcome = false
    public private(set) var names = 0
    public private(set) var answers = 0
    public private(set) var hasExit = false
    /// Most answers in one segment.
    public private(set) var mostAnswersTogether = 0
    /// Segments that go on with `exit` after other bytes: either a name ends like that, or it was sent without waiting.
    public private(set) var exitsAfterOtherBytes = 0
    /// Answers to names that were not heard.
    public private(set) var strayAnswers = 0
    private var waiting: [Name] = []

    public init() {}

    /// What has not been answered.
    public var unanswered: [[UInt8]] { waiting.map(\.bytes) }

    /// Takes a segment's payload, or a datagram's.
    public mutating func hear(_ payload: RawSpan, from side: ConversationSide, at time: Timestamp?) {
        let message = GreetingMessage(payload, fromServer: side == .server)
        switch message.kind {
        case .exit: hasExit = true
        case .name:
            names += 1
            if message.endsInExit { exitsAfterOtherBytes += 1 }
            guard waiting.count < Self.maximumWaiting else { return }
            waiting.append(Name(bytes: payload.array(upTo: Self.maximumLength), sent: time))
        case .welcome, .answer:
            if message.kind == .welcome { hasWelcome = true }
            answers += message.answers
            mostAnswersTogether = max(mostAnswersTogether, message.answers)
            var offset = message.kind == .welcome ? 8 : 0
            while let answer = GreetingMessage.answer(in: payload, at: offset) {
                take(payload.clipped(from: answer.name.lowerBound, to: answer.name.upperBound), time)
                offset = answer.end
            }
        case .request, .other: break
        }
    }

    /// Finds who an answer is for.
    private mutating func take(_ name: RawSpan, _ time: Timestamp?) {
        let name = name.array(upTo: Self.maximumLength)
        var joined: [UInt8] = []
        for (index, candidate) in waiting.enumerated() {
            joined += candidate.bytes
            guard name.starts(with: joined) else { break }
            if joined.count == name.count {
                return add(waiting.prefix(index + 1).map(\.bytes), candidate.sent, time, index + 1)
            }
        }
        if let first = waiting.first, !name.isEmpty, first.bytes.count > name.count, first.bytes.starts(with: name) {
            add([name], first.sent, time, 0, isPart: true)
            waiting[0].bytes.removeFirst(name.count)
            return
        }
        // An answer whose name was not captured leaves the names alone; one to a later name tells of those before.
        if let later = waiting.firstIndex(where: { $0.bytes == name }) {
            for lost in waiting.prefix(later) where exchanges.count < Self.maximumExchanges {
                exchanges.append(Exchange(names: [lost.bytes]))
            }
            let sent = waiting[later].sent
            return add([name], sent, time, later + 1)
        }
        strayAnswers += 1
    }

    private mutating func add(
        _ names: [[UInt8]], _ sent: Timestamp?, _ time: Timestamp?, _ count: Int, isPart: Bool = false
    ) {
        waiting.removeFirst(count)
        guard exchanges.count < Self.maximumExchanges else { return }
        var exchange = Exchange(names: names)
        exchange.isPart = isPart
        exchange.isAnswered = true
        if let sent, let time, time >= sent { exchange.answerTime = time.nanoseconds(since: sent) }
        exchanges.append(exchange)
    }
}

extension RawSpan {
    fileprivate func array(upTo limit: Int) -> [UInt8] {
        unsafe clipped(from: 0, to: limit).withUnsafeBytes { unsafe Array($0) }
    }
}
