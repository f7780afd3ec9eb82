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
