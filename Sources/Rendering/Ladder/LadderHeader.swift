// The lines above and below a ladder in text: who talked, how much, and how it ended.

internal import Conversations
internal import PacketDecoding

/// Pieces of text on one line, or on more where the columns run out.
private struct HeaderLine: ~Copyable {
    private var line = ByteBuffer()
    private var piece = ByteBuffer()
    private var column = 0
    private var isAtStart = true
    private let layout: LadderLayout

    init(_ layout: LadderLayout) { self.layout = layout }

    /// Adds what `write` writes, three spaces after what is there.
    mutating func add(separator: Int = 3, _ write: (inout ByteBuffer) -> Void) {
        piece.removeAll()
        write(&piece)
        let columns = min(piece.bytes.columns, layout.columns - 4)
        if !isAtStart && column + separator + columns > layout.columns {
            breakLine()
        } else if !isAtStart {
            line.spaces(separator)
            column += separator
        }
        column += line.append(piece, columns: layout.columns - 4, layout.glyphs)
        isAtStart = false
    }

    private mutating func breakLine() {
        line.write("\n    ")
        column = 4
        isAtStart = true
    }

    /// Adds the totals, which stay together where one line holds them.
    mutating func addTotals(_ conversation: Conversation) {
        let glyphs = layout.glyphs
        var all = ByteBuffer()
        for total in LadderTotal.all(of: conversation) {
            all.spaces(3)
            all.write(total, of: conversation, glyphs)
        }
        if !isAtStart && column + all.bytes.columns > layout.columns { breakLine() }
        for total in LadderTotal.all(of: conversation) {
            add { $0.write(total, of: conversation, glyphs) }
        }
    }

    consuming func finish(to buffer: inout ByteBuffer) {
        buffer.append(line.bytes)
        buffer.write("\n")
    }
}

extension ByteBuffer {
    /// `TCP 0: 127.0.0.1:40110 ⇄ 127.0.0.1:9999   lo   16 packets   21 B →  ← 49 B   no loss`
    mutating func ladderHeader(
        _ conversation: Conversation, interface: String?, showsTotals: Bool, _ layout: LadderLayout
    ) {
        var line = HeaderLine(layout)
        line.add {
            $0.title(of: conversation)
            $0.write(": ")
            $0.endpoint(conversation.key.client)
        }
        line.add(separator: 0) {
            $0.write(layout.glyphs.between)
            $0.endpoint(conversation.key.server)
        }
        if let interface, !interface.isEmpty { line.add { $0.name(interface, columns: 20, layout.glyphs) } }
        if showsTotals { line.addTotals(conversation) }
        line.finish(to: &self)
    }

    /// `16 packets   21 B →  ← 49 B   no loss`
    mutating func ladderTotals(_ conversation: Conversation, _ layout: LadderLayout) {
        var line = HeaderLine(layout)
        line.addTotals(conversation)
        line.finish(to: &self)
    }

    /// `·· closed by client after 3.024 s ····`
    mutating func ladderOutcome(_ conversation: Conversation, isGivenUp: Bool, _ layout: LadderLayout) {
        var title = ByteBuffer()
        title.outcome(of: conversation, isGivenUp: isGivenUp)
        rule(title, layout)
    }

    /// A name that may hold anything, as much of it as fits. No quotes stand around it: backslashes and quotes are as
    /// they are, all else that is not printable is escaped.
    mutating func name(_ text: String, columns: Int, _ glyphs: LadderGlyphs) {
        var text = text
        text.makeContiguousUTF8()
        let bytes = text.utf8Span.span.raw
        var used = 0
        var offset = 0
        // Where the ellipsis goes if not all fits.
        var lastRoom = count
        while offset < bytes.byteCount {
            let unit = EscapedCharacter(in: bytes, at: offset, asciiOnly: glyphs.usesASCII)
            let isPlain = bytes.byte(at: offset) == 0x22 || bytes.byte(at: offset) == 0x5c
            let width = isPlain ? 1 : unit.columns
            guard used + width <= columns else {
                truncate(to: lastRoom)
                return write(glyphs.ellipsis)
            }
            if isPlain { write(byte: bytes.byte(at: offset)) } else { write(unit) }
            used += width
            offset += unit.length
            if used + glyphs.ellipsisColumns <= columns { lastRoom = count }
        }
    }

    /// The line above the lifelines.
    mutating func ladderTitles(_ layout: LadderLayout) {
        write(layout.glyphs.timeTitle)
        write(" CLIENT")
        spaces(layout.stateColumns + layout.arrowColumns - (layout.isNarrow ? 10 : 2))
        write("SERVER\n")
    }
}
