// The rows of one conversation's ladder, written as its steps come, with long runs folded.

internal import Conversations
internal import PacketDecoding

/// What a fold hides.
private struct LadderFold {
    var packets = 0
    var bytes = 0
    var retransmissions = 0
    /// Nanoseconds from the row before the fold to its last hidden row.
    var elapsed: Int64 = 0

    mutating func absorb(_ step: ConversationStep) {
        packets += 1
        bytes = bytes &+ step.payloadLength
        if step.notes.contains(.retransmission) { retransmissions += 1 }
        let (sum, overflow) = elapsed.addingReportingOverflow(step.sincePrevious)
        if !overflow { elapsed = sum }
    }
}

struct LadderBody {
    /// Rows shown at the beginning and at the end of a folded run.
    private static let head = 16
    private static let tail = 8
    /// Fewer rows than this are shown rather than folded.
    private static let smallestFold = 8
    /// How often a change of phase or state may begin a new run; a connection has about ten, hostile traffic any
    /// number.
    private static let maximumRuns = 64

    private let isFull: Bool
    /// Decided upon, but not written yet: they may become part of a fold.
    private var held: [LadderRow] = []
    private var fold = LadderFold()
    private var rowsInRun = 0
    private var runs = 0
    /// Of the step before, written or not.
    private var last: ConversationStep?

    /// As last written; nil when nothing has been.
    private var clientState, serverState: TCPState?
    private var phase: ConversationPhase?
    private var handshakeTime: Int64?

    init(isFull: Bool) { self.isFull = isFull }

    mutating func add(_ row: LadderRow, _ layout: LadderLayout, to buffer: inout ByteBuffer) {
        if isFull { return write(row, layout, to: &buffer) }
        if beginsRun(row.step) && runs < Self.maximumRuns {
            flush(layout, to: &buffer)
            runs += 1
        }
        last = row.step
        if rowsInRun < Self.head {
            rowsInRun += 1
            return write(row, layout, to: &buffer)
        }
        held.append(row)
        if fold.packets > 0 {
            fold.absorb(held.removeFirst().step)
        } else if held.count == Self.tail + Self.smallestFold {
            for row in held.prefix(Self.smallestFold) { fold.absorb(row.step) }
            held.removeFirst(Self.smallestFold)
        }
    }

    /// Writes what is held back, and begins a new run.
    mutating func flush(_ layout: LadderLayout, to buffer: inout ByteBuffer) {
        if fold.packets > 0 { writeFold(layout, to: &buffer) }
        for row in held { write(row, layout, to: &buffer) }
        held.removeAll(keepingCapacity: true)
        rowsInRun = 0
    }

    /// Whether a step is of another kind than the ones before, so that it must be seen.
    private func beginsRun(_ step: ConversationStep) -> Bool {
        guard let last else { return true }
        return step.phase != last.phase || step.clientState != last.clientState
            || step.serverState != last.serverState || step.flags.contains(.rst)
            || !step.notes.isDisjoint(with: [.firstFIN, .closed, .refused, .handshakeComplete])
    }

    private mutating func writeFold(_ layout: LadderLayout, to buffer: inout ByteBuffer) {
        var text = ByteBuffer()
        text.write(" ")
        text.write(layout.ellipsis)
        text.write(" ")
        if last?.transport == .udp {
            text.count(fold.packets, "datagram", "datagrams")
        } else {
            text.count(fold.packets, "segment", "segments")
        }
        text.write(", ")
        text.byteSize(fold.bytes)
        if fold.retransmissions > 0 {
            text.write(", ")
            text.count(fold.retransmissions, "retransmission", "retransmissions")
        }
        text.write(" ")
        text.write(layout.ellipsis)
        buffer.ladderTime(fold.elapsed)
        buffer.spaces(LadderLayout.stateColumns + 1)
        buffer.write(layout.lifeline)
        let room = LadderLayout.timeColumns + LadderLayout.stateColumns + 2
        let used = buffer.append(text, columns: layout.columns - room, layout)
        if used <= layout.arrowColumns {
            buffer.spaces(layout.arrowColumns - used)
            buffer.write(layout.lifeline)
        }
        buffer.write("\n")
        fold = LadderFold()
    }
}

