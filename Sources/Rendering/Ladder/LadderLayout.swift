// Where the columns of a ladder lie.
//
//   |<- 8 ->| |<-- 12 -->|<- arrow ->|  |<-- right -->|
//     0.744   ESTABLISHED│◀─SYN,ACK──│   SYN-RECEIVED  remarks

internal import PacketDecoding

/// The characters that ladders are made of.
struct LadderGlyphs {
    let usesASCII: Bool

    var lifeline: StaticString { usesASCII ? "|" : "│" }
    var shaft: StaticString { usesASCII ? "-" : "─" }
    var rightHead: StaticString { usesASCII ? ">" : "▶" }
    var leftHead: StaticString { usesASCII ? "<" : "◀" }
    var rule: StaticString { usesASCII ? "." : "·" }
    var ellipsis: StaticString { usesASCII ? "..." : "…" }
    var ellipsisColumns: Int { usesASCII ? 3 : 1 }
    var timeTitle: StaticString { usesASCII ? "      ms" : "    Δ ms" }
    var between: StaticString { usesASCII ? " <-> " : " ⇄ " }
    var toServer: StaticString { usesASCII ? " ->" : " →" }
    var toClient: StaticString { usesASCII ? "<- " : "← " }
}

/// The widths and glyphs that follow from the options.
struct LadderLayout {
    static let timeColumns = 8

    let columns: Int
    /// For the client's state, before the first lifeline; 0 where states stand beneath the arrows.
    let stateColumns: Int
    /// Between the lifelines.
    let arrowColumns: Int
    /// For the server's state and remarks, after the second lifeline and two spaces; 0 like ``stateColumns``.
    let rightColumns: Int
    let glyphs: LadderGlyphs
    let usesColor: Bool

    init(_ options: LadderOptions) {
        columns = max(40, options.columns)
        glyphs = LadderGlyphs(usesASCII: options.usesASCII)
        usesColor = options.usesColor
        // Two names of states beside the lifelines would leave the arrow no room for words.
        guard columns >= 72 else {
            stateColumns = 0
            rightColumns = 0
            arrowColumns = columns - Self.timeColumns - 3
            return
        }
        stateColumns = 12
        // At 80 columns a remark fits beside the arrow or beneath the state; then room for both, then for payload.
        rightColumns = 22 + min(max(0, columns - 80) / 2, 26)
        arrowColumns = columns - rightColumns - Self.timeColumns - 1 - stateColumns - 4
    }

    /// Whether states and remarks stand beneath the arrows.
    var isNarrow: Bool { rightColumns == 0 }
    /// Columns before the first lifeline.
    var leftColumns: Int { Self.timeColumns + 1 + stateColumns }
}

/// Colours of a ladder.
enum LadderColor {
    case client, server, warning, dim

    var sequence: StaticString {
        switch self {
        case .client: "\u{1b}[36m"
        case .server: "\u{1b}[33m"
        case .warning: "\u{1b}[31m"
        case .dim: "\u{1b}[2m"
        }
    }
}

extension ByteBuffer {
    mutating func begin(_ color: LadderColor?, _ layout: LadderLayout) {
        if layout.usesColor, let color { write(color.sequence) }
    }

    mutating func end(_ color: LadderColor?, _ layout: LadderLayout) {
        if layout.usesColor && color != nil { write("\u{1b}[0m") }
    }

    /// Appends text of our own, cut to `limit` columns; returns the columns used.
    mutating func append(_ text: borrowing ByteBuffer, columns limit: Int, _ glyphs: LadderGlyphs) -> Int {
        let columns = text.bytes.columns
        guard columns > limit else {
            append(text.bytes)
            return columns
        }
        let kept = text.bytes.clipped(
            from: 0, to: text.bytes.byteCount(ofColumns: max(0, limit - glyphs.ellipsisColumns)))
        append(kept)
        write(glyphs.ellipsis)
        return kept.columns + glyphs.ellipsisColumns
    }

    /// `·· title ······`, to the last column.
    mutating func rule(_ title: borrowing ByteBuffer, _ layout: LadderLayout) {
        begin(.dim, layout)
        write(" ")
        repeated(layout.glyphs.rule, 2)
        write(" ")
        let used = append(title, columns: layout.columns - 8, layout.glyphs)
        write(" ")
        repeated(layout.glyphs.rule, layout.columns - used - 5)
        end(.dim, layout)
        write("\n")
    }
}
