// The lines above and below a ladder: who talked, how much, and how it ended.

internal import Conversations
internal import PacketDecoding

extension ByteBuffer {
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

/// Pieces of text on one line, or on more where the columns run out.
private struct HeaderLine: ~Copyable {
    private var line = ByteBuffer()
    private var piece = ByteBuffer()
    private var column = 0
    private let layout: LadderLayout

    init(_ layout: LadderLayout) { self.layout = layout }

    /// Adds what `write` writes, three spaces after what is there.
    mutating func add(separator: Int = 3, _ write: (inout ByteBuffer) -> Void) {
        piece.removeAll()
        write(&piece)
        let columns = min(piece.bytes.columns, layout.columns - 4)
        if column > 0 && column + separator + columns > layout.columns {
            line.write("\n    ")
            column = 4
        } else if column > 0 {
            line.spaces(separator)
            column += separator
        }
        column += line.append(piece, columns: layout.columns - 4, layout)
    }

    consuming func finish(to buffer: inout ByteBuffer) {
        buffer.append(line.bytes)
        buffer.write("\n")
    }
}

extension ByteBuffer {
    /// `127.0.0.1:40110 ⇄ 127.0.0.1:9999   lo   16 packets   21 B →  ← 49 B   no loss`
    mutating func ladderHeader(
        _ conversation: Conversation, interface: String?, showsTotals: Bool, _ layout: LadderLayout
    ) {
        var line = HeaderLine(layout)
        line.add { $0.endpoint(conversation.key.client) }
        line.add(separator: 0) {
            $0.write(layout.between)
            $0.endpoint(conversation.key.server)
        }
        if conversation.key.transport == .udp { line.add { $0.write("UDP") } }
        if let interface, !interface.isEmpty { line.add { $0.name(interface, columns: 20, layout) } }
        if showsTotals { line.addTotals(conversation, layout) }
        line.finish(to: &self)
    }

    /// `16 packets   21 B →  ← 49 B   no loss`
    mutating func ladderTotals(_ conversation: Conversation, _ layout: LadderLayout) {
        var line = HeaderLine(layout)
        line.addTotals(conversation, layout)
        line.finish(to: &self)
    }

    private mutating func name(_ text: String, columns: Int, _ layout: LadderLayout) {
        var text = text
        text.makeContiguousUTF8()
        _ = escaped(text.utf8Span.span.raw, columns: columns, asciiOnly: layout.usesASCII)
    }
}

extension HeaderLine {
    fileprivate mutating func addTotals(_ conversation: Conversation, _ layout: LadderLayout) {
        add { $0.count(conversation.packets, "packet", "packets") }
        add {
            $0.byteSize(conversation.client.bytes)
            $0.write(layout.toServer)
            $0.write("  ")
            $0.write(layout.toClient)
            $0.byteSize(conversation.server.bytes)
        }
        guard conversation.key.transport == .tcp else { return }
        let retransmissions = conversation.client.retransmissions + conversation.server.retransmissions
        add {
            if retransmissions == 0 {
                $0.write("no loss")
            } else {
                $0.count(retransmissions, "retransmission", "retransmissions")
            }
        }
    }
}

extension ByteBuffer {
    /// `·· closed by client after 3.024 s ····`
    mutating func ladderOutcome(_ conversation: Conversation, _ layout: LadderLayout) {
        var title = ByteBuffer()
        switch conversation.outcome {
        case .open:
            title.write(
                conversation.key.transport == .udp ? "ended with the capture" : "still open at the end of the capture")
        case .halfClosed: title.write("half closed")
        case .closed: title.write("closed")
        case .reset: title.write("reset")
        case .refused: title.write("refused")
        }
        if conversation.outcome != .open, let side = conversation.closedBy {
            title.write(side == .client ? " by client" : " by server")
        }
        if conversation.outcome == .halfClosed { title.write(" at the end of the capture") }
        if let first = conversation.firstTime, let last = conversation.lastTime {
            title.write(conversation.outcome == .open ? ", lasted " : " after ")
            title.duration(last.nanoseconds(since: first))
        }
        rule(title, layout)
    }
}
