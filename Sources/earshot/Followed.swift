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

    init(ports: PortMap, only: ConversationChoice?, isChained: Bool, leavesBytes: Bool = false) {
        follower = ConversationFollower(ports: ports, only: only)
        events = StreamEvents(isChained: isChained, leavesBytes: leavesBytes)
    }

    mutating func follow(_ frame: Frame) {
        begun = nil
        events.begin(frame)
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

    mutating func finish() {
        events.end()
        streams.finish(into: &events)
    }

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
    /// The savefile once more, where its packets lie in it as they are.
    private var savefile: FileWindow?

    init(_ sink: consuming Sink, ports: PortMap, savefile: consuming FileWindow?) {
        self.sink = sink
        followed = FollowedStreams(ports: ports, only: nil, isChained: true, leavesBytes: savefile != nil)
        self.savefile = savefile
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
            try followed.events.replay(
                conversation.key.transport, conversation.number, from: &savefile, into: &sink
            ) { (sink: inout Sink) throws(Failure) in
                try sink.text.flushIfFull(through: &output)
            }
            sink.endTurn()
            sink.finish(conversation)
            try sink.text.flushIfFull(through: &output)
        }
        try sink.text.flush(through: &output)
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
        try show(frame.bytes)
    }

    /// - Parameter frame: the one that led to what is to be shown.
    private mutating func show(_ frame: RawSpan) throws(Failure) {
        guard !followed.events.isEmpty else { return }
        followed.events.drain(frame, into: &sink) { followed.follower.table.conversation($0, $1) }
        try sink.text.flushIfFull(through: &output)
    }

    mutating func pause() throws(Failure) {
        sink.endTurn()
        try sink.text.flush(through: &output)
    }

    mutating func finish() throws(Failure) {
        followed.finish()
        try show(RawSpan())
        sink.endTurn()
        try followed.follower.forEach { conversation throws(Failure) in sink.finish(conversation) }
        try sink.text.flush(through: &output)
        followed.report()
    }
}

extension ByteBuffer {
    /// Writes the text out when it is worth a system call.
    fileprivate mutating func flushIfFull(through output: inout Output) throws(Failure) {
        if count >= 1 << 16 { try flush(through: &output) }
    }

    /// Writes the text out without copying it.
    fileprivate mutating func flush(through output: inout Output) throws(Failure) {
        swap(&self, &output.buffer)
        try output.flush()
    }
}
