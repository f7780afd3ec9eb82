internal import Conversations
internal import PacketDecoding

/// What is said in the greetings that are underway: each is told of at its conversation's end.
struct GreetingDialogues {
    /// Conversations at a time; of more, nothing is told.
    private static var maximum: Int { 1024 }

    private var dialogues: [ConversationIdentity: GreetingDialogue] = [:]

    mutating func begin(_ identity: ConversationIdentity) {
        if dialogues[identity] == nil, dialogues.count < Self.maximum { dialogues[identity] = GreetingDialogue() }
    }

    /// Forgets what was heard of a conversation whose sides were the wrong way round.
    mutating func restart(_ identity: ConversationIdentity) {
        if dialogues[identity] != nil { dialogues[identity] = GreetingDialogue() }
    }

    /// Takes what one side said, in order and once.
    mutating func hear(
        _ bytes: RawSpan, in identity: ConversationIdentity, from side: ConversationSide, at time: Timestamp?
    ) {
        dialogues[identity]?.hear(bytes, from: side, at: time)
    }

    /// Takes a step as it was captured: what was captured before is not heard again.
    mutating func hear(_ step: ConversationStep, _ payload: RawSpan) {
        guard step.application == .greeting, step.payloadLength > 0, !step.notes.contains(.icmpError),
            !step.notes.contains(.retransmission)
        else { return }
        begin(ConversationIdentity(step))
        hear(payload, in: ConversationIdentity(step), from: step.side, at: step.timestamp)
    }

    /// Writes what was said in `conversation`, which is then forgotten; nothing where it is no greeting.
    ///
    /// - Parameters: as of ``ByteBuffer/greetingReport(_:columns:asciiOnly:)``.
    mutating func report(
        _ conversation: Conversation, columns: Int = .max, asciiOnly: Bool, to buffer: inout ByteBuffer
    ) {
        guard let dialogue = dialogues.removeValue(forKey: ConversationIdentity(conversation)) else { return }
        buffer.greetingReport(dialogue, columns: columns, asciiOnly: asciiOnly)
    }

    func contains(_ conversation: Conversation) -> Bool { dialogues[ConversationIdentity(conversation)] != nil }
}
