import Conversations
import Host
import PacketDecoding
import Rendering

/// What `follow` writes with.
protocol FollowSink: StreamSink, ~Copyable {
    /// Before anything else of a conversation.
    mutating func announce(_ conversation: Conversation)
    /// Client and server of a conversation have changed places: what was written so far has them the wrong way round.
    mutating func swapRoles(of conversation: Conversation)
    /// Nothing has come for a moment.
    mutating func endTurn()
    /// After everything else of a conversation.
    mutating func finish(_ conversation: Conversation)
    /// Whether bytes are missing of what was to be written as it was said.
    var isIncomplete: Bool { get }
    /// What was written; the caller takes it away.
    var text: ByteBuffer { get set }
}

/// Both sides in turn.
struct TranscriptSink: FollowSink, ~Copyable {
    private var transcript: StreamTranscript
    private var localTime = LocalTime()

    init(_ options: TranscriptOptions) { transcript = StreamTranscript(options) }

    private mutating func noteTime(_ place: StreamPlace) {
        if let time = place.timestamp { transcript.utcOffset = localTime.offsetFromUTC(at: time.seconds) }
    }

    mutating func announce(_ conversation: Conversation) { transcript.announce(conversation) }
    mutating func begin(_ conversation: Conversation) { transcript.begin(conversation) }
    mutating func swapRoles(of conversation: Conversation) { transcript.swapRoles(of: conversation) }
    mutating func endTurn() { transcript.endTurn() }
    mutating func finish(_ conversation: Conversation) { transcript.finish(conversation) }

    static var namesConversations: Bool { true }
    /// A transcript says so in its place.
    var isIncomplete: Bool { false }

    var text: ByteBuffer {
        _read { yield transcript.text }
        _modify { yield &transcript.text }
    }

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        noteTime(place)
        transcript.data(bytes, at: place)
    }

    mutating func datagram(_ bytes: RawSpan, length: Int, at place: StreamPlace) {
        noteTime(place)
        transcript.datagram(bytes, length: length, at: place)
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        transcript.gap(length, reason, at: place)
    }

    mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) { transcript.conflict(bytes, at: place) }

    mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
        transcript.discarded(length, reason, at: place)
    }

    mutating func reset(at place: StreamPlace) { transcript.reset(at: place) }

    mutating func end(_ ending: StreamEnding, at place: StreamPlace) { transcript.end(ending, at: place) }
}

/// The bytes of one side as they are. What is missing is told on stderr.
struct RawSink: FollowSink, ~Copyable {
    private let side: ConversationSide
    var text = ByteBuffer(capacity: 1 << 17)
    private(set) var isIncomplete = false

    init(_ side: ConversationSide) { self.side = side }

    mutating func announce(_ conversation: Conversation) {}
    mutating func begin(_ conversation: Conversation) {}
    mutating func endTurn() {}

    mutating func swapRoles(of conversation: Conversation) {
        StandardError.write(
            line: "stream \(conversation.number): client and server change places: what was written of it is the other "
                + "side's")
    }

    mutating func finish(_ conversation: Conversation) {}

    static var namesConversations: Bool { false }

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        if place.side == side { text.append(bytes) }
    }

    mutating func datagram(_ bytes: RawSpan, length: Int, at place: StreamPlace) {
        data(bytes, at: place)
        if length > bytes.byteCount { gap(length - bytes.byteCount, .snapped, at: place) }
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        guard place.side == side else { return }
        isIncomplete = true
        let how = reason == .memory ? "given up: too much came before them" : "not captured"
        tell("\(length) bytes \(how)", place)
    }

    mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) {
        if place.side == side {
            tell("\(bytes.byteCount) bytes sent twice, and not the same: what came first is written", place)
        }
    }

    mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
        guard place.side == side else { return }
        switch reason {
        case .afterFIN: return tell("\(length) bytes after the FIN left out", place)
        case .outOfWindow: return tell("\(length) bytes left out: no window reaches that far", place)
        case .beforeFirst: tell("\(length) bytes before the first ones captured left out", place)
        case .late: tell("\(length) bytes left out: a gap had been told in their place", place)
        }
        isIncomplete = true
    }

    private func tell(_ what: String, _ place: StreamPlace) {
        StandardError.write(line: "stream \(place.conversation), offset \(place.offset): \(what)")
    }
}
