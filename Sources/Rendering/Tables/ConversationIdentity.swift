internal import Conversations
internal import PacketDecoding

/// Which conversation of a capture something belongs to: TCP and UDP count apart.
struct ConversationIdentity: Hashable {
    let transport: Transport
    let number: Int

    init(_ transport: Transport, _ number: Int) {
        self.transport = transport
        self.number = number
    }

    init(_ conversation: Conversation) { self.init(conversation.key.transport, conversation.number) }

    init(_ step: ConversationStep) { self.init(step.transport, step.conversation) }
}
