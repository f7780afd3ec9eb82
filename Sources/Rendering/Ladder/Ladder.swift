// Ladders: two lifelines, time going down, an arrow for each segment or datagram.

public import Conversations
internal import PacketDecoding

/// Ladders while packets arrive.
///
///     var ladder = LiveLadder(options)
///     ladder.add(step, preview: payload, conversation: conversation, interface: "lo", to: &buffer)
///     …
///     ladder.settle(to: &buffer)                  // when nothing has come for ``silence``
///     ladder.finish(conversation, to: &buffer)    // for each conversation that is still open
public struct LiveLadder: ~Copyable {
    /// Nanoseconds: what comes after a longer silence is something new, and never folded with what was before.
    public static var silence: Int64 { 1_000_000_000 }

    private let isFull: Bool
    private var options: LadderOptions
    private var layout: LadderLayout
    private var body: LadderBody
    private var text: LadderText
    /// Whether what follows is drawn in another width than the header.
    private var isResized = false
    private var current: ConversationIdentity?
    /// The phases that conversations were left in, of so many: those that come after are told theirs again.
    private var phases: [ConversationIdentity: ConversationPhase] = [:]
    private static var maximumPhases: Int { 1024 }
    private var dialogues = GreetingDialogues()
    /// Whether the totals of the current conversation, which is over, stand above its next row.
    private var hasTotals = false

    public init(_ options: LadderOptions = LadderOptions()) {
        isFull = options.isFull
        self.options = options
        layout = LadderLayout(options)
        body = LadderBody(isFull: options.isFull, isRecorded: false)
        text = LadderText(layout)
    }

    /// Writes the rows that are ready; folding holds back up to 15, until ``settle(to:)`` or something new.
    ///
    /// - Parameters:
    ///   - preview: the payload, of which 96 bytes are shown; of an ICMP error its words (`ICMP port unreachable`).
    ///   - words: what the messages in it mean (`GET /`), where their decoders know: shown in the place of the payload.
    ///   - conversation: the step's, with the step already counted.
    ///   - interface: name of the interface for the header, if known.
    public mutating func add(
        _ step: ConversationStep, preview: RawSpan, words: RawSpan = RawSpan(), conversation: Conversation,
        interface: String? = nil, to buffer: inout ByteBuffer
    ) {
        // The header counts them: a row each would say everything twice.
        if step.notes.contains(.copy) { return }
        if step.notes.contains(.rolesChanged) { swapRoles(of: conversation, interface: interface, &buffer) }
        turn(to: conversation, interface: interface, resumes: !step.notes.contains(.first), &buffer)
        dialogues.hear(step, preview)
        body.add(LadderRow(step, preview: preview, words: words), to: &text)
        text.drain(to: &buffer)
        if !conversation.isOver { hasTotals = false }
        let isEnd = !step.notes.isDisjoint(with: [.closed, .reset])
        if isEnd && conversation.isOver && !hasTotals { writeEnd(of: conversation, &buffer) }
    }

    /// Writes what folding has held back. Called after ``silence`` without a packet, it changes nothing but when: the
    /// same packets in a savefile fold into the same rows.
    public mutating func settle(to buffer: inout ByteBuffer) {
        body.flush(to: &text)
        text.drain(to: &buffer)
    }

    /// Writes what was held back, then the conversation's totals. Where it is over they stand below its last step.
    ///
    /// - Parameter isGivenUp: whether the capture goes on, and the table has given the conversation up.
    public mutating func finish(
        _ conversation: Conversation, interface: String? = nil, isGivenUp: Bool = false, to buffer: inout ByteBuffer
    ) {
        // Of one that was replaced nothing has told it before.
        guard !conversation.isOver || conversation.outcome == .replaced else { return settle(to: &buffer) }
        turn(to: conversation, interface: interface, resumes: true, &buffer)
        writeEnd(of: conversation, isGivenUp: isGivenUp, &buffer)
    }

