import Conversations
import Host
import PacketDecoding
import Rendering

/// The conversations of a savefile, one after the other once all is read.
struct SavefileStreamFollower<Sink: FollowSink & ~Copyable>: PacketConsumer, ~Copyable {
    private var followed: StreamFollower
    private var events: EventsInTurn<Sink>
    private var output = Output()
    /// The savefile once more, where its packets lie in it as they are.
    private var savefile: FileWindow?

    init(_ sink: consuming Sink, ports: PortMap, savefile: consuming FileWindow?) {
        followed = StreamFollower(ports: ports, only: nil)
        events = EventsInTurn(sink, waiting: StreamEvents(isChained: true, leavesBytes: savefile != nil))
        self.savefile = savefile
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        events.waiting.begin(frame)
        followed.follow(frame, into: &events)
        if let failure = events.waiting.failure { throw Failure(failure) }
        if let given = followed.evicted {
            if given.areRolesChanged {
                events.swapRoles(given.conversation.key.transport, given.conversation.number)
            }
            try events.show(given.conversation, from: &savefile, through: &output)
            events.forget(given.conversation)
        }
        try events.sink.text.flushIfFull(through: &output)
    }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        events.waiting.end()
        followed.finish(into: &events)
        try followed.follower.forEach { conversation throws(Failure) in
            try events.show(conversation, from: &savefile, through: &output)
        }
        try events.sink.text.flush(through: &output)
        followed.report()
        if let failure = events.waiting.failure ?? followed.failure { throw Failure(failure) }
        if events.sink.isIncomplete { throw Failure.incomplete }
    }
}

/// What the streams of a savefile lead to. The first one's turn is now, where a sink need not be told whose events it
/// gets, which is not known for good before the end, and where a SYN has told who is the client; those of the others
/// wait, by the roles that their conversations had first.
private struct EventsInTurn<Sink: FollowSink & ~Copyable>: DatagramConsumer, ~Copyable {
    var sink: Sink
    var waiting: StreamEvents
    /// Whether the first TCP conversation's turn is now.
    private var isFirstInTurn = false
    /// Conversations whose client and server are the other way round than at first.
    private var reversed: Set<ConversationChoice> = []

    init(_ sink: consuming Sink, waiting: consuming StreamEvents) {
        self.sink = sink
        self.waiting = waiting
    }

    func isReversed(_ choice: ConversationChoice) -> Bool { !reversed.isEmpty && reversed.contains(choice) }

    /// Shows what waits of a conversation, and ends it.
    mutating func show(
        _ conversation: Conversation, from savefile: inout FileWindow?, through output: inout Output
    ) throws(Failure) {
        sink.announce(conversation)
        sink.begin(conversation)
        let choice = ConversationChoice(conversation.key.transport, conversation.number)
        try waiting.replay(
            choice.transport, choice.number, isReversed: isReversed(choice), from: &savefile, into: &sink
        ) { (sink: inout Sink) throws(Failure) in
            try sink.text.flushIfFull(through: &output)
        }
        sink.endTurn()
        sink.finish(conversation)
        try sink.text.flushIfFull(through: &output)
    }

    /// It was given up: nothing more of it comes.
    mutating func forget(_ conversation: Conversation) {
        let choice = ConversationChoice(conversation.key.transport, conversation.number)
        if !reversed.isEmpty { reversed.remove(choice) }
        if choice == ConversationChoice(.tcp, 0) { isFirstInTurn = false }
    }

    private func isInTurn(_ place: StreamPlace) -> Bool { isFirstInTurn && place.conversation == 0 }

    /// The place by the roles that its conversation had first.
    private func first(_ place: StreamPlace, _ transport: Transport = .tcp) -> StreamPlace {
        isReversed(ConversationChoice(transport, place.conversation)) ? place.reversed : place
    }

    mutating func begin(_ conversation: Conversation) {
        guard conversation.key.transport == .tcp, conversation.number == 0 else { return }
        isFirstInTurn = !Sink.namesConversations && conversation.roleEvidence == .syn
    }

    mutating func swapRoles(_ transport: Transport, _ number: Int) {
        reversed.formSymmetricDifference([ConversationChoice(transport, number)])
    }

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        if isInTurn(place) { sink.data(bytes, at: place) } else { waiting.data(bytes, at: first(place)) }
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        if isInTurn(place) {
            sink.gap(length, reason, at: place)
        } else {
            waiting.gap(length, reason, at: first(place))
        }
    }

    mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) {
        if isInTurn(place) { sink.conflict(bytes, at: place) } else { waiting.conflict(bytes, at: first(place)) }
    }

    mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
        if isInTurn(place) {
            sink.discarded(length, reason, at: place)
        } else {
            waiting.discarded(length, reason, at: first(place))
        }
    }

    mutating func reset(at place: StreamPlace) {
        if isInTurn(place) { sink.reset(at: place) } else { waiting.reset(at: first(place)) }
    }

    mutating func end(_ ending: StreamEnding, at place: StreamPlace) {
        if isInTurn(place) { sink.end(ending, at: place) } else { waiting.end(ending, at: first(place)) }
    }

    /// All TCP conversations come before the first of UDP.
    mutating func datagram(_ bytes: RawSpan, length: Int, at place: StreamPlace) {
        waiting.datagram(bytes, length: length, at: first(place, .udp))
    }
}

extension ByteBuffer {
    /// Writes the text out when it is worth a system call.
    mutating func flushIfFull(through output: inout Output) throws(Failure) {
        if count >= 1 << 16 { try flush(through: &output) }
    }

    /// Writes the text out without copying it.
    mutating func flush(through output: inout Output) throws(Failure) {
        swap(&self, &output.buffer)
        try output.flush()
    }
}
