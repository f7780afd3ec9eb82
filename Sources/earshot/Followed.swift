import Conversations
import Host
import PacketDecoding
import Rendering

/// Puts the streams of conversations in order, packet by packet.
struct FollowedStreams: ~Copyable {
    private(set) var follower: ConversationFollower
    private let overflow = HeldBytesFile()
    private var streams: StreamReassembler
    /// Of conversations that begin with the packet; at most one.
    private(set) var begun: Conversation?
    /// One whose client and server change places with the packet.
    private(set) var changed: Conversation?

    init(ports: PortMap, only: ConversationChoice?) {
        follower = ConversationFollower(ports: ports, only: only)
        streams = StreamReassembler(overflow: overflow)
    }

    /// Why bytes that were captured are missing.
    var failure: HostError? { overflow.failure }

    mutating func follow<Events: DatagramConsumer & ~Copyable>(_ frame: Frame, into events: inout Events) {
        begun = nil
        changed = nil
        follower.follow(frame) { step, payload, _, table in
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
            if step.notes.contains(.rolesChanged) {
                changed = conversation
                events.swapRoles(step.transport, step.conversation)
            }
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

    mutating func finish<Events: DatagramConsumer & ~Copyable>(into events: inout Events) {
        streams.finish(into: &events)
        follower.settleRoles { events.swapRoles($0, $1) }
    }

    /// Says what was not there to follow.
    func report() {
        follower.reportNothing()
        follower.reportFragments()
    }
}

/// Conversations as they go on.
struct FollowedLive<Sink: FollowSink & ~Copyable>: PacketConsumer, ~Copyable {
    private var followed: FollowedStreams
    private var events = StreamEvents(isChained: false, leavesBytes: true)
    private var sink: Sink
    private var output = Output()

    init(_ sink: consuming Sink, ports: PortMap, only: ConversationChoice?) {
        self.sink = sink
        followed = FollowedStreams(ports: ports, only: only)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        events.begin(frame)
        followed.follow(frame, into: &events)
        if let conversation = followed.begun { sink.announce(conversation) }
        if let conversation = followed.changed { change(conversation) }
        try show(frame.bytes)
    }

    private mutating func change(_ conversation: Conversation) {
        sink.swapRoles(of: conversation)
        sink.announce(conversation)
    }

    /// - Parameter frame: the one that led to what is to be shown.
    private mutating func show(_ frame: RawSpan) throws(Failure) {
        guard !events.isEmpty else { return }
        events.drain(frame, into: &sink) { followed.follower.table.conversation($0, $1) }
        try sink.text.flushIfFull(through: &output)
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
        for (transport, number) in changed {
            if let conversation = followed.follower.table.conversation(transport, number) { change(conversation) }
        }
        try followed.follower.forEach { conversation throws(Failure) in sink.finish(conversation) }
        try sink.text.flush(through: &output)
        followed.report()
        if let failure = followed.failure { throw Failure(failure) }
        if sink.isIncomplete { throw Failure.incomplete }
    }
}
