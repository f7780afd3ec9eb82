import Conversations
import Host
import PacketDecoding
import Rendering

/// Follows the conversations of a command's packets, all or one of them, and says what there was not to follow.
struct ConversationFollower: ~Copyable {
    private var follower: PacketFollower
    private let only: ConversationChoice?
    /// Where what messages mean is told.
    private let tellsWords: Bool
    private var words: StepWords

    /// - Parameters:
    ///   - tellsWords: whether ``follow(_:evicted:_:)`` tells what messages mean.
    ///   - keepsEvicted: whether it tells of what the table gives up.
    ///   - capacity: conversations held at most.
    init(
        ports: PortMap, only: ConversationChoice?, tellsWords: Bool = false, keepsEvicted: Bool = false,
        capacity: Int = 1 << 20
    ) {
        follower = PacketFollower(ports: ports, capacity: capacity, keepsEvicted: keepsEvicted)
        self.only = only
        self.tellsWords = tellsWords
        words = StepWords(ports: ports)
    }

    var table: ConversationTable { _read { yield follower.table } }

    /// Follows `frame`; `body` gets its step, if it is one that is wanted, the bytes to show of it, and what they mean.
    ///
    /// - Parameter evicted: called before that with the conversation that makes room, if it is one that is wanted.
    mutating func follow(
        _ frame: Frame, evicted: (EvictedConversation) -> Void = { _ in },
        _ body: (ConversationStep, RawSpan, RawSpan, borrowing ConversationTable) -> Void
    ) {
        Self.follow(frame, &follower, &words, only, tellsWords: tellsWords, evicted, body)
    }

    // Its own function, since what follows and what is told of it are used at once.
    private static func follow(
        _ frame: Frame, _ follower: inout PacketFollower, _ words: inout StepWords, _ only: ConversationChoice?,
        tellsWords: Bool, _ evicted: (EvictedConversation) -> Void,
        _ body: (ConversationStep, RawSpan, RawSpan, borrowing ConversationTable) -> Void
    ) {
        follower.follow(
            frame,
            evicted: { given in
                let conversation = given.conversation
                if only == nil || only == ConversationChoice(conversation.key.transport, conversation.number) {
                    evicted(given)
                }
            }
        ) { step, packet, table in
            if let only, only.transport != step.transport || only.number != step.conversation { return }
            if step.notes.contains(.icmpError) {
                // The error's words stand for its payload.
                var text = ByteBuffer()
                if let error = ReportedError(packet) { text.error(error, to: step.side) }
                body(step, text.bytes, RawSpan(), table)
            } else if let index = packet.innermostTransport(quoted: false) {
                guard tellsWords else { return body(step, packet.payload(at: index), RawSpan(), table) }
                words.read(packet, transport: index)
                body(step, packet.payload(at: index), words.words.bytes, table)
            }
        }
    }

    /// Counts `frame` in its conversation.
    mutating func count(_ frame: Frame) { follower.count(frame) }

    /// There are no more packets: the roles are judged once more, by all of them.
    ///
    /// - Parameter changed: called with each conversation whose client and server change places.
    mutating func settleRoles(_ changed: (Transport, Int) -> Void = { _, _ in }) {
        let only = only
        follower.settleRoles { transport, number in
            if only == nil || only == ConversationChoice(transport, number) { changed(transport, number) }
        }
    }

    /// Whether nothing was there to follow, not even parts of it.
    var isEmpty: Bool { table.count == 0 && follower.incompleteDatagrams == 0 && follower.reassembly.evicted == 0 }

    /// Whether there is no conversation to show.
    var foundNothing: Bool {
        if let only { return only.number >= table.startedCount(only.transport) }
        return isEmpty
    }

    /// Says so where there is no conversation to show.
    func reportNothing() {
        if isEmpty {
            StandardError.write(line: "no TCP or UDP conversation among these packets")
        } else if let only, foundNothing {
            let transport = only.transport == .tcp ? "TCP" : "UDP"
            StandardError.write(line: "no \(transport) conversation \(only.number) among these packets")
        }
    }

