import Conversations
import PacketDecoding

/// Decodes packets one by one, the greeting also where only its conversation tells, and messages that lie in several
/// segments.
struct RecognizingDecoder: ~Copyable {
    private var decoder: PacketDecoder
    private var flows = FlowKnowledge()

    init(ports: PortMap) { decoder = PacketDecoder(ports: ports) }

    /// Hands the packet in `frame` to `body`.
    ///
    /// - Parameter body: takes also what the conversation tells of it, and the bytes of the message that it completes, if
    ///   it does.
    mutating func decode(
        _ frame: Frame, _ body: (Packet, PacketContext, RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        var context: PacketContext
        do {
            let packet = decoder.decode(frame)
            context = flows.look(up: packet)
            if context.hint == nil { return try body(packet, context, flows.message) }
        }
        // Only the conversation tells what its payload is: decode once more, knowing that.
        let packet = decoder.decode(frame, application: context.hint)
        flows.add(packet, &context)
        try body(packet, context, flows.message)
    }
}

/// What the packets before it tell of one.
struct PacketContext: BitwiseCopyable {
    /// What the numbers of the outermost TCP layer count from.
    var bases: SegmentBases?
    /// What to decode the packet as once more.
    var hint: ApplicationHint?
    /// What it is to a message that lies in several segments.
    var message: MessagePart?
}

/// What the packets of a conversation tell of those after them.
struct FlowKnowledge: ~Copyable {
    private var bases = SequenceBases()
    private var greetings = GreetingRecognizer()
    private var messages = MessageAssembler()

    @inline(__always)
    mutating func look(up packet: Packet) -> PacketContext {
        var context = PacketContext()
        if let tcp = packet.firstIndex(of: .tcp) {
            context.bases = bases.bases(for: packet, at: tcp)
            context.hint = messages.hint(for: packet)
            if context.hint == nil { context.message = messages.add(packet, isEarly: context.bases?.isEarly ?? false) }
        }
        if context.hint == nil { context.hint = greetings.hint(for: packet, opening: context.bases?.opening) }
        return context
    }

    /// Looks at a packet that was decoded once more, by the hint of its context.
    mutating func add(_ packet: Packet, _ context: inout PacketContext) {
        // A greeting was looked at before.
        guard context.hint?.kind == .http else { return }
        context.message = messages.add(packet)
    }

    /// The message that the last packet has completed, and what follows it in that packet.
    var message: RawSpan {
        @_lifetime(borrow self)
        get { messages.message }
    }
}
