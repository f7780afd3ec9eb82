// What was said in a conversation, both sides in turn.

public import Conversations
public import PacketDecoding

/// How what was said is shown.
public struct TranscriptOptions: Sendable {
    public enum Format: Sendable {
        /// Printable text, tabs and line feeds as they are; everything else escaped. What is mostly no text is shown as
        /// ``hex`` is.
        case text
        /// Sixteen bytes a line, with their offset in the stream.
        case hex
        /// A record for each turn, gap and end.
        case json
    }

    public var format = Format.text
    public var usesColor = false
    /// Nothing beyond ASCII: a terminal without UTF-8 takes some of its bytes for controls.
    public var usesASCII = false
    /// Says what bytes mean that are no text, in words of the decoders: escaped, and nothing where they do not know.
    public var meaning: Meaning?

    /// - Parameters: what one side said, from somewhere in its stream on; what the conversation is known to carry; over
    ///   which transport.
    public typealias Meaning = @Sendable (RawSpan, LayerKind?, Transport, inout ByteBuffer) -> Void

    public init() {}
}

/// Writes what the two sides of conversations said, in the order in which it could be read.
///
///     transcript.begin(conversation)
///     streams.observe(step, payload, into: &transcript)
///     …
///     transcript.endTurn()    // when nothing has come for a while, and at the end
public struct StreamTranscript: StreamConsumer, ~Copyable {
    /// Bytes of a turn that are shown at a time: a longer one goes on under another header.
    private static var longestPiece: Int { 1 << 20 }

    /// What has been written so far; the caller takes it away.
    public var text = ByteBuffer(capacity: 1 << 16)
    /// Seconds that local time is ahead of UTC.
    public var utcOffset = 0

    private let options: TranscriptOptions
    private var key: ConversationKey?
    /// What the current conversation carries.
    private var application: LayerKind?
    private var number = 0
    private var turn = StreamTurn()
    private var progress = StreamProgress()
    /// Of conversations that others have interrupted.
    private var interrupted: [ConversationIdentity: StreamProgress] = [:]
    private static var maximumInterrupted: Int { 4096 }
    private var time = TimeFormat(.clock)
    private var hasWritten = false
    private var dialogues = GreetingDialogues()
    /// The current conversation, where it is a greeting.
    private var greeting: ConversationIdentity?

    public init(_ options: TranscriptOptions = TranscriptOptions()) { self.options = options }

    /// Goes on with `conversation`, under a title where that is another than before.
    public mutating func begin(_ conversation: Conversation) {
        if conversation.application == .greeting && options.format == .text {
            let identity = ConversationIdentity(conversation)
            greeting = identity
            dialogues.begin(identity)
        } else {
            greeting = nil
        }
        guard key != conversation.key || number != conversation.number else {
            application = conversation.application
            return
        }
        endTurn()
        application = conversation.application
        if let key {
            if interrupted.count >= Self.maximumInterrupted { interrupted.removeAll() }
            interrupted[ConversationIdentity(key.transport, number)] = progress
        }
        progress = interrupted.removeValue(forKey: ConversationIdentity(conversation)) ?? StreamProgress()
        key = conversation.key
        number = conversation.number
        guard options.format != .json else { return }
        if hasWritten { text.write("\n") }
        hasWritten = true
        title(conversation)
    }

    /// Client and server of a conversation have changed places: what was told of it so far has them the wrong way round.
    public mutating func swapRoles(of conversation: Conversation) {
        let identity = ConversationIdentity(conversation)
        dialogues.restart(identity)
        guard let key, ConversationIdentity(key.transport, number) == identity else {
            interrupted[identity]?.swapRoles()
            return
        }
        endTurn()
        progress.swapRoles()
        self.key = conversation.key
        guard options.format != .json else { return }
        text.write("[client and server change places: above they are the wrong way round]\n\n")
        title(conversation)
    }

    private mutating func title(_ conversation: Conversation) {
        text.title(of: conversation)
        text.write(": ")
        text.endpoint(conversation.key.client)
        text.write(options.usesASCII ? " <-> " : " ⇄ ")
        text.endpoint(conversation.key.server)
        text.write("\n")
    }

    /// Tells of a conversation before anything else of it, where the format has a record for that.
    public mutating func announce(_ conversation: Conversation) {
        if options.format == .json { text.streamBegin(conversation) }
    }

    /// Ends what is told of a conversation.
    public mutating func finish(_ conversation: Conversation) {
        guard dialogues.contains(conversation) else { return }
        begin(conversation)
        endTurn()
        dialogues.report(conversation, asciiOnly: options.usesASCII, to: &text)
    }

    private mutating func hear(_ bytes: RawSpan, at place: StreamPlace) {
        if let greeting { dialogues.hear(bytes, in: greeting, from: place.side, at: place.timestamp) }
    }

