/// What one side of the greeting protocol said in one segment or datagram.
///
/// The protocol has no framing: over a stream, messages sent without waiting can arrive in one segment, and nothing
/// but their wording tells them apart. A name that itself contains `!Hello, ` looks like two answers.
@frozen public struct GreetingMessage: BitwiseCopyable, Hashable, Sendable {
    @frozen public enum Kind: UInt8, BitwiseCopyable, Hashable, Sendable {
        /// An empty datagram of the client, which asks for the welcome.
        case request
        /// `Welcome!`, with answers behind it if any have run together.
        case welcome
        /// What the client wants to be greeted as.
        case name
        /// One or more of `Hello, NAME!`.
        case answer
        /// `exit`: the client is done.
        case exit
        /// The server said something that the protocol doesn't know: part of an answer, for example.
        case other

        @inlinable public var name: StaticString {
            switch self {
            case .request: "request"
            case .welcome: "welcome"
            case .name: "name"
            case .answer: "answer"
            case .exit: "exit"
            case .other: "other"
            }
        }
    }

    public let kind: Kind
    /// Number of answers, after the welcome or alone; the last one may lack its end.
    public let answers: Int
    /// The client's message goes on with `exit` at its end: either the name ends like that, or `exit` was sent
    /// without waiting for the answer and is taken for part of the name.
    public let endsInExit: Bool

    /// Messages in the payload; above 1 they have run together.
    @inlinable public var count: Int { answers &+ (kind == .answer ? 0 : 1) }

    /// - Parameter fromServer: whether the server sent it.
    @inlinable
    public init(_ payload: RawSpan, fromServer: Bool) {
        var offset = 0
        var answers = 0
        if fromServer {
            let isWelcome = payload.starts(with: "Welcome!")
            if isWelcome { offset = 8 }
            while let answer = GreetingMessage.answer(in: payload, at: offset) {
                answers &+= 1
                offset = answer.end
            }
            // Bytes after the welcome that are no answer leave it in doubt what was said.
            if offset < payload.byteCount {
                kind = .other
                answers = 0
            } else {
                kind = isWelcome ? .welcome : answers > 0 ? .answer : .other
            }
            endsInExit = false
        } else {
            let end = payload.byteCount &- 4
            let endsInExit = end >= 0 && payload.starts(with: "exit", at: end)
            kind = payload.byteCount == 0 ? .request : endsInExit && end == 0 ? .exit : .name
            self.endsInExit = endsInExit && end > 0
        }
        self.answers = answers
    }

    /// The answer that begins at `offset`: where it ends, and where the name in it lies; nil where none begins.
    ///
    /// It ends before the next `Hello, ` that follows a `!`, else with the payload.
    @inlinable
    public static func answer(in payload: RawSpan, at offset: Int) -> (end: Int, name: Range<Int>)? {
        guard payload.starts(with: "Hello, ", at: offset) else { return nil }
        let start = offset &+ 7
        var end = start
        while end < payload.byteCount {
            end &+= 1
            if payload.byte(at: end &- 1) == UInt8(ascii: "!"), payload.starts(with: "Hello, ", at: end) { break }
        }
        let hasEnd = end > start && payload.byte(at: end &- 1) == UInt8(ascii: "!")
        return (end, start..<(hasEnd ? end &- 1 : end))
    }
}
