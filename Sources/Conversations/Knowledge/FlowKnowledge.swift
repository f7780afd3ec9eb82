public import PacketDecoding

/// What the packets before it tell of one.
public struct PacketContext: BitwiseCopyable, Sendable {
    /// What the numbers of the outermost TCP layer count from.
    public fileprivate(set) var bases: SegmentBases?
    /// What to decode the packet as once more.
    public fileprivate(set) var hint: ApplicationHint?
    /// What it is to a message that lies in several segments.
    public fileprivate(set) var message: MessagePart?

    public init() {}
}

/// What the packets of a conversation tell of those after them: what numbers count from, which payloads are a greeting,
/// which are part of a message that lies in several.
///
///     var flows = FlowKnowledge()
///     var context = flows.look(up: packet)
///     if let hint = context.hint {
///         packet = decoder.decode(packet.frame, application: hint)
///         flows.add(packet, &context)
///     }
public struct FlowKnowledge: ~Copyable {
    private var bases: SequenceBases
    private var greetings: GreetingRecognizer
    private var messages: MessageAssembler
    private let fingerprinter: FlowFingerprinter

    /// - Parameter seed: of the hashes; nil takes a random one.
    public init(seed: UInt64? = nil) {
        fingerprinter = FlowFingerprinter(seed: seed)
        bases = SequenceBases(fingerprinter)
        messages = MessageAssembler(fingerprinter)
        greetings = GreetingRecognizer(seed: seed)
    }

    /// Takes the next packet.
    public mutating func look(up packet: Packet) -> PacketContext {
        let last = packet.layers.count &- 1
        guard last >= 0 else { return PacketContext() }
        let innermost = packet.layers[last]
        // Most segments are told by nothing within them.
        if innermost.kind == .tcp, !innermost.traits.contains(.quoted) { return look(up: packet, at: last, innermost) }
        if let tcp = packet.firstIndex(of: .tcp) { return look(up: packet, at: tcp, innermost) }
        var context = PacketContext()
        context.hint = greetings.hint(for: packet, opening: nil)
        return context
    }

    @inline(__always)
    private mutating func look(up packet: Packet, at tcp: Int, _ innermost: Layer) -> PacketContext {
        var context = PacketContext()
        guard let header = packet.segmentHeader(at: tcp), header.isSound,
            let flow = fingerprinter.fingerprint(of: packet, at: tcp)
        else { return context }
        let bases = bases.bases(for: packet, header, flow, at: tcp)
        context.bases = bases
        let isEarly = bases?.isEarly ?? false
        if isEarly || !messages.followsNothing || messages.needs(innermost) {
            lookForMessages(packet, header, flow, at: tcp, isEarly: isEarly, &context)
        }
        if context.hint == nil, bases?.opening != nil || greetings.knowsAny {
            context.hint = greetings.hint(for: packet, opening: bases?.opening)
        }
        return context
    }

    private mutating func lookForMessages(
        _ packet: Packet, _ header: TCPHeader, _ flow: FlowFingerprint, at tcp: Int, isEarly: Bool,
        _ context: inout PacketContext
    ) {
        // What lies in a tunnel is another segment.
        let isPlain = packet.layers.count &- 1 == tcp || packet.segmentIndex == tcp
        if !messages.followsNothing {
            context.hint = isPlain ? messages.hint(for: packet, header, flow, at: tcp) : messages.hint(for: packet)
            if context.hint != nil { return }
        }
        if isEarly || messages.needs(packet.layers[packet.layers.count &- 1]) {
            context.message = messages.take(packet, isEarly, isPlain ? flow : nil)
        }
    }

    /// Looks at a packet that was decoded once more, by the hint of its context.
    public mutating func add(_ packet: Packet, _ context: inout PacketContext) {
        // A greeting was looked at before.
        guard context.hint?.kind == .http else { return }
        context.message = messages.add(packet, isEarly: context.bases?.isEarly ?? false)
    }

    /// The message that the last packet has completed, and what follows it in that packet.
    public var message: RawSpan {
        @_lifetime(borrow self)
        get { messages.message }
    }
}
