import PacketDecoding

/// How far a connection has come: the states of its ends, and what follows from them.
struct ConnectionProgress: BitwiseCopyable {
    var state = ConnectionState()
    private(set) var phase = ConversationPhase.data
    private(set) var outcome = ConversationOutcome.open
    /// Who sent the first FIN, or the RST that ended it.
    private(set) var closedBy: ConversationSide?

    /// It is established, and open in both directions.
    var isSteady: Bool { state.isEstablished && phase == .data && outcome == .open }

    /// A SYN begins the connection, or tries again after a refusal; a SYN,ACK is where a capture may begin.
    mutating func open(isAnswer: Bool) {
        guard state.isAbsent && (!isAnswer || state.client == .unknown) else { return }
        phase = .handshake
        outcome = isAnswer ? .unfinished : .unanswered
        closedBy = nil
    }

    /// Client and server change places.
    mutating func swapRoles() {
        swap(&state.client, &state.server)
        closedBy = closedBy?.other
    }

    /// A segment of `side` has come: where the other end has sent a SYN, that is no longer unanswered.
    mutating func hear(_ side: ConversationSide) {
        if outcome == .unanswered && state[side] != .synSent { outcome = .unfinished }
    }

    /// Back to where `side` has sent its SYN, and the other nothing.
    mutating func rewind(toSYNOf side: ConversationSide) {
        state[side] = .synSent
        state[side.other] = .listen
        phase = .handshake
        outcome = .unfinished
        closedBy = nil
    }

    /// Moves on by a segment that its receiver takes, and that is no RST.
    ///
    /// - Returns: what it was for the connection.
    mutating func advance(_ side: ConversationSide, _ segment: ConnectionState.Segment) -> StepNotes {
        let notes = state.advance(side, segment)
        if outcome == .unanswered || outcome == .unfinished, state.hasBeenEstablished { outcome = .open }
        if notes.contains(.closed) {
            outcome = .closed
        } else if notes.contains(.firstFIN) {
            outcome = .halfClosed
            closedBy = side
            phase = .teardown
        } else if phase == .handshake && !segment.flags.contains(.syn)
            && (segment.hasPayload || state.isEstablished && !notes.contains(.handshakeComplete))
        {
            phase = .data
        }
        return notes
    }

    /// Ends with a RST that its receiver takes.
    ///
    /// - Parameters:
    ///   - acknowledgesSYN: as in ``ConnectionState/Segment``.
    ///   - sawSYN: the client's SYN was captured.
    ///   - hasOtherSpoken: the other end has sent data, which it does not before the handshake is complete.
    /// - Returns: what it was for the connection: nothing where that had ended before.
    mutating func reset(
        by side: ConversationSide, acknowledgesSYN: Bool, sawSYN: Bool, hasOtherSpoken: Bool
    ) -> StepNotes {
        let isHalfOpen = state.client == .established && state.server == .synReceived
        let isScan = side == .client && sawSYN && !hasOtherSpoken && isHalfOpen
        let isRefusal = state[side.other] == .synSent && state[side] == .listen && acknowledgesSYN
        state.client = .closed
        state.server = .closed
        guard !outcome.isOver else { return [] }
        outcome = isRefusal ? .refused : isScan ? .halfOpenScan : .reset
        closedBy = side
        phase = .reset
        return isRefusal ? [.reset, .refused] : isScan ? [.reset, .halfOpenScan] : .reset
    }
}

/// What a connection would be had nobody taken a RST: what follows may tell that nobody has.
struct ResetAftermath: BitwiseCopyable {
    private(set) var progress: ConnectionProgress
    /// Who sent the RST, and its relative number.
    private(set) var sender: ConversationSide
    private let number: Int
    /// The relative number after what the other end had sent by then.
    private let otherEnd: Int
    private var hasSenderGoneOn = false
    private var hasReceiverGoneOn = false

    init(_ progress: ConnectionProgress, resetBy sender: ConversationSide, at number: Int, otherEnd: Int) {
        self.progress = progress
        self.sender = sender
        self.number = number
        self.otherEnd = otherEnd
    }

    /// Client and server change places.
    mutating func swapRoles() {
        progress.swapRoles()
        sender = sender.other
    }

    /// Both ends send more. Of the one that sent the RST only what it cannot have sent before tells that.
    var isRevived: Bool { hasSenderGoneOn && hasReceiverGoneOn }

    /// Moves on by a segment that is no RST and no SYN.
    ///
    /// - Parameters:
    ///   - end: the relative number after it.
    ///   - acknowledged: the relative number that it acknowledges; nil without ACK.
    mutating func advance(
        _ side: ConversationSide, _ segment: ConnectionState.Segment, end: Int, acknowledged: Int?
    ) -> StepNotes {
        if side != sender {
            hasReceiverGoneOn = true
        } else if end > number || acknowledged ?? .min > otherEnd {
            hasSenderGoneOn = true
        }
        return progress.advance(side, segment)
    }
}
