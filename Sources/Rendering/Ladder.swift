// Ladders: two lifelines, time going down, an arrow for each segment or datagram.

public import Conversations
internal import PacketDecoding

/// Ladders while packets arrive.
///
///     var ladder = LiveLadder(options)
///     ladder.add(step, preview: payload, conversation: conversation, interface: "lo", to: &buffer)
///     …
///     ladder.settle(to: &buffer)                  // when nothing has come for a while
///     ladder.finish(conversation, to: &buffer)    // for each conversation that is still open
public struct LiveLadder: ~Copyable {
    private let isFull: Bool
    private let layout: LadderLayout
    private var body: LadderBody
    private var current: ConversationKey?
    private var currentNumber = 0
    /// Whether the totals of the current conversation, which is over, stand above its next row.
    private var hasTotals = false

    public init(_ options: LadderOptions = LadderOptions()) {
        isFull = options.isFull
        layout = LadderLayout(options)
        body = LadderBody(isFull: options.isFull)
    }

    /// Writes the rows that are ready; folding holds back up to 15.
    ///
    /// - Parameters:
    ///   - preview: the beginning of the payload, of which 96 bytes are looked at; of an ICMP error its words
    ///     (`ICMP port unreachable`).
    ///   - conversation: the step's, with the step already counted.
    ///   - interface: name of the interface for the header, if known.
    public mutating func add(
        _ step: ConversationStep, preview: RawSpan, conversation: Conversation, interface: String? = nil,
        to buffer: inout ByteBuffer
    ) {
        turn(to: conversation, interface: interface, resumes: !step.notes.contains(.first), &buffer)
        body.add(LadderRow(step, preview: preview), layout, to: &buffer)
        if !conversation.isOver { hasTotals = false }
        let isEnd = step.flags.contains(.rst) || !step.notes.isDisjoint(with: [.closed, .refused])
        if isEnd && conversation.isOver && !hasTotals { writeEnd(of: conversation, &buffer) }
    }

    /// Writes what folding has held back.
    public mutating func settle(to buffer: inout ByteBuffer) {
        body.flush(layout, to: &buffer)
    }

    /// Writes what was held back, then the conversation's totals. Where it is over they stand below its last step.
    public mutating func finish(_ conversation: Conversation, interface: String? = nil, to buffer: inout ByteBuffer) {
        guard !conversation.isOver else { return settle(to: &buffer) }
        turn(to: conversation, interface: interface, resumes: true, &buffer)
        writeEnd(of: conversation, &buffer)
    }

    /// Makes `conversation` the one whose rows are written.
    private mutating func turn(
        to conversation: Conversation, interface: String?, resumes: Bool, _ buffer: inout ByteBuffer
    ) {
        guard conversation.key != current || conversation.number != currentNumber else { return }
        body.flush(layout, to: &buffer)
        if current != nil { buffer.write("\n") }
        buffer.ladderHeader(conversation, interface: interface, showsTotals: false, layout)
        if !resumes || current == nil { buffer.ladderTitles(layout) }
        body = LadderBody(isFull: isFull)
        current = conversation.key
        currentNumber = conversation.number
        hasTotals = false
    }

    private mutating func writeEnd(of conversation: Conversation, _ buffer: inout ByteBuffer) {
        body.flush(layout, to: &buffer)
        buffer.ladderOutcome(conversation, layout)
        buffer.ladderTotals(conversation, layout)
        hasTotals = true
    }
}

/// Ladders of a savefile: collects rows by conversation, to be written one conversation after the other.
///
/// Without ``LadderOptions/isFull`` a conversation takes a few kilobytes, however long it is.
public struct LadderRecorder: ~Copyable {
    /// Conversations recorded at a time; the ones that come after are left out.
    public static var maximumConversations: Int { 65_536 }

    /// Steps left out because there were too many conversations.
    public private(set) var omittedSteps = 0

    private struct Identity: Hashable {
        let transport: Transport
        let number: Int
    }

    /// The lines of one conversation; a class because the buffer cannot be copied into a dictionary.
    private final class Lines {
        var body: LadderBody
        var text = ByteBuffer()

        init(isFull: Bool) { body = LadderBody(isFull: isFull) }
    }

    private let isFull: Bool
    private let layout: LadderLayout
    private var conversations: [Identity: Lines] = [:]
    private var hasWritten = false

    public init(_ options: LadderOptions = LadderOptions()) {
        isFull = options.isFull
        layout = LadderLayout(options)
    }

    /// Notes a step. Parameters as in ``LiveLadder/add(_:preview:conversation:interface:to:)``.
    public mutating func add(_ step: ConversationStep, preview: RawSpan) {
        let identity = Identity(transport: step.transport, number: step.conversation)
        let lines: Lines
        if let known = conversations[identity] {
            lines = known
        } else {
            guard conversations.count < Self.maximumConversations else {
                omittedSteps += 1
                return
            }
            lines = Lines(isFull: isFull)
            conversations[identity] = lines
        }
        lines.body.add(LadderRow(step, preview: preview), layout, to: &lines.text)
    }

    /// Writes the ladder of `conversation`, whose steps are then forgotten; nothing where none were noted. An empty
    /// line separates it from the one written before.
    public mutating func render(_ conversation: Conversation, interface: String? = nil, to buffer: inout ByteBuffer) {
        let identity = Identity(transport: conversation.key.transport, number: conversation.number)
        guard let lines = conversations.removeValue(forKey: identity) else { return }
        if hasWritten { buffer.write("\n") }
        hasWritten = true
        lines.body.flush(layout, to: &lines.text)
        buffer.ladderHeader(conversation, interface: interface, showsTotals: true, layout)
        buffer.ladderTitles(layout)
        buffer.append(lines.text.bytes)
        buffer.ladderOutcome(conversation, layout)
    }
}

extension ByteBuffer {
    /// The line above the lifelines.
    fileprivate mutating func ladderTitles(_ layout: LadderLayout) {
        write(layout.timeTitle)
        write(" CLIENT")
        spaces(LadderLayout.stateColumns - 6 + layout.arrowColumns + 4)
        write("SERVER\n")
    }
}
