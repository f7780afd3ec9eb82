// What one conversation's ladder shows, in which order: its steps as they come, with long runs folded. How it looks is
// the canvas's.

internal import Conversations
internal import PacketDecoding

/// What a ladder is drawn on: lines of text, or a picture.
protocol LadderCanvas: ~Copyable {
    /// Before the SYN is sent there is only a server that waits for it.
    mutating func listen()
    /// A phase begins.
    mutating func heading(_ heading: LadderHeading)
    /// - Parameters:
    ///   - client: the client's state where it has changed; likewise `server`.
    ///   - remarks: what is worth saying beside the arrow.
    mutating func row(_ row: LadderRow, client: TCPState?, server: TCPState?, remarks: [LadderRemark])
    mutating func fold(_ fold: LadderFold)
}

/// What a fold hides.
struct LadderFold {
    let transport: Transport
    private(set) var packets = 0
    private(set) var bytes = 0
    /// By ``troubles``.
    private(set) var counts = [Int](repeating: 0, count: troubles.count)
    /// Nanoseconds from the row before the fold to its last hidden row.
    private(set) var elapsed: Int64 = 0

    /// What must not be hidden without a word.
    static let troubles: [(observation: SegmentAnalysis, one: StaticString, more: StaticString)] = [
        (.retransmission, "retransmission", "retransmissions"), (.outOfOrder, "out of order", "out of order"),
        (.duplicateACK, "duplicate ACK", "duplicate ACKs"), (.lostSegment, "lost segment", "lost segments"),
        (.ackLostSegment, "ACK of lost segments", "ACKs of lost segments"),
        (.zeroWindow, "zero window", "zero windows"),
    ]

    init(_ transport: Transport) { self.transport = transport }

    mutating func absorb(_ step: ConversationStep) {
        packets += 1
        bytes = bytes &+ step.payloadLength
        for (index, trouble) in Self.troubles.enumerated() where step.analysis.contains(trouble.observation) {
            counts[index] += 1
        }
        let (sum, overflow) = elapsed.addingReportingOverflow(step.sincePrevious)
        if !overflow { elapsed = sum }
    }
}

/// What stands above the rows of a phase.
enum LadderHeading {
    /// The capture begins in the middle of the conversation.
    case midstream
    /// - Parameters:
    ///   - side: who closes first, or resets.
    ///   - notes: of the step that begins it.
    case phase(ConversationPhase, application: LayerKind?, side: ConversationSide?, notes: StepNotes)

    init(_ step: ConversationStep) {
        let isTold: Bool =
            switch step.phase {
            case .handshake, .data: false
            case .teardown: step.notes.contains(.firstFIN)
            case .reset: step.notes.contains(.reset)
            }
        self = .phase(
            step.phase, application: step.application, side: isTold ? step.side : nil,
            notes: step.notes)
    }
}

struct LadderBody {
    /// Rows shown at the beginning and at the end of a folded run.
    private static let head = 16
    private static let tail = 8
    /// Fewer rows than this are shown rather than folded.
    private static let smallestFold = 8
    /// How often a change of phase or state, or a silence, may begin a new run; a connection has about ten, hostile
    /// traffic any number.
    private static let maximumRuns = 64

    private let isFull: Bool
    /// Decided upon, but not written yet: they may become part of a fold.
    private var held: [LadderRow] = []
    private var pendingFold: LadderFold?
    private var rowsInRun = 0
    private var runs = 0
    /// Of the step before, written or not.
    private var last: ConversationStep?
    /// Whether there was a zero window: the first one is seen, the others may fold.
    private var hasStalled = false

    /// As last written; nil when nothing has been.
    private var clientState, serverState: TCPState?
    private(set) var phase: ConversationPhase?

    /// Whether rows may wait for the ones that follow.
    private let isRecorded: Bool
    /// A recorded ladder's first SYN, until the answer tells whether anyone listened.
    private var opening: LadderRow?

    /// - Parameter phase: the one that has been told already, where a ladder goes on.
    init(isFull: Bool, isRecorded: Bool, phase: ConversationPhase? = nil) {
        self.isFull = isFull
        self.isRecorded = isRecorded
        self.phase = phase
    }

