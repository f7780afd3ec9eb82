public import PacketDecoding

/// Follows the packets of a capture: decodes each frame, puts fragmented datagrams together and decodes them as the whole
/// that they are, and puts the packet in its conversation. A fragmented datagram is one packet, which comes with its last
/// missing fragment.
///
///     var follower = PacketFollower()
///     while let frame = try reader.next() {
///         follower.follow(frame) { step, packet, table in … }
///     }
///     follower.settleRoles()
public struct PacketFollower: ~Copyable {
    private var decoder, wholeDecoder: PacketDecoder
    private var reassembler = IPReassembler()
    /// The conversations so far.
    public private(set) var table: ConversationTable
    /// The latest.
    private var step = ConversationStep(transport: .tcp, conversation: 0, side: .client, frame: 0, timestamp: nil)

    /// - Parameters:
    ///   - ports: which ports lead to which application protocol.
    ///   - capacity: conversations held at most: see ``ConversationTable``.
    ///   - keepsEvicted: whether ``follow(_:packet:reassembled:evicted:_:)`` tells of conversations that the table gives up.
    public init(ports: PortMap = PortMap(), capacity: Int = 1_048_576, keepsEvicted: Bool = false) {
        decoder = PacketDecoder(ports: ports)
        wholeDecoder = PacketDecoder(ports: ports)
        table = ConversationTable(capacity: capacity, ports: ports)
        table.keepsEvicted = keepsEvicted
    }

    /// What became of fragmented datagrams.
    public var reassembly: ReassemblyStatistics { reassembler.statistics }
    /// Datagrams of which fragments are missing still.
    public var incompleteDatagrams: Int { reassembler.incompleteCount }
    /// Bytes of fragments held at most.
    public var reassemblyLimit: Int { reassembler.memoryLimit }

    /// Follows one frame.
    ///
    /// - Parameters:
    ///   - packet: called with the frame's own packet, a step or none, be it a fragment.
    ///   - reassembled: called with the datagram that it completes, and that as a packet.
    ///   - evicted: called with the conversation that makes room for the one that begins.
    ///   - body: called with the step that the packet is of a conversation, if it is one, the packet, and the conversations.
    public mutating func follow(
        _ frame: Frame, packet look: (Packet) -> Void = { _ in },
        reassembled lookAtWhole: (borrowing Reassembled, Packet) -> Void = { _, _ in },
        evicted: (EvictedConversation) -> Void = { _ in },
        _ body: (ConversationStep, Packet, borrowing ConversationTable) -> Void
    ) {
        let packet = decoder.decode(frame)
        look(packet)
        guard packet.isFragment else { return Self.observe(packet, &table, &step, evicted, body) }
        guard let whole = reassembler.add(packet) else { return }
        let reassembled = wholeDecoder.decode(whole.frame)
        lookAtWhole(whole, reassembled)
        if !reassembled.isFragment { Self.observe(reassembled, &table, &step, evicted, body) }
    }

    // A function of its own, since the packet lies in the decoder's memory.
    @inline(__always)
    private static func observe(
        _ packet: Packet, _ table: inout ConversationTable, _ step: inout ConversationStep,
        _ evicted: (EvictedConversation) -> Void,
        _ body: (ConversationStep, Packet, borrowing ConversationTable) -> Void
    ) {
        guard table.observe(packet, into: &step) else { return }
        if table.keepsEvicted, step.notes.contains(.first), let conversation = table.takeEvicted() {
            evicted(conversation)
        }
        body(step, packet, table)
    }

    /// Counts a frame in its conversation like ``follow(_:packet:reassembled:evicted:_:)``, where nobody asks what step it is.
    public mutating func count(_ frame: Frame) {
        let packet = decoder.decode(frame)
        guard packet.isFragment else { return table.count(packet) }
        guard let whole = reassembler.add(packet) else { return }
        let reassembled = wholeDecoder.decode(whole.frame)
        if !reassembled.isFragment { table.count(reassembled) }
    }

    /// There are no more packets: who is the client is judged once more, by all of them.
    ///
    /// - Parameter changed: called with each conversation whose client and server change places.
    public mutating func settleRoles(_ changed: (Transport, Int) -> Void = { _, _ in }) { table.settleRoles(changed) }
}
