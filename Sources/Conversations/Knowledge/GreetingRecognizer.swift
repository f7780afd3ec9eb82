public import PacketDecoding

/// Recognises the greeting where no port tells it, packet by packet, by the rule that the table of conversations has,
/// too. It remembers the latest 1,024 conversations that are greetings, and forgets one when a SYN begins another.
public struct GreetingRecognizer: ~Copyable {
    private static let capacity = 1024

    /// From the server to its client.
    private var greetings: [Flow] = []
    private var index = SlotIndex()
    private var oldest = 0
    private let hasher: FlowHasher

    /// - Parameter seed: of the hash; nil takes a random one.
    public init(seed: UInt64? = nil) { hasher = FlowHasher(seed: seed) }

    /// Whether a conversation is known to be a greeting.
    var knowsAny: Bool { index.count > 0 }

    /// What to decode `packet` as once more; nil where it is no greeting, or its port has told that it is.
    ///
    /// - Parameter opening: of a TCP segment, the side whose stream it begins with, if it does
    ///   (``SequenceBases/bases(for:at:)``).
    public mutating func hint(for packet: Packet, opening: ConversationSide?) -> ApplicationHint? {
        let transport = packet.layers.count &- 1
        guard transport >= 0 else { return nil }
        let layer = packet.layers[transport]
        let isDatagram = layer.kind == .udp
        guard isDatagram || layer.kind == .tcp, !layer.traits.contains(.quoted) else { return nil }
        // Nearly all packets are done here.
        let mayOpen =
            isDatagram || opening != nil ? Greeting.mayOpen(packet.frame.bytes, at: layer.payloadOffset) : false
        guard mayOpen || index.count > 0 else { return nil }
        return hint(for: packet, at: transport, opening: opening, mayOpen: mayOpen)
    }

    @inline(never)
    private mutating func hint(
        for packet: Packet, at transport: Int, opening: ConversationSide?, mayOpen: Bool
    ) -> ApplicationHint? {
        let isDatagram = packet.layers[transport].kind == .udp
        let payload = packet.payload(at: transport)
        let opens = mayOpen && Greeting.opens(payload)
        guard opens || index.count > 0, let flow = Flow(of: packet, at: transport) else { return nil }
        let hash = hasher.hash(flow)
        let known = slot(of: flow, hash)
        if let flags = packet.segmentHeader(at: transport)?.flags, flags.contains(.syn), !flags.contains(.ack) {
            if let known { index.remove(hash, known) }
            return nil
        }
        if let known {
            guard payload.byteCount > 0 || isDatagram else { return nil }
            return ApplicationHint(.greeting, fromServer: greetings[known] == flow)
        }
        // Of datagrams nothing is known but that the server's come from where the greeting does.
        guard Greeting.begins(payload, from: isDatagram ? .server : opening ?? .client, isFirst: true) else {
            return nil
        }
        remember(flow, hash)
        return ApplicationHint(.greeting, fromServer: true)
    }

    private func slot(of flow: Flow, _ hash: UInt32) -> Int? {
        var position = index.start(hash)
        while let slot = index.next(hash, from: &position) {
            if greetings[slot] == flow || greetings[slot] == flow.reversed { return slot }
        }
        return nil
    }

    private mutating func remember(_ flow: Flow, _ hash: UInt32) {
        guard greetings.count == Self.capacity else {
            index.insert(hash, greetings.count)
            return greetings.append(flow)
        }
        index.remove(hasher.hash(greetings[oldest]), oldest)
        index.insert(hash, oldest)
        greetings[oldest] = flow
        oldest = (oldest &+ 1) % Self.capacity
    }
}

extension Greeting {
    /// Whether what begins at `offset` has the first letter of what a server says first.
    static func mayOpen(_ bytes: RawSpan, at offset: Int) -> Bool {
        offset < bytes.byteCount && bytes.byte(at: offset) == UInt8(ascii: "W")
    }

    /// Whether `payload` makes its conversation a greeting, where no port does: only the first that a server says may.
    static func begins(_ payload: RawSpan, from side: ConversationSide, isFirst: Bool) -> Bool {
        side == .server && isFirst && opens(payload)
    }
}
