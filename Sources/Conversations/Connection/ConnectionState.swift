import PacketDecoding

// The TCP state machine (RFC 9293 section 3.3.2, figure 5), both ends at once, from what passes between them.
//
// A segment counts as received the moment it is seen. Where that can't have been so (both ends sent a SYN, or a FIN,
// before they had the other's) the next segments tell: RFC 9293 figures 8 and 13.

/// The states of both ends of a connection.
struct ConnectionState: BitwiseCopyable, Hashable {
    /// What a segment means to the connection.
    struct Segment: BitwiseCopyable {
        var flags: TCPFlags
        /// It carries payload.
        var hasPayload = false
        /// Its acknowledgment number covers the receiver's SYN.
        var acknowledgesSYN = false
        /// It covers more than the receiver's SYN and what that carried: the sender has received data, or a FIN.
        var acknowledgesMore = false
        /// It covers the receiver's FIN, which has been seen.
        var acknowledgesFIN = false
        /// The receiver has acknowledged something before.
        var answersTraffic = false
    }

    var client: TCPState = .unknown
    var server: TCPState = .unknown

    subscript(side: ConversationSide) -> TCPState {
        get { side == .client ? client : server }
        set { if side == .client { client = newValue } else { server = newValue } }
    }

    /// There is no connection, or none is known: a SYN can begin one.
    var isAbsent: Bool { client == server && (client == .unknown || client == .closed) }

    var isEstablished: Bool { client == .established && server == .established }

    /// Both ends have got a SYN and its acknowledgment; what has closed since counts.
    var hasBeenEstablished: Bool { client.hasBeenEstablished && server.hasBeenEstablished }

    /// Moves both ends on by one segment that its receiver takes, and that is no RST.
    ///
    /// - Returns: what it was for the connection: any of `handshakeComplete`, `firstFIN`, `halfClosedData` and `closed`.
    mutating func advance(_ side: ConversationSide, _ segment: Segment) -> StepNotes {
        let wasEstablished = isEstablished
        let began = self[side] == .synReceived || self[side.other] == .synReceived || self[side] == .synSent
        var notes: StepNotes = []
        if segment.flags.contains(.syn) {
            synchronize(side, segment)
        } else if segment.flags.contains(.ack) {
            acknowledge(side, segment, &notes)
        }
        if began && !wasEstablished && isEstablished { notes.insert(.handshakeComplete) }
        if segment.hasPayload && self[side] == .closeWait { notes.insert(.halfClosedData) }
        if segment.flags.contains(.fin) { finish(side, &notes) }
        return notes
    }

    private mutating func synchronize(_ side: ConversationSide, _ segment: Segment) {
        let receiver = self[side.other]
        guard segment.flags.contains(.ack) else {
            if isAbsent {
                self[side] = .synSent
                self[side.other] = .listen
            } else if self[side] == .listen && receiver == .synSent {
                // Simultaneous open (section 3.5, figure 8).
                self[side] = .synSent
                self[side.other] = .synReceived
            }
            return
        }
        switch self[side] {
        case .unknown, .listen: self[side] = .synReceived
        case .synSent where receiver == .synReceived: self[side] = .synReceived
        default: break
        }
        if segment.acknowledgesSYN && (receiver == .synSent || receiver == .synReceived || receiver == .unknown) {
            self[side.other] = .established
        }
    }

    private mutating func acknowledge(_ side: ConversationSide, _ segment: Segment, _ notes: inout StepNotes) {
        switch self[side] {
        case .unknown where segment.answersTraffic && self[side.other] == .unknown:
            // Both ends have acknowledged something, so both are synchronized. A FIN from before the capture
            // can't be excluded; without one they are established.
            self[side] = .established
            self[side.other] = .established
        // Only an end that got what completes the handshake goes on like this, even if that was not captured.
        case .synSent where segment.acknowledgesSYN, .synReceived where segment.acknowledgesMore:
            self[side] = .established
        default: break
        }
        switch self[side.other] {
        case .synReceived where segment.acknowledgesSYN: self[side.other] = .established
        case .listen where self[side] == .established: self[side.other] = .established
        case .finWait1 where segment.acknowledgesFIN: self[side.other] = .finWait2
        case .closing where segment.acknowledgesFIN:
            self[side.other] = .timeWait
            if self[side] == .timeWait { notes.insert(.closed) }
        case .lastAck where segment.acknowledgesFIN:
            self[side.other] = .closed
            notes.insert(.closed)
        default: break
        }
    }

    private mutating func finish(_ side: ConversationSide, _ notes: inout StepNotes) {
        switch (self[side], self[side.other]) {
        case (.closeWait, .finWait2):
            self[side] = .lastAck
            self[side.other] = .timeWait
        case (.closeWait, .finWait1):
            // It closes without having seen the other's FIN: simultaneous close (section 3.6, figure 13).
            self[side] = .closing
            self[side.other] = .closing
        case (.established, let receiver), (.synReceived, let receiver), (.unknown, let receiver):
            guard receiver == .established || receiver == .synReceived || receiver == .unknown else { return }
            self[side] = .finWait1
            self[side.other] = .closeWait
            notes.insert(.firstFIN)
        default:
            break
        }
    }
}

extension TCPState {
    fileprivate var hasBeenEstablished: Bool {
        switch self {
        case .unknown, .closed, .listen, .synSent, .synReceived: false
        case .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait: true
        }
    }
}