    public mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        hear(bytes, at: place)
        var offset = 0
        while offset < bytes.byteCount {
            tellConflicts(place.side, upTo: place.offset &+ offset)
            prepare(place)
            if turn.bytes.count >= Self.longestPiece { endTurn() }
            var end = min(bytes.byteCount, offset &+ (Self.longestPiece &- turn.bytes.count))
            let conflict = progress.nextConflict(place.side)
            if conflict < place.offset &+ end { end = conflict &- place.offset }
            var place = place
            place.offset &+= offset
            turn.append(bytes.clipped(from: offset, to: end), at: place)
            offset = end
        }
        progress.show(place.side, upTo: place.offset &+ bytes.byteCount)
    }

    public mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        tellConflicts(place.side, upTo: place.offset)
        mark(.gap(reason), length, place)
        progress.show(place.side, upTo: place.offset &+ length)
    }

    /// A conflict is told where the bytes are that had come first.
    public mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) {
        let isJSON = options.format == .json
        let conflict = StreamConflict(place: place, length: bytes.byteCount, bytes: isJSON ? bytes.copy() : [])
        if progress.isShown(place) {
            mark(.conflict(shownAt: place.offset), conflict.length, place, conflict.bytes)
        } else if progress.hasRoom(place.side) {
            progress.wait(conflict)
        } else {
            mark(.conflict(shownAt: nil), conflict.length, place, conflict.bytes)
        }
    }

    private mutating func tellConflicts(_ side: ConversationSide, upTo offset: Int) {
        while let conflict = progress.takeConflict(side, upTo: offset) {
            mark(.conflict(shownAt: nil), conflict.length, conflict.place, conflict.bytes)
        }
    }

    public mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
        mark(.discarded(reason), length, place)
    }

    public mutating func reset(at place: StreamPlace) { mark(.reset, 0, place) }

    public mutating func end(_ ending: StreamEnding, at place: StreamPlace) {
        tellConflicts(place.side, upTo: .max)
        guard options.format == .json else { return }
        endTurn()
        text.streamEnd(ending, place)
    }

    /// A datagram, which is a turn of its own, however short.
    ///
    /// - Parameters:
    ///   - bytes: what was captured of it.
    ///   - length: on the wire, in bytes.
    public mutating func datagram(_ bytes: RawSpan, length: Int, at place: StreamPlace) {
        endTurn()
        hear(bytes, at: place)
        turn.append(bytes, at: place)
        if length > bytes.byteCount {
            var end = place
            end.offset &+= bytes.byteCount
            gap(length &- bytes.byteCount, .snapped, at: end)
        }
        endTurn()
    }

    /// Writes what the side that spoke last has said so far.
    public mutating func endTurn() {
        guard !turn.isEmpty, let key else { return turn.removeAll() }
        switch options.format {
        case .json:
            turn.writeRecord(key.transport, to: &text)
            turn.removeAll()
            return
        case .text, .hex: break
        }
        header(key)
        if options.usesColor { text.write(turn.place.side == .client ? "\u{1b}[36m" : "\u{1b}[33m") }
        turn.write(options, application, key.transport, to: &text)
        if options.usesColor { text.write("\u{1b}[0m") }
        turn.removeAll()
    }

    private mutating func prepare(_ place: StreamPlace) {
        if !turn.isEmpty && turn.place.side != place.side { endTurn() }
    }

    private mutating func mark(
        _ kind: StreamTurn.Mark.Kind, _ length: Int, _ place: StreamPlace, _ bytes: [UInt8] = []
    ) {
        prepare(place)
        if options.format == .json {
            endTurn()
            text.streamMark(kind, length, bytes, key?.transport ?? .tcp, place)
        } else {
            if turn.marks.count >= 4096 { endTurn() }
            turn.append(kind, length: length, at: place)
        }
    }

    /// `10:49:36.144325 127.0.0.1:40110 → 127.0.0.1:9999  7 bytes`
    private mutating func header(_ key: ConversationKey) {
        if options.usesColor { text.write("\u{1b}[2m") }
        time.write(turn.place.timestamp, utcOffset: utcOffset, to: &text)
        text.endpoint(key.client)
        let isForward = turn.place.side == .client
        if options.usesASCII {
            text.write(isForward ? " -> " : " <- ")
        } else {
            text.write(isForward ? " → " : " ← ")
        }
        text.endpoint(key.server)
        if !turn.hasOnlyMarks {
            text.write("  ")
            text.count(turn.bytes.count, "byte", "bytes")
        }
        if options.usesColor { text.write("\u{1b}[0m") }
        text.write("\n")
    }
}

extension RawSpan {
    fileprivate func copy() -> [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}
