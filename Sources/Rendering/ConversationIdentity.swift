internal import Conversations
internal import PacketDecoding

/// Which conversation of a capture something belongs to: TCP and UDP count apart.
struct ConversationIdentity: Hashable {
    let transport: Transport
    let number: Int

    init(_ conversation: Conversation) {
        transport = conversation.key.transport
        number = conversation.number
    }

    init(_ step: ConversationStep) {
        transport = step.transport
        number = step.conversation
    }
}
