import Conversations
import Host
import PacketDecoding
import Rendering

/// Puts the streams of conversations in order, packet by packet.
struct StreamFollower: ~Copyable {
    private(set) var follower: ConversationFollower
    private let overflow = HeldBytesFile()
    private var streams: StreamReassembler
    /// Of conversations that begin with the packet; at most one.
    private(set) var begun: Conversation?
    /// One that the table gives up for that which begins; its streams have ended, by the roles that it had before.
    private(set) var evicted: EvictedConversation?

    init(ports: PortMap, only: ConversationChoice?) {
        follower = ConversationFollower(ports: ports, only: only, keepsEvicted: true)
        streams = StreamReassembler(overflow: overflow)
    }

    /// Why bytes that were captured are missing.
    var failure: HostError? { overflow.failure }

    mutating func follow<Events: DatagramConsumer & ~Copyable>(_ frame: Frame, into events: inout Events) {
        begun = nil
        evicted = nil
        follower.follow(frame) { given in
            evicted = given
            let conversation = given.conversation
            if conversation.key.transport == .tcp { streams.finish(conversation.number, into: &events) }
        } _: { step, payload, _, table in
            // Only a datagram's place, and a beginning, take more than the step.
            let isSegment = step.transport == .tcp && !step.notes.contains(.icmpError)
            if isSegment && step.notes.isDisjoint(with: [.first, .rolesChanged]) {
                return streams.observe(step, payload, into: &events)
            }
            guard let conversation = table.conversation(step.transport, step.conversation) else { return }
            if step.notes.contains(.first) {
                begun = conversation
                events.begin(conversation)
            }
            if step.notes.contains(.rolesChanged) { events.swapRoles(step.transport, step.conversation) }
            guard step.notes.isDisjoint(with: [.icmpError, .copy]) else { return }
            guard step.transport == .udp else { return streams.observe(step, payload, into: &events) }
            let sent = step.side == .client ? conversation.client.bytes : conversation.server.bytes
            events.datagram(
                payload, length: step.payloadLength,
                at: StreamPlace(
                    conversation: step.conversation, side: step.side, offset: sent &- step.payloadLength,
                    frame: step.frame, timestamp: step.timestamp))
        }
    }

    /// A conversation of the table, or that which it has just given up.
    func conversation(_ transport: Transport, _ number: Int) -> Conversation? {
        if let given = evicted?.conversation, given.key.transport == transport, given.number == number { return given }
        return follower.table.conversation(transport, number)
    }

    mutating func finish<Events: DatagramConsumer & ~Copyable>(into events: inout Events) {
        streams.finish(into: &events)
        follower.settleRoles { events.swapRoles($0, $1) }
    }

    /// Says what was not there to follow.
    func report() {
        follower.reportNothing()
        follower.reportEvicted()
        follower.reportFragments()
    }
}

/// Conversations as they go on.
struct LiveStreamFollower<Sink: FollowSink & ~Copyable>: PacketConsumer, ~Copyable {
    private var followed: StreamFollower
    private var events = StreamEvents(isChained: false, leavesBytes: true)
    private var sink: Sink
    private var output = Output()

    init(_ sink: consuming Sink, ports: PortMap, only: ConversationChoice?) {
        self.sink = sink
        followed = StreamFollower(ports: ports, only: only)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        events.begin(frame)
        followed.follow(frame, into: &events)
        if let conversation = followed.begun { sink.announce(conversation) }
        change(events.takeChanged())
        try show(frame.bytes)
        guard let given = followed.evicted else { return }
        if given.areRolesChanged { change([(given.conversation.key.transport, given.conversation.number)]) }
        sink.finish(given.conversation)
    }

    private mutating func change(_ changed: [(Transport, Int)]) {
        for (transport, number) in changed {
            guard let conversation = followed.conversation(transport, number) else { continue }
            sink.swapRoles(of: conversation)
            sink.announce(conversation)
        }
    }

    /// - Parameter frame: the one that led to what is to be shown.
    private mutating func show(_ frame: RawSpan) throws(Failure) {
        guard !events.isEmpty else { return }
        try events.drain(frame, into: &sink) {
            followed.conversation($0, $1)
        } pause: { (sink: inout Sink) throws(Failure) in
            try sink.text.flushIfFull(through: &output)
        }
    }

    mutating func pause() throws(Failure) {
        sink.endTurn()
        try sink.text.flush(through: &output)
    }

    mutating func finish() throws(Failure) {
        events.end()
        followed.finish(into: &events)
        // Those of what was still open have the roles from before.
        let changed = events.takeChanged()
        try show(RawSpan())
        sink.endTurn()
        change(changed)
        try followed.follower.forEach { conversation throws(Failure) in sink.finish(conversation) }
        try sink.text.flush(through: &output)
        followed.report()
        if let failure = followed.failure { throw Failure(failure) }
        if sink.isIncomplete { throw Failure.incomplete }
    }
}