    mutating func add(_ row: LadderRow, to canvas: inout some LadderCanvas & ~Copyable) {
        if isFull { return write(row, to: &canvas) }
        if beginsRun(row.step) && runs < Self.maximumRuns {
            flush(to: &canvas)
            runs += 1
        }
        last = row.step
        if row.step.analysis.contains(.zeroWindow) { hasStalled = true }
        if rowsInRun < Self.head {
            rowsInRun += 1
            return write(row, to: &canvas)
        }
        held.append(row)
        if pendingFold != nil {
            pendingFold?.absorb(held.removeFirst().step)
        } else if held.count == Self.tail + Self.smallestFold {
            var fold = LadderFold(row.step.transport)
            for row in held.prefix(Self.smallestFold) { fold.absorb(row.step) }
            held.removeFirst(Self.smallestFold)
            pendingFold = fold
        }
    }

    /// Client and server change places, in what is held back, too.
    mutating func swapRoles() {
        for index in held.indices { held[index] = held[index].reversed }
        last = last?.reversed
        opening = opening?.reversed
        swap(&clientState, &serverState)
    }

    /// Writes what is held back, and begins a new run.
    mutating func flush(to canvas: inout some LadderCanvas & ~Copyable) {
        if let fold = pendingFold.take() { canvas.fold(fold) }
        for row in held { write(row, to: &canvas) }
        held.removeAll(keepingCapacity: true)
        rowsInRun = 0
    }

    /// Writes all there is to write.
    mutating func finish(to canvas: inout some LadderCanvas & ~Copyable) {
        flush(to: &canvas)
        if let first = opening.take() { draw(first, listens: true, to: &canvas) }
    }

    /// Whether a step is of another kind than the ones before, so that it must be seen.
    private func beginsRun(_ step: ConversationStep) -> Bool {
        guard let last else { return true }
        return step.phase != last.phase || step.clientState != last.clientState
            || step.serverState != last.serverState || step.flags.contains(.rst)
            || !step.notes.isDisjoint(with: [.firstFIN, .closed, .reset, .revived, .handshakeComplete])
            || step.sincePrevious >= LiveLadder.silence || (!hasStalled && step.analysis.contains(.zeroWindow))
    }

    private mutating func write(_ row: LadderRow, to canvas: inout some LadderCanvas & ~Copyable) {
        if let first = opening.take() {
            // A server that sends a SYN of its own did not listen (RFC 9293 section 3.5, figure 8).
            let isSimultaneous = row.step.side == .server && row.step.isLoneSYN
            draw(first, listens: !isSimultaneous, to: &canvas)
        }
        if isRecorded && row.step.notes.contains(.first) && row.step.isLoneSYN {
            opening = row
        } else {
            draw(row, listens: row.step.isLoneSYN, to: &canvas)
        }
    }

    /// Writes a row, and before it what its step is the first to show.
    private mutating func draw(_ row: LadderRow, listens: Bool, to canvas: inout some LadderCanvas & ~Copyable) {
        let step = row.step
        writeBeginning(step, listens: listens, to: &canvas)
        let isTCP = step.transport == .tcp
        let client = isTCP && step.clientState != clientState ? step.clientState : nil
        let server = isTCP && step.serverState != serverState ? step.serverState : nil
        let remarks = LadderRemark.all(of: step, client: client, server: server)
        clientState = step.clientState
        serverState = step.serverState
        canvas.row(row, client: client, server: server, remarks: remarks)
    }

    private mutating func writeBeginning(
        _ step: ConversationStep, listens: Bool, to canvas: inout some LadderCanvas & ~Copyable
    ) {
        if step.transport == .tcp && step.notes.contains(.first) {
            if step.notes.contains(.midstream) {
                canvas.heading(.midstream)
            } else if step.isLoneSYN {
                if listens { canvas.listen() }
                // A state that nobody is in is not told of.
                serverState = step.serverState
            }
        }
        // An error about the conversation is no phase of it.
        guard step.phase != phase, !step.notes.contains(.icmpError) else { return }
        phase = step.phase
        canvas.heading(LadderHeading(step))
    }
}

extension ConversationStep {
    /// A SYN that does not answer one.
    fileprivate var isLoneSYN: Bool { transport == .tcp && flags.contains(.syn) && !flags.contains(.ack) }
}
