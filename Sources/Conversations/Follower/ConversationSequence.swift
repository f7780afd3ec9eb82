public import PacketDecoding

// Conversations of packets that own their memory.

extension Sequence {
    /// The conversations of a capture, TCP before UDP, each in order of number, with the totals of all its packets.
    ///
    ///     for conversation in try Savefile("capture.pcap").packets.conversations() { … }
    ///
    /// - Parameter ports: which ports lead to which application protocol.
    /// - Throws: the error that the packets end with.
    public func conversations<Failure: Error>(
        ports: PortMap = PortMap()
    ) throws(Failure) -> [Conversation] where Element == Result<OwnedPacket, Failure> {
        let collector = ConversationCollector(ports: ports)
        for packet in self { collector.add(try packet.get()) }
        return collector.rest()
    }
}

extension AsyncSequence where Element == OwnedPacket {
    /// The conversations of a capture: each as soon as it is over, and at the end the ones that are not.
    ///
    /// - Parameter ports: which ports lead to which application protocol.
    public func conversations(ports: PortMap = PortMap()) -> ConversationSequence<Self> {
        ConversationSequence(packets: self, ports: ports)
    }
}

/// The conversations of packets, each as soon as it is over (``Conversation/isOver``): TCP that was closed, reset or
/// refused. What comes of it after that is no longer counted. Then, once there are no more packets, all others, TCP
/// before UDP, in order of number.
public struct ConversationSequence<Packets: AsyncSequence>: AsyncSequence where Packets.Element == OwnedPacket {
    public typealias Element = Conversation
    public typealias Failure = Packets.Failure

    let packets: Packets
    let ports: PortMap

    public func makeAsyncIterator() -> Iterator {
        Iterator(packets: packets.makeAsyncIterator(), collector: ConversationCollector(ports: ports))
    }

    public struct Iterator: AsyncIteratorProtocol {
        var packets: Packets.AsyncIterator
        let collector: ConversationCollector
        /// What is left once there are no more packets, last first.
        var rest: [Conversation]?

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Failure) -> Conversation? {
            while rest == nil {
                guard let packet = try await packets.next(isolation: actor) else {
                    rest = collector.rest().reversed()
                    break
                }
                if let conversation = collector.end(with: packet) { return conversation }
            }
            return rest?.popLast()
        }
    }
}

extension ConversationSequence: Sendable where Packets: Sendable {}

/// Follows the conversations of one packet after another. A class, since a table cannot be copied into an iterator.
final class ConversationCollector {
    private var follower: PacketFollower
    /// TCP conversations that were handed out.
    private var told: Set<Int> = []

    init(ports: PortMap) { follower = PacketFollower(ports: ports) }

    func add(_ packet: OwnedPacket) { follower.follow(packet.frame) { _, _, _ in } }

    /// Adds a packet; the conversation that is over with it.
    func end(with packet: OwnedPacket) -> Conversation? {
        var found: Conversation?
        follower.follow(packet.frame) { step, _, table in
            found = table.conversation(step.transport, step.conversation)
        }
        guard let conversation = found, conversation.isOver, told.insert(conversation.number).inserted else {
            return nil
        }
        // The numbers of conversations that the table has given up since are of no use.
        if told.count > 2 * follower.table.capacity {
            told = told.filter { follower.table.conversation(.tcp, $0) != nil }
        }
        return conversation
    }

    /// All conversations that were not handed out.
    func rest() -> [Conversation] {
        follower.settleRoles()
        var rest: [Conversation] = []
        follower.table.forEach(.tcp) { if !told.contains($0.number) { rest.append($0) } }
        follower.table.forEach(.udp) { rest.append($0) }
        return rest
    }
}
