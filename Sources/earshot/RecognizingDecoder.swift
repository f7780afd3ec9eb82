import Conversations
import PacketDecoding

/// Decodes packets one by one, the greeting also where only its conversation tells.
struct RecognizingDecoder: ~Copyable {
    private var decoder: PacketDecoder
    private var bases = SequenceBases()
    private var greetings = GreetingRecognizer()

    init(ports: PortMap) { decoder = PacketDecoder(ports: ports) }

    /// Hands the packet in `frame` to `body`.
    ///
    /// - Parameter body: takes also what the numbers of the outermost TCP layer count from.
    mutating func decode(_ frame: Frame, _ body: (Packet, SegmentBases?) throws(Failure) -> Void) throws(Failure) {
        var known: SegmentBases?
        let hint: ApplicationHint?
        do {
            let packet = decoder.decode(frame)
            if let tcp = packet.firstIndex(of: .tcp) { known = bases.bases(for: packet, at: tcp) }
            hint = greetings.hint(for: packet, opening: known?.opening)
            if hint == nil { return try body(packet, known) }
        }
        // Only the conversation tells what its payload is: decode once more, knowing that.
        try body(decoder.decode(frame, application: hint), known)
    }
}
