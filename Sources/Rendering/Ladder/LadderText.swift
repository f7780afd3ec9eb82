// A ladder in lines of text.

internal import Conversations
internal import PacketDecoding

/// Rows of a ladder as lines, which it collects.
struct LadderText: LadderCanvas, ~Copyable {
    private let layout: LadderLayout
    private var hasPhase = false
    private(set) var lines = ByteBuffer()

    init(_ layout: LadderLayout) { self.layout = layout }

    /// Moves the lines to `buffer`.
    mutating func drain(to buffer: inout ByteBuffer) {
        buffer.append(lines.bytes)
        lines.removeAll()
    }

    mutating func listen() {
        guard !layout.isNarrow else { return writeStates(client: nil, server: .listen) }
        writeLifelines()
        lines.write("  ")
        lines.write(TCPState.listen.name)
        lines.write("\n")
    }

    mutating func heading(_ heading: LadderHeading) {
        if case .phase(let phase, _, _, _) = heading {
            defer { hasPhase = true }
            // Where a ladder begins with a handshake the arrows say so.
            if phase == .handshake && !hasPhase { return }
        }
        var title = ByteBuffer()
        title.write(heading)
        lines.rule(title, layout)
    }

    mutating func fold(_ fold: LadderFold) {
        var text = ByteBuffer()
        text.write(" ")
        text.write(fold, layout.glyphs)
        writeTime(fold.elapsed)
        lines.spaces(layout.stateColumns + 1)
        lines.write(layout.glyphs.lifeline)
        let used = lines.append(text, columns: layout.columns - layout.leftColumns - 1, layout.glyphs)
        if used <= layout.arrowColumns {
            lines.spaces(layout.arrowColumns - used)
            lines.write(layout.glyphs.lifeline)
        }
        lines.write("\n")
    }

    mutating func row(_ row: LadderRow, client: TCPState?, server: TCPState?, remarks: [LadderRemark]) {
        if row.step.notes.contains(.icmpError), row.preview.columns > layout.arrowColumns - 4 {
            // A long address leaves the reason no room on the arrow.
            var words = ByteBuffer()
            _ = words.escaped(row.preview, columns: layout.columns, asciiOnly: layout.glyphs.usesASCII)
            lines.rule(words, layout)
        }
        if row.step.timestamp == nil {
            lines.spaces(LadderLayout.timeColumns - 1)
            lines.write("-")
        } else {
            writeTime(row.step.sincePrevious)
        }
        lines.write(" ")
        if layout.isNarrow {
            writeArrow(row)
            lines.write("\n")
            if client != nil || server != nil { writeStates(client: client, server: server) }
            for remark in remarks { writeBeneath(remark) }
            return
        }
        if let client { lines.write(client.name) }
        lines.spaces(layout.stateColumns - (client?.name.utf8CodeUnitCount ?? 0))
        writeArrow(row)
        var used = 0
        if let server {
            lines.write("  ")
            lines.write(server.name)
            used = server.name.utf8CodeUnitCount
        }
        for remark in remarks { used = write(remark, after: used) }
        lines.write("\n")
    }

    /// A time in the first column, to its right edge.
    private mutating func writeTime(_ nanoseconds: Int64) {
        var text = ByteBuffer(capacity: 16)
        text.milliseconds(nanoseconds)
        lines.spaces(LadderLayout.timeColumns - text.count)
        lines.append(text.bytes)
    }

    /// Both lifelines and the arrow between them.
    private mutating func writeArrow(_ row: LadderRow) {
        var label = ByteBuffer()
        let room = layout.arrowColumns - 4
        let glyphs = layout.glyphs
        label.ladderLabel(row, room: room, glyphs)
        let isFromClient = row.step.side == .client
        let color: LadderColor = isFromClient ? .client : .server
        lines.write(glyphs.lifeline)
        lines.begin(color, layout)
        if isFromClient { lines.repeated(glyphs.shaft, 2) } else { lines.write(glyphs.leftHead) }
        if !isFromClient { lines.write(glyphs.shaft) }
        let used = lines.append(label, columns: room, layout.glyphs)
        lines.repeated(glyphs.shaft, layout.arrowColumns - used - (isFromClient ? 3 : 2))
        if isFromClient { lines.write(glyphs.rightHead) }
        lines.end(color, layout)
        lines.write(glyphs.lifeline)
    }

    /// The lifelines with nothing between them.
    private mutating func writeLifelines() {
        lines.spaces(layout.leftColumns)
        lines.write(layout.glyphs.lifeline)
        lines.spaces(layout.arrowColumns)
        lines.write(layout.glyphs.lifeline)
    }

    /// Writes a remark beside what is there, or on a line of its own; returns the columns used of its column.
    private mutating func write(_ remark: LadderRemark, after used: Int) -> Int {
        var text = ByteBuffer()
        text.write(remark)
        if used > 0 && used + 2 + text.bytes.columns > layout.rightColumns {
            lines.write("\n")
            writeLifelines()
            return write(remark, after: 0)
        }
        lines.write("  ")
        let color: LadderColor? = remark.isWarning ? .warning : nil
        lines.begin(color, layout)
        let columns = lines.append(text, columns: layout.rightColumns, layout.glyphs)
        lines.end(color, layout)
        return used + (used > 0 ? 2 : 0) + columns
    }
}

/// Where the terminal is too narrow for states and remarks beside the arrow.
extension LadderText {
    /// Each state beneath the end of the arrow that it belongs to.
    private mutating func writeStates(client: TCPState?, server: TCPState?) {
        lines.spaces(layout.leftColumns)
        lines.write(layout.glyphs.lifeline)
        if let client { lines.write(client.name) }
        let used = (client?.name.utf8CodeUnitCount ?? 0) + (server?.name.utf8CodeUnitCount ?? 0)
        lines.spaces(layout.arrowColumns - used)
        if let server { lines.write(server.name) }
        lines.write(layout.glyphs.lifeline)
        lines.write("\n")
    }

    private mutating func writeBeneath(_ remark: LadderRemark) {
        var text = ByteBuffer()
        text.write(remark)
        lines.spaces(layout.leftColumns)
        lines.write(layout.glyphs.lifeline)
        lines.write("  ")
        let color: LadderColor? = remark.isWarning ? .warning : nil
        lines.begin(color, layout)
        let used = lines.append(text, columns: layout.arrowColumns - 3, layout.glyphs)
        lines.end(color, layout)
        lines.spaces(layout.arrowColumns - used - 2)
        lines.write(layout.glyphs.lifeline)
        lines.write("\n")
    }
}
