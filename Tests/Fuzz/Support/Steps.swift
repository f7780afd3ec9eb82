import Conversations
import PacketDecoding
import Rendering

/// Makes steps of conversations of frames.
struct Steps: ~Copyable {
    private var table = ConversationTable(seed: 1, ports: ports)

    /// Hands `body` the step that a frame is, if it is one, and the bytes to show of it.
    mutating func observe(
        _ frame: Frame, _ decoder: inout PacketDecoder, _ body: (ConversationStep, RawSpan, Conversation) -> Void
    ) {
        let packet = decoder.decode(frame)
        requireSound(packet)
        guard let step = table.observe(packet), let conversation = table.conversation(step.transport, step.conversation)
        else { return }
        if step.notes.contains(.icmpError), let icmp = packet.firstIndex(of: .icmp) ?? packet.firstIndex(of: .icmpv6) {
            var words = ByteBuffer()
            packet.summarize(icmp, context: SummaryContext(), to: &words)
            body(step, words.bytes, conversation)
        } else if let transport = packet.firstIndex(of: step.transport == .tcp ? .tcp : .udp) {
            body(step, packet.payload(at: transport), conversation)
        }
    }

    func conversation(_ transport: Transport, _ number: Int) -> Conversation? {
        table.conversation(transport, number)
    }

    /// Every conversation, by number.
    func forEach(_ body: (Conversation) -> Void) {
        for transport in [Transport.tcp, .udp] {
            for number in 0..<table.startedCount(transport) {
                if let conversation = table.conversation(transport, number) { body(conversation) }
            }
        }
    }
}
