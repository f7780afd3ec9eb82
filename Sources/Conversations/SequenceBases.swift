public import PacketDecoding

/// What one-line output subtracts from TCP sequence numbers, by tcpdump's rule (tcpdump(8), option `-S`).
///
/// The rule, for segments with the ACK flag: the first one of a conversation, and any with SYN, is printed with
/// the numbers on the wire, and sets the bases: its sequence number for its direction, the one before its
/// acknowledgment number for the other. All others are relative to the bases. Without ACK numbers are absolute, and
/// nothing is remembered, so a conversation is based on its SYN,ACK. A conversation is its addresses and ports,
/// however often a connection between them was opened.
///
/// Unlike tcpdump's, the memory is bounded: past ``capacity`` conversations the first ones are forgotten, and
/// begin anew if they go on.
public struct SequenceBases: ~Copyable {
    private struct Conversation: BitwiseCopyable {
        /// As the first segment ran.
        var flow: Flow
        /// Bases for segments that run the same way, and the other.
        var forward, backward: UInt32
        /// Whether the first segment was the server's SYN,ACK.
        var beganWithAnswer: Bool

        /// Whose stream a segment that is no SYN begins with; in midstream the first to speak is the client.
        func opening(_ number: UInt32, isForward: Bool) -> ConversationSide? {
            guard number &- (isForward ? forward : backward) == 1 else { return nil }
            if beganWithAnswer { return isForward ? .server : .client }
            return isForward ? nil : .server
        }
    }

    /// Conversations remembered.
    public let capacity: Int

    private var conversations: [Conversation] = []
    private var index = SlotIndex()
    /// Where the next conversation goes once the memory is full.
    private var oldest = 0
    private let hasher: FlowHasher

    /// - Parameters:
    ///   - capacity: conversations remembered at most, at least 1.
    ///   - seed: of the hash; nil takes a random one.
    public init(capacity: Int = 65536, seed: UInt64? = nil) {
        self.capacity = min(max(1, capacity), Int(Int32.max))
        hasher = FlowHasher(seed: seed)
    }

    /// What to subtract, modulo 2^32, from the numbers of TCP layer `tcpIndex`, which the answer takes part in from
    /// now on: ask once per segment, in order.
    ///
    /// - Returns: the bases of the sequence and of the acknowledgment number; 0 and 0 leave both absolute. And whose
    ///   first number the segment has, if it has it: where it is the first of a conversation that began before the
    ///   capture, it may be the server's.
    public mutating func bases(
        for packet: Packet, at tcpIndex: Int
    ) -> (sequence: UInt32, acknowledgment: UInt32, opening: ConversationSide?) {
        guard let header = packet.segmentHeader(at: tcpIndex), header.isSound, header.flags.contains(.ack),
            let flow = Flow(of: packet, at: tcpIndex, viaRoute: false)
        else { return (0, 0, nil) }
        let hash = hasher.hash(flow)
        let known = slot(of: flow, hash)
        if let known, !header.flags.contains(.syn) {
            let conversation = conversations[known]
            let isForward = conversation.flow == flow
            let opening = conversation.opening(header.sequenceNumber.rawValue, isForward: isForward)
            return isForward
                ? (conversation.forward, conversation.backward, opening)
                : (conversation.backward, conversation.forward, opening)
        }
        let conversation = Conversation(
            flow: flow, forward: header.sequenceNumber.rawValue,
            backward: header.acknowledgmentNumber.rawValue &- 1, beganWithAnswer: header.flags.contains(.syn))
        if let known {
            conversations[known] = conversation
        } else {
            remember(conversation, hash)
        }
        return (0, 0, header.flags.contains(.syn) ? nil : .server)
    }

    private func slot(of flow: Flow, _ hash: UInt32) -> Int? {
        var position = index.start(hash)
        while let slot = index.next(hash, from: &position) {
            let known = conversations[slot].flow
            if known == flow || known == flow.reversed { return slot }
        }
        return nil
    }

    private mutating func remember(_ conversation: Conversation, _ hash: UInt32) {
        guard conversations.count == capacity else {
            index.insert(hash, conversations.count)
            conversations.append(conversation)
            return
        }
        index.remove(hasher.hash(conversations[oldest].flow), oldest)
        index.insert(hash, oldest)
        conversations[oldest] = conversation
        oldest = (oldest &+ 1) % capacity
    }
}
