import Conversations
import PacketDecoding
import Rendering

/// What the applications' messages mean that a conversation's packets bring, in few words.
struct StepWords: ~Copyable {
    private var assembler = MessageAssembler()
    private var bases = SequenceBases(capacity: 4096)
    private var decoder: PacketDecoder
    /// Of the last packet.
    private(set) var words = ByteBuffer(capacity: 256)

    init(ports: PortMap) { decoder = PacketDecoder(ports: ports) }

    /// - Parameter transport: index of the layer that carries the messages.
    mutating func read(_ packet: Packet, transport: Int) {
        words.removeAll()
        guard let hint = assembler.hint(for: packet) else { return readWhole(packet, transport: transport) }
        var again = PacketDecoder()
        readWhole(again.decode(packet.frame, application: hint), transport: transport)
    }

    private mutating func readWhole(_ packet: Packet, transport: Int) {
        let isTCP = packet.layers[transport].kind == .tcp
        let isEarly = isTCP ? bases.bases(for: packet, at: transport)?.isEarly ?? false : false
        guard let part = assembler.add(packet, isEarly: isEarly) else {
            return words.words(of: packet, after: transport)
        }
        guard part.isLast else { return words.write("…") }
        Self.read(assembler.message, part, packet.frame.header, &decoder, &words)
    }

    private static func read(
        _ message: RawSpan, _ part: MessagePart, _ header: FrameHeader, _ decoder: inout PacketDecoder,
        _ words: inout ByteBuffer
    ) {
        words.words(
            of: decoder.decode(
                message, of: .tcp, application: ApplicationHint(part.kind, fromServer: false), header: header),
            after: 0)
    }
}
