public import PacketDecoding

/// Recognises the greeting where no port tells it, packet by packet: a conversation whose server opened with
/// `Welcome!` is one from then on. It remembers only those, the latest 1,024 of them.
public struct GreetingRecognizer: Sendable {
    private static let capacity = 1024

    /// From the server to its client.
    private var greetings: [Flow] = []
    private var oldest = 0

    public init() {}

    /// What to decode `packet` as once more; nil where it is no greeting, or its port has told that it is.
    ///
    /// - Parameter sequenceBase: of the packet's line (``SequenceBases``). Only a stream's first bytes open a greeting.
    public mutating func hint(for packet: Packet, sequenceBase: UInt32) -> ApplicationHint? {
        guard let index = packet.innermostTransport(quoted: false), index == packet.layers.count &- 1 else {
            return nil
        }
        let payload = packet.payload(at: index)
        if Greeting.opens(payload) {
            if let header = packet.segmentHeader(at: index), header.sequenceNumber.rawValue &- sequenceBase != 1 {
                return nil
            }
            guard let flow = Flow(of: packet, at: index) else { return nil }
            remember(flow)
            return ApplicationHint(.greeting, fromServer: true)
        }
        guard !greetings.isEmpty, payload.byteCount > 0 || packet.layers[index].kind == .udp,
            let flow = Flow(of: packet, at: index)
        else { return nil }
        if greetings.contains(flow) { return ApplicationHint(.greeting, fromServer: true) }
        return greetings.contains(flow.reversed) ? ApplicationHint(.greeting, fromServer: false) : nil
    }

    private mutating func remember(_ flow: Flow) {
        guard !greetings.contains(flow) else { return }
        guard greetings.count == Self.capacity else { return greetings.append(flow) }
        greetings[oldest] = flow
        oldest = (oldest &+ 1) % Self.capacity
    }
}
