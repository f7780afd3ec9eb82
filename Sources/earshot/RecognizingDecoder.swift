import Conversations
import PacketDecoding

/// Decodes packets one by one, the greeting also where only its conversation tells.
struct RecognizingDecoder: ~Copyable {
    private var decoder: PacketDecoder
    private var flows = FlowKnowledge()

    init(ports: PortMap) { decoder = PacketDecoder(ports: ports) }

    /// Hands the packet in `frame` to `body`.
    ///
    /// - Parameter body: takes also what the numbers of the outermost TCP layer count from.
    mutating func decode(_ frame: Frame, _ body: (Packet, SegmentBases?) throws(Failure) -> Void) throws(Failure) {
        let known: SegmentBases?
        let hint: ApplicationHint?
        do {
            let packet = decoder.decode(frame)
            (known, hint) = flows.look(up: packet)
            if hint == nil { return try body(packet, known) }
        }
        // Only the conversation tells what its payload is: decode once more, knowing that.
        try body(decoder.decode(frame, application: hint), known)
    }
}

/// What the packets of a conversation tell of those after them.
struct FlowKnowledge: ~Copyable {
    private var bases = SequenceBases()
    private var greetings = GreetingRecognizer()

    /// - Returns: what the numbers of the outermost TCP layer count from, and what to decode the packet as once more.
    @inline(__always)
    mutating func look(up packet: Packet) -> (SegmentBases?, ApplicationHint?) {
        var known: SegmentBases?
        if let tcp = packet.firstIndex(of: .tcp) { known = bases.bases(for: packet, at: tcp) }
        return (known, greetings.hint(for: packet, opening: known?.opening))
    }
}
