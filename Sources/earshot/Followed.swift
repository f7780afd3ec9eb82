import Conversations
import Host
import PacketDecoding
import Rendering

/// Puts the streams of conversations in order, packet by packet.
private struct FollowedStreams: ~Copyable {
    var follower: ConversationFollower
    var streams = StreamReassembler()
    var events: StreamEvents
    /// Of conversations that begin with the packet; at most one.
    var begun: Conversation?

    init(ports: PortMap, only: ConversationChoice?, isChained: Bool) {
        follower = ConversationFollower(ports: ports, only: only)
        events = StreamEvents(isChained: isChained)
    }

    mutating func follow(_ frame: Frame) {
        begun = nil
        follower.follow(frame) { step, payload, table in
            // Only a datagram's place, and a beginning, take more than the step.
            let isSegment = step.transport == .tcp && !step.notes.contains(.icmpError)
            if isSegment && !step.notes.contains(.first) { return streams.observe(step, payload, into: &events) }
            guard let conversation = table.conversation(step.transport, step.conversation) else { return }
            if step.notes.contains(.first) { begun = conversation }
            guard !step.notes.contains(.icmpError) else { return }
            guard step.transport == .udp else { return streams.observe(step, payload, into: &events) }
            let sent = step.side == .client ? conversation.client.bytes : conversation.server.bytes
            events.datagram(
                payload, length: step.payloadLength,
                at: StreamPlace(
                    conversation: step.conversation, side: step.side, offset: sent &- step.payloadLength,
                    frame: step.frame, timestamp: step.timestamp))
        }
    }

    mutating func finish() { streams.finish(into: &events) }

    /// Says what was not there to follow.
    func report() {
        follower.reportNothing()
        follower.reportFragments()
    }
}

/// The conversations of a savefile, one after the other once all is read.
struct FollowedFile<Sink: FollowSink & ~Copyable>: PacketConsumer, ~Copyable {
    private var followed: FollowedStreams
    private var sink: Sink

    init(_ sink: consuming Sink, ports: PortMap) {
        self.sink = sink
        followed = FollowedStreams(ports: ports, only: nil, isChained: true)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        followed.follow(frame)
        if let failure = followed.events.failure { throw Failure(failure) }
    }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        followed.finish()
        var output = Output()
        try followed.follower.forEach { conversation throws(Failure) in
            sink.announce(conversation)
            sink.begin(conversation)
            try followed.events.replay(conversation.key.transport, conversation.number, into: &sink) {
                (sink: inout Sink) throws(Failure) in
                sink.move(to: &output)
                try output.flushIfFull()
            }
            sink.endTurn()
            sink.finish(conversation)
            sink.move(to: &output)
            try output.flushIfFull()
        }
        try output.flush()
        followed.report()
    }
}

/// Conversations as they go on.
struct FollowedLive<Sink: FollowSink & ~Copyable>: PacketConsumer, ~Copyable {
    private var followed: FollowedStreams
    private var sink: Sink
    private var output = Output()

    init(_ sink: consuming Sink, ports: PortMap, only: ConversationChoice?) {
        self.sink = sink
        followed = FollowedStreams(ports: ports, only: only, isChained: false)
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        followed.follow(frame)
        if let conversation = followed.begun { sink.announce(conversation) }
        try show()
    }

    private mutating func show() throws(Failure) {
        guard !followed.events.isEmpty else { return }
        followed.events.drain(into: &sink) { followed.follower.table.conversation($0, $1) }
        sink.move(to: &output)
        try output.flushIfFull()
    }

    mutating func pause() throws(Failure) {
        sink.endTurn()
        sink.move(to: &output)
        try output.flush()
    }

    mutating func finish() throws(Failure) {
        followed.finish()
        try show()
        sink.endTurn()
        try followed.follower.forEach { conversation throws(Failure) in sink.finish(conversation) }
        sink.move(to: &output)
        try output.flush()
        followed.report()
    }
}
