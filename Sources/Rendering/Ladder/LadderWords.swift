// What a ladder says, whatever it is drawn on.

public import Conversations
internal import PacketDecoding

extension ByteBuffer {
    mutating func write(_ heading: LadderHeading) {
        switch heading {
        case .midstream: write("the capture begins in the middle of this conversation")
        case .phase(.handshake, _, _, _): write("handshake")
        case .phase(.data, let application, _, _): write(application?.name ?? "data")
        case .phase(.teardown, _, let side, _):
            write("teardown")
            if let side { write(side == .client ? ": client closes first" : ": server closes first") }
        case .phase(.reset, _, let side, let notes):
            write(
                notes.contains(.refused)
                    ? "refused" : notes.contains(.halfOpenScan) ? "open port, half-open scan" : "reset")
            if let side { write(side == .client ? " by client" : " by server") }
        }
    }

    /// `… 4,312 segments, 6.1 MB, 2 retransmissions …`
    mutating func write(_ fold: LadderFold, _ glyphs: LadderGlyphs) {
        write(glyphs.ellipsis)
        write(" ")
        if fold.transport == .udp {
            count(fold.packets, "datagram", "datagrams")
        } else {
            count(fold.packets, "segment", "segments")
        }
        write(", ")
        byteSize(fold.bytes)
        for (trouble, number) in zip(LadderFold.troubles, fold.counts) where number > 0 {
            write(", ")
            count(number, trouble.one, trouble.more)
        }
        write(" ")
        write(glyphs.ellipsis)
    }

    /// `closed by client after 3.024 s`; of what the table has given up `still open when given up, lasted 3.024 s`.
    mutating func outcome(of conversation: Conversation, isGivenUp: Bool = false) {
        let outcome = conversation.outcome
        let end: StaticString = isGivenUp ? "when given up" : "at the end of the capture"
        switch outcome {
        case .open:
            guard conversation.key.transport == .tcp || isGivenUp else {
                write("ended with the capture")
                break
            }
            write("still open ")
            write(end)
        case .unanswered:
            write("unanswered ")
            write(end)
        case .unfinished:
            write("handshake unfinished ")
            write(end)
        case .halfClosed: write("half closed")
        case .closed: write("closed")
        case .reset: write("reset")
        case .refused: write("refused")
        case .halfOpenScan: write("open port, half-open scan")
        case .replaced: write("replaced by a new SYN")
        }
        let isOver = conversation.isOver
        if isOver && outcome != .replaced || outcome == .halfClosed, let side = conversation.closedBy {
            write(side == .client ? " by client" : " by server")
        }
        if outcome == .halfClosed {
            write(" ")
            write(end)
        }
        if let first = conversation.firstTime, let last = conversation.lastTime {
            write(isOver || outcome == .halfClosed ? " after " : ", lasted ")
            duration(last.nanoseconds(since: first))
        }
    }

    /// `TCP 0`: the number is what `--stream` takes.
    mutating func title(of conversation: Conversation) {
        write(conversation.key.transport == .tcp ? "TCP " : "UDP ")
        decimal(conversation.number)
    }

    /// `10.0.0.254: host unreachable`: which router says so, and why. Where the packet's destination does, its side is
    /// named: `server: port unreachable`.
    ///
    /// - Parameter side: who the packet was bound for that the error is about.
    public mutating func error(_ error: ReportedError, to side: ConversationSide) {
        if error.isFromDestination { write(side.name) } else { address(error.source) }
        write(": ")
        error.writeReason(to: &self)
    }

    mutating func endpoint(_ endpoint: Endpoint) {
        switch endpoint.address {
        case .v4(let address): self.address(address)
        case .v6(let address):
            write("[")
            self.address(address)
            write("]")
        }
        write(":")
        decimal(endpoint.port)
    }
}

/// What is said of a whole conversation, a piece at a time.
enum LadderTotal: CaseIterable {
    case packets, bytes, losses

    /// The pieces there are to say of a conversation.
    static func all(of conversation: Conversation) -> [LadderTotal] {
        conversation.key.transport == .tcp ? allCases : [.packets, .bytes]
    }
}

extension ByteBuffer {
    mutating func write(_ total: LadderTotal, of conversation: Conversation, _ glyphs: LadderGlyphs) {
        switch total {
        case .packets:
            count(conversation.packets, "packet", "packets")
            if conversation.copies > 0 {
                write(", ")
                grouped(conversation.copies)
                write(conversation.copies == 1 ? " copy" : " copies")
            }
            guard conversation.icmpErrors > 0 else { return }
            write(" and ")
            count(conversation.icmpErrors, "ICMP error", "ICMP errors")
        case .bytes:
            byteSize(conversation.client.bytes)
            write(glyphs.toServer)
            write("  ")
            write(glyphs.toClient)
            byteSize(conversation.server.bytes)
        case .losses:
            let (client, server) = (conversation.client, conversation.server)
            let losses: [(count: Int, one: StaticString, more: StaticString)] = [
                (conversation.undelivered, "undelivered packet", "undelivered packets"),
                (client.retransmissions + server.retransmissions, "retransmission", "retransmissions"),
                (client.lostSegments + server.lostSegments, "lost segment", "lost segments"),
                (
                    client.acknowledgedLostSegments + server.acknowledgedLostSegments, "ACK of lost segments",
                    "ACKs of lost segments"
                ),
            ].filter { $0.count > 0 }
            if losses.isEmpty {
                write(
                    conversation.outcome == .unanswered
                        ? "no answer" : conversation.isOneSided ? "only one side captured" : "no loss")
            }
            for (index, loss) in losses.enumerated() {
                if index > 0 { write(", ") }
                count(loss.count, loss.one, loss.more)
            }
        }
    }
}

extension Conversation {
    /// Whether the capture lacks all of what one side said, though the other answers to it.
    fileprivate var isOneSided: Bool {
        (client.packets == 0 || server.packets == 0) && !completeness.isSubset(of: [.syn, .rst])
    }
}