    /// Says that client and server have changed places: better evidence has come than what was written by. Below that
    /// they are right.
    public mutating func swapRoles(
        of conversation: Conversation, interface: String? = nil, _ buffer: inout ByteBuffer
    ) {
        let identity = ConversationIdentity(conversation)
        dialogues.restart(identity)
        guard identity == current else { return }
        settle(to: &buffer)
        body.swapRoles()
        var words = ByteBuffer()
        words.write("client and server change places: above they are the wrong way round")
        buffer.rule(words, layout)
        buffer.ladderHeader(conversation, interface: interface, showsTotals: false, layout)
        buffer.ladderTitles(layout)
    }

    /// Draws what follows in another width, beneath a header of that width.
    public mutating func resize(columns: Int, to buffer: inout ByteBuffer) {
        guard columns != options.columns else { return }
        settle(to: &buffer)
        options.columns = columns
        layout = LadderLayout(options)
        text = LadderText(layout)
        isResized = current != nil
    }

    /// Makes `conversation` the one whose rows are written.
    private mutating func turn(
        to conversation: Conversation, interface: String?, resumes: Bool, _ buffer: inout ByteBuffer
    ) {
        let identity = ConversationIdentity(conversation)
        guard identity != current || isResized else { return }
        settle(to: &buffer)
        if let current {
            if phases.count >= Self.maximumPhases { phases.removeAll() }
            phases[current] = body.phase
            buffer.write("\n")
        }
        buffer.ladderHeader(conversation, interface: interface, showsTotals: false, layout)
        if !resumes || current == nil { buffer.ladderTitles(layout) }
        body = LadderBody(isFull: isFull, isRecorded: false, phase: phases.removeValue(forKey: identity))
        text = LadderText(layout)
        if identity != current { hasTotals = false }
        current = identity
        isResized = false
    }

    private mutating func writeEnd(
        of conversation: Conversation, isGivenUp: Bool = false, _ buffer: inout ByteBuffer
    ) {
        settle(to: &buffer)
        buffer.ladderOutcome(conversation, isGivenUp: isGivenUp, layout)
        buffer.ladderTotals(conversation, layout)
        dialogues.report(
            conversation, columns: layout.columns, asciiOnly: layout.glyphs.usesASCII, to: &buffer)
        hasTotals = true
    }
}

/// Ladders of a savefile: collects rows by conversation, to be written one conversation after the other.
///
/// Without ``LadderOptions/isFull`` a conversation takes a few kilobytes, however long it is.
public struct LadderRecorder: ~Copyable {
    /// Conversations recorded at a time; the ones that come after are left out.
    public static var maximumConversations: Int { 65_536 }

    private let layout: LadderLayout
    private var ladders: RecordedConversations<LadderText>
    private var dialogues = GreetingDialogues()
    private var hasWritten = false

    public init(_ options: LadderOptions = LadderOptions()) {
        layout = LadderLayout(options)
        ladders = RecordedConversations(isFull: options.isFull, maximum: Self.maximumConversations)
    }

    /// Steps left out because there were too many conversations.
    public var omittedSteps: Int { ladders.omittedSteps }

    /// Client and server of a conversation have changed places since its last step.
    public mutating func swapRoles(_ transport: Transport, _ number: Int) {
        ladders.swapRoles(ConversationIdentity(transport, number))
        dialogues.restart(ConversationIdentity(transport, number))
    }

    /// Notes a step. Parameters as in ``LiveLadder/add(_:preview:words:conversation:interface:to:)``.
    public mutating func add(_ step: ConversationStep, preview: RawSpan, words: RawSpan = RawSpan()) {
        if step.notes.contains(.copy) { return }
        if step.notes.contains(.rolesChanged) { dialogues.restart(ConversationIdentity(step)) }
        ladders.add(LadderRow(step, preview: preview, words: words)) { LadderText(layout) }
        dialogues.hear(step, preview)
    }