    /// Says how many conversations the table gave up, where those are shown as they were then.
    func reportEvicted() {
        guard table.evictedCount > 0 else { return }
        guard let only else {
            return StandardError.write(
                line: "conversations given up because more than \(table.capacity) were there: \(table.evictedCount)")
        }
        guard !foundNothing, table.summary(only.transport, only.number) == nil else { return }
        let transport = only.transport == .tcp ? "TCP" : "UDP"
        StandardError.write(
            line: "\(transport) conversation \(only.number) was given up before the end: more than \(table.capacity) "
                + "were there")
    }

    /// Says which fragmented datagrams are not in the conversations, or may not be what their receiver got.
    func reportFragments() {
        let statistics = follower.reassembly
        if follower.incompleteDatagrams > 0 {
            StandardError.write(
                line: "fragmented datagrams left out because parts are missing: \(follower.incompleteDatagrams)")
        }
        if statistics.evicted > 0 {
            StandardError.write(
                line: "fragmented datagrams given up because more than \(follower.reassemblyLimit >> 20) MiB waited: "
                    + "\(statistics.evicted)")
        }
        if statistics.conflicting > 0 {
            StandardError.write(
                line: "fragmented datagrams whose fragments overlap in different bytes: \(statistics.conflicting)")
        }
        if statistics.overlapping > 0 {
            StandardError.write(
                line: "IPv6 datagrams whose fragments overlap, which their receiver discards: "
                    + "\(statistics.overlapping)")
        }
    }
}

extension ConversationFollower {
    /// Every wanted conversation in order of number, TCP before UDP.
    borrowing func forEach(_ body: (Conversation) throws(Failure) -> Void) throws(Failure) {
        guard let only else {
            try table.forEach(.tcp, body)
            return try table.forEach(.udp, body)
        }
        if let conversation = table.conversation(only.transport, only.number) { try body(conversation) }
    }

    /// What a line has of every conversation, in order of number, TCP before UDP.
    borrowing func forEachSummary(_ body: (ConversationSummary) throws(Failure) -> Void) throws(Failure) {
        try table.forEachSummary(.tcp, body)
        try table.forEachSummary(.udp, body)
    }
}

/// The ladders of a savefile, one conversation after the other once all is read.
struct RecordedLadders: PacketConsumer, ~Copyable {
    private var follower: ConversationFollower
    private var recorder: LadderRecorder
    private var interface: String?
    private var output = Output()

    /// - Parameter interface: what was heard, where the savefile does not name it.
    init(_ options: LadderOptions, ports: PortMap, interface: String? = nil, only: ConversationChoice? = nil) {
        follower = ConversationFollower(ports: ports, only: only, tellsWords: true, keepsEvicted: true)
        recorder = LadderRecorder(options)
        self.interface = interface
    }

    mutating func begin(interface: String?) { self.interface = interface ?? self.interface }

    mutating func consume(_ frame: Frame) throws(Failure) {
        follower.follow(frame) { given in
            let conversation = given.conversation
            if given.areRolesChanged { recorder.swapRoles(conversation.key.transport, conversation.number) }
            recorder.render(conversation, interface: interface, isGivenUp: true, to: &output.buffer)
        } _: { step, preview, words, _ in
            recorder.add(step, preview: preview, words: words)
        }
        try output.flushIfFull()
    }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        follower.settleRoles { recorder.swapRoles($0, $1) }
        try follower.forEach { conversation throws(Failure) in
            recorder.render(conversation, interface: interface, to: &output.buffer)
            try output.flushIfFull()
        }
        try output.flush()
        follower.reportNothing()
        follower.reportEvicted()
        if recorder.omittedSteps > 0 {
            StandardError.write(line: "more conversations than are drawn: \(recorder.omittedSteps) packets left out")
        }
        follower.reportFragments()
    }
}

/// The ladders of a savefile or an interface as one picture, written once there are no more packets.
struct PicturedLadders: PacketConsumer, ~Copyable {
    private var follower: ConversationFollower
    private var picture: LadderPicture
    private var interface: String?

    /// - Parameter interface: the one that is heard.
    init(isFull: Bool, ports: PortMap, interface: String?, only: ConversationChoice?) {
        follower = ConversationFollower(ports: ports, only: only, tellsWords: true, keepsEvicted: true)
        picture = LadderPicture(isFull: isFull)
        self.interface = interface
    }

