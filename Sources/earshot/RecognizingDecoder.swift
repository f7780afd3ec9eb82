import Conversations
import PacketDecoding

/// What a line subtracts from a segment's numbers; 0 leaves them as on the wire.
struct LineBases {
    var sequence: UInt32 = 0
    var acknowledgment: UInt32 = 0
}

/// Decodes packets one by one, the greeting also where only its conversation tells.
struct RecognizingDecoder: ~Copyable {
    private var decoder: PacketDecoder
    private var bases = SequenceBases()
    private var greetings = GreetingRecognizer()

    init(ports: PortMap) { decoder = PacketDecoder(ports: ports) }

    /// Hands the packet in `frame` to `body`.
    mutating func decode(_ frame: Frame, _ body: (Packet, LineBases) throws(Failure) -> Void) throws(Failure) {
        var lineBases = LineBases()
        var opening: ConversationSide?
        let hint: ApplicationHint?
        do {
            let packet = decoder.decode(frame)
            if let tcp = packet.firstIndex(of: .tcp) {
                let known = bases.bases(for: packet, at: tcp)
                lineBases = LineBases(sequence: known.sequence, acknowledgment: known.acknowledgment)
                opening = known.opening
            }
            hint = greetings.hint(for: packet, opening: opening)
            if hint == nil { return try body(packet, lineBases) }
        }
        // Only the conversation tells what its payload is: decode once more, knowing that.
        try body(decoder.decode(frame, application: hint), lineBases)
    }
}