extension LadderBody {
    /// Writes a row, and before it what its step is the first to show.
    private mutating func write(_ row: LadderRow, _ layout: LadderLayout, to buffer: inout ByteBuffer) {
        let step = row.step
        writeBeginning(step, layout, to: &buffer)
        let isTCP = step.transport == .tcp
        let client = isTCP && step.clientState != clientState ? step.clientState : nil
        let server = isTCP && step.serverState != serverState ? step.serverState : nil
        clientState = step.clientState
        serverState = step.serverState

        if step.timestamp == nil {
            buffer.spaces(LadderLayout.timeColumns - 1)
            buffer.write("-")
        } else {
            buffer.ladderTime(step.sincePrevious)
        }
        buffer.write(" ")
        buffer.ladderState(client)
        buffer.ladderArrow(row, layout)

        var used = 0
        if let server {
            buffer.write("  ")
            buffer.write(server.name)
            used = server.name.utf8CodeUnitCount
        }
        for remark in LadderRemark.all(of: step, handshakeTime: handshakeTime) {
            used = buffer.ladderRemark(remark, after: used, layout)
        }
        if let time = step.handshakeTime { handshakeTime = time }
        buffer.write("\n")
    }

    private mutating func writeBeginning(_ step: ConversationStep, _ layout: LadderLayout, to buffer: inout ByteBuffer)
    {
        if step.transport == .tcp && step.notes.contains(.first) {
            if step.notes.contains(.midstream) {
                var title = ByteBuffer()
                title.write("the capture begins in the middle of this conversation")
                buffer.rule(title, layout)
            } else if step.flags.isSuperset(of: .syn) && !step.flags.contains(.ack) {
                // Before the SYN is sent there is only someone who waits for it.
                buffer.spaces(LadderLayout.timeColumns + 1 + LadderLayout.stateColumns)
                buffer.write(layout.lifeline)
                buffer.spaces(layout.arrowColumns)
                buffer.write(layout.lifeline)
                buffer.write("  ")
                buffer.write(TCPState.listen.name)
                buffer.write("\n")
                serverState = .listen
            }
        }
        guard step.phase != phase else { return }
        // An error about the conversation is no phase of it.
        if step.notes.contains(.icmpError) { return }
        let isBeginning = phase == nil
        phase = step.phase
        var title = ByteBuffer()
        switch step.phase {
        case .handshake:
            if isBeginning { return }
            title.write("handshake")
        case .data:
            title.write(step.application?.name ?? "data")
        case .teardown:
            title.write("teardown")
            if step.notes.contains(.firstFIN) {
                title.write(step.side == .client ? ": client closes first" : ": server closes first")
            }
        case .reset:
            title.write(step.notes.contains(.refused) ? "refused" : "reset")
            if step.flags.contains(.rst) { title.write(step.side == .client ? " by client" : " by server") }
        }
        buffer.rule(title, layout)
    }
}

extension ByteBuffer {
    /// A time in the first column, to its right edge.
    fileprivate mutating func ladderTime(_ nanoseconds: Int64) {
        var text = ByteBuffer(capacity: 16)
        text.milliseconds(nanoseconds)
        spaces(LadderLayout.timeColumns - text.count)
        append(text.bytes)
    }

    /// The client's state in its column; blanks where it has not changed.
    fileprivate mutating func ladderState(_ state: TCPState?) {
        var used = 0
        if let state {
            write(state.name)
            used = state.name.utf8CodeUnitCount
        }
        spaces(LadderLayout.stateColumns - used)
    }

    /// Both lifelines and the arrow between them.
    fileprivate mutating func ladderArrow(_ row: LadderRow, _ layout: LadderLayout) {
        var label = ByteBuffer()
        let room = layout.arrowColumns - 4
        label.ladderLabel(row, room: room, layout)
        let isFromClient = row.step.side == .client
        let color: LadderColor = isFromClient ? .client : .server
        write(layout.lifeline)
        begin(color, layout)
        if isFromClient { repeated(layout.shaft, 2) } else { write(layout.leftHead) }
        if !isFromClient { write(layout.shaft) }
        let used = append(label, columns: room, layout)
        repeated(layout.shaft, layout.arrowColumns - used - (isFromClient ? 3 : 2))
        if isFromClient { write(layout.rightHead) }
        end(color, layout)
        write(layout.lifeline)
    }

    /// Writes a remark beside what is there, or on a line of its own; returns the columns used of its column.
    fileprivate mutating func ladderRemark(_ remark: LadderRemark, after used: Int, _ layout: LadderLayout) -> Int {
        var text = ByteBuffer()
        text.write(remark)
        if used > 0 && used + 2 + text.bytes.columns > layout.rightColumns {
            write("\n")
            spaces(LadderLayout.timeColumns + 1 + LadderLayout.stateColumns)
            write(layout.lifeline)
            spaces(layout.arrowColumns)
            write(layout.lifeline)
            return ladderRemark(remark, after: 0, layout)
        }
        write("  ")
        let color: LadderColor? = remark.isWarning ? .warning : nil
        begin(color, layout)
        let columns = append(text, columns: layout.rightColumns, layout)
        end(color, layout)
        return used + (used > 0 ? 2 : 0) + columns
    }
}