    /// Writes the ladder of `conversation`, whose steps are then forgotten; nothing where none were noted. An empty
    /// line separates it from the one written before.
    ///
    /// - Parameter isGivenUp: whether the capture goes on, and the table has given the conversation up.
    public mutating func render(
        _ conversation: Conversation, interface: String? = nil, isGivenUp: Bool = false, to buffer: inout ByteBuffer
    ) {
        guard let ladder = ladders.take(conversation) else { return }
        if hasWritten { buffer.write("\n") }
        hasWritten = true
        buffer.ladderHeader(conversation, interface: interface, showsTotals: true, layout)
        buffer.ladderTitles(layout)
        ladder.canvas.drain(to: &buffer)
        buffer.ladderOutcome(conversation, isGivenUp: isGivenUp, layout)
        dialogues.report(
            conversation, columns: layout.columns, asciiOnly: layout.glyphs.usesASCII, to: &buffer)
    }
}

/// The ladders of several conversations, drawn side by side.
struct RecordedConversations<Canvas: LadderCanvas & ~Copyable>: ~Copyable {
    /// The ladder of one conversation; a class because a canvas need not be copyable into a dictionary.
    final class Ladder {
        private var body: LadderBody
        var canvas: Canvas
        /// In place of the canvas, where it is not certain yet who is the client.
        private var sketch: LadderSketch?

        fileprivate init(isFull: Bool, hasSettledRoles: Bool, _ canvas: consuming Canvas) {
            body = LadderBody(isFull: isFull, isRecorded: true)
            self.canvas = canvas
            sketch = hasSettledRoles ? nil : LadderSketch()
        }

        fileprivate func add(_ row: LadderRow) {
            if row.step.notes.contains(.rolesChanged) { swapRoles() }
            guard var sketch = sketch.take() else { return body.add(row, to: &canvas) }
            body.add(row, to: &sketch)
            self.sketch = consume sketch
        }

        fileprivate func swapRoles() {
            body.swapRoles()
            sketch?.swapRoles()
        }

        fileprivate func finish() {
            guard var sketch = sketch.take() else { return body.finish(to: &canvas) }
            body.finish(to: &sketch)
            sketch.draw(on: &canvas)
        }
    }

    private let isFull: Bool
    /// Conversations at a time; the ones that come after are left out.
    private let maximum: Int
    private var ladders: [ConversationIdentity: Ladder] = [:]
    /// Steps left out because there were too many conversations.
    private(set) var omittedSteps = 0
    /// Conversations that were taken and still count.
    var keptCount = 0

    init(isFull: Bool, maximum: Int) {
        self.isFull = isFull
        self.maximum = maximum
    }

    mutating func add(_ row: LadderRow, _ makeCanvas: () -> Canvas) {
        let identity = ConversationIdentity(row.step)
        let ladder: Ladder
        if let known = ladders[identity] {
            ladder = known
        } else {
            // One that was left out, or taken, does not begin in its middle.
            guard ladders.count + keptCount < maximum, row.step.notes.contains(.first) else {
                omittedSteps += 1
                return
            }
            // Nothing is more certain than a SYN, and a datagram has none.
            let isSettled = row.step.transport == .tcp && !row.step.notes.contains(.midstream)
            ladder = Ladder(isFull: isFull, hasSettledRoles: isSettled, makeCanvas())
            ladders[identity] = ladder
        }
        ladder.add(row)
    }

    /// Client and server of a conversation have changed places since its last step.
    mutating func swapRoles(_ identity: ConversationIdentity) { ladders[identity]?.swapRoles() }

    /// The finished ladder of a conversation, which is then forgotten; nil where it has none.
    mutating func take(_ conversation: Conversation) -> Ladder? {
        guard let ladder = ladders.removeValue(forKey: ConversationIdentity(conversation)) else { return nil }
        ladder.finish()
        return ladder
    }
}
