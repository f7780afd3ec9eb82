import PacketDecoding

/// What was heard of one greeting: messages by kind, those sent again counted once.
public struct GreetingAccount: Hashable, Sendable {
    public private(set) var hasWelcome = false
    public private(set) var names = 0
    public private(set) var answers = 0
    public private(set) var hasExit = false

    public init() {}

    /// Takes a step of the greeting's conversation into account.
    public mutating func hear(_ step: ConversationStep, payload: RawSpan) {
        guard step.payloadLength > 0, !step.notes.contains(.retransmission), !step.notes.contains(.icmpError) else {
            return
        }
        let message = GreetingMessage(payload, fromServer: step.side == .server)
        switch message.kind {
        case .welcome:
            hasWelcome = true
            answers += message.answers
        case .answer: answers += message.answers
        case .name: names += 1
        case .exit: hasExit = true
        case .request, .other: break
        }
    }

    /// Whether `count` names were sent and answered, from the welcome to the exit.
    public func isComplete(names count: Int) -> Bool {
        hasWelcome && names == count && answers == count && hasExit
    }
}