    mutating func begin(interface: String?) { self.interface = interface }

    mutating func consume(_ frame: Frame) throws(Failure) {
        follower.follow(frame) { given in
            let conversation = given.conversation
            if given.areRolesChanged { picture.swapRoles(conversation.key.transport, conversation.number) }
            picture.draw(conversation, interface: interface, isGivenUp: true)
        } _: { step, preview, words, _ in
            picture.add(step, preview: preview, words: words)
        }
    }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        follower.settleRoles { picture.swapRoles($0, $1) }
        try follower.forEach { conversation in picture.draw(conversation, interface: interface) }
        if !follower.foundNothing {
            var output = Output()
            picture.write(to: &output.buffer)
            try output.flush()
        }
        follower.reportNothing()
        follower.reportEvicted()
        if picture.omittedSteps > 0 {
            StandardError.write(
                line: "more conversations than fit a picture: \(picture.omittedSteps) packets left out; "
                    + "--stream chooses one")
        }
        follower.reportFragments()
    }
}

/// The ladders of an interface, drawn as the packets come.
struct LiveLadders: PacketConsumer, ~Copyable {
    private var follower: ConversationFollower
    private var ladder: LiveLadder
    private let interface: String?
    private var output = Output()
    private let isTerminal: Bool
    private var quietSince: ContinuousClock.Instant?

    /// - Parameter descriptor: where they are drawn.
    init(
        _ options: LadderOptions, ports: PortMap, interface: String?, only: ConversationChoice? = nil,
        to descriptor: Int32 = 1
    ) {
        follower = ConversationFollower(ports: ports, only: only, tellsWords: true, keepsEvicted: true)
        ladder = LiveLadder(options)
        output.descriptor = descriptor
        isTerminal = Terminal.isTerminal(descriptor)
        self.interface = interface
    }

    var printsToOutput: Bool { output.descriptor == 1 }

    mutating func consume(_ frame: Frame) throws(Failure) { try draw(frame) { _, _ in } }

    /// Draws the step that `frame` is, and shows it with its payload to `observer`.
    mutating func draw(_ frame: Frame, _ observer: (ConversationStep, RawSpan) -> Void) throws(Failure) {
        quietSince = nil
        follower.follow(frame) { given in
            if given.areRolesChanged { ladder.swapRoles(of: given.conversation, interface: interface, &output.buffer) }
            ladder.finish(given.conversation, interface: interface, isGivenUp: true, to: &output.buffer)
        } _: { step, preview, words, table in
            guard let conversation = table.conversation(step.transport, step.conversation) else { return }
            ladder.add(
                step, preview: preview, words: words, conversation: conversation, interface: interface,
                to: &output.buffer)
            observer(step, preview)
        }
        try output.flushIfFull()
    }

    /// The first conversation drawn.
    func firstConversation(_ transport: Transport) -> Conversation? { follower.table.conversation(transport, 0) }

    mutating func tick(dropped: Int) throws(Failure) {
        // No signal is needed to see that a terminal was made wider or narrower.
        if isTerminal { ladder.resize(columns: Terminal.width(of: output.descriptor), to: &output.buffer) }
        try output.flush()
    }

    mutating func pause() throws(Failure) {
        let now = ContinuousClock.now
        let since = quietSince ?? now
        quietSince = since
        // Not sooner: what comes after a shorter silence folds as it would in a savefile.
        if now - since >= .nanoseconds(LiveLadder.silence) { ladder.settle(to: &output.buffer) }
        try output.flush()
    }

    mutating func finish() throws(Failure) {
        var changed: Set<ConversationChoice> = []
        follower.settleRoles { changed.insert(ConversationChoice($0, $1)) }
        try follower.forEach { conversation throws(Failure) in
            if changed.contains(ConversationChoice(conversation.key.transport, conversation.number)) {
                ladder.swapRoles(of: conversation, interface: interface, &output.buffer)
            }
            ladder.finish(conversation, interface: interface, to: &output.buffer)
            try output.flushIfFull()
        }
        try output.flush()
        follower.reportNothing()
        follower.reportEvicted()
        follower.reportFragments()
    }
}
