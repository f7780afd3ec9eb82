// Where the columns of a ladder lie.
//
//   |<- 8 ->| |<-- 12 -->|<- arrow ->|  |<-- right -->|
//     0.744   ESTABLISHED│◀─SYN,ACK──│   SYN-RECEIVED  remarks

internal import PacketDecoding

/// How ladders look.
public struct LadderOptions: Sendable {
    /// Terminal columns that no line exceeds; values below 80 count as 80.
    public var columns = 80
    /// Nothing beyond ASCII; other characters in payloads are escaped.
    public var usesASCII = false
    /// Colours by ANSI escape sequences (ECMA-48 SGR).
    public var usesColor = false
    /// Shows every row instead of folding long runs; memory then grows with the capture.
    public var isFull = false

    public init() {}
}

/// The widths and glyphs that follow from the options.
struct LadderLayout {
    static let timeColumns = 8
    static let stateColumns = 12

    let columns: Int
    /// Between the lifelines.
    let arrowColumns: Int
    /// For the server's state and remarks, after the second lifeline and two spaces.
    let rightColumns: Int
    let usesASCII, usesColor: Bool

    init(_ options: LadderOptions) {
        columns = max(80, options.columns)
        // At 80 columns a remark fits beside the arrow or beneath the state; then room for both, then for payload.
        rightColumns = 22 + min((columns - 80) / 2, 26)
        arrowColumns = columns - rightColumns - Self.timeColumns - 1 - Self.stateColumns - 4
        usesASCII = options.usesASCII
        usesColor = options.usesColor
    }

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
    mutating func append(_ text: borrowing ByteBuffer, columns limit: Int, _ layout: LadderLayout) -> Int {
        let columns = text.bytes.columns
        guard columns > limit else {
            append(text.bytes)
            return columns
        }
        let kept = text.bytes.clipped(
            from: 0, to: text.bytes.byteCount(ofColumns: max(0, limit - layout.ellipsisColumns)))
        append(kept)
        write(layout.ellipsis)
        return kept.columns + layout.ellipsisColumns
    }

    /// `·· title ······`, to the last column.
    mutating func rule(_ title: borrowing ByteBuffer, _ layout: LadderLayout) {
        begin(.dim, layout)
        write(" ")
        repeated(layout.rule, 2)
        write(" ")
        let used = append(title, columns: layout.columns - 8, layout)
        write(" ")
        repeated(layout.rule, layout.columns - used - 5)
        end(.dim, layout)
        write("\n")
    }

    /// Nanoseconds as milliseconds in at most ``LadderLayout/timeColumns`` columns: fewer decimals as they grow, then
    /// hours, days, years.
    mutating func milliseconds(_ nanoseconds: Int64) {
        let magnitude = nanoseconds.magnitude
        if nanoseconds < 0 { write("-") }
        let microseconds = magnitude / 1000
        // A sign takes the place of a digit.
        let scaled = nanoseconds < 0 ? microseconds * 10 : microseconds
        switch scaled {
        case ..<10_000_000: fixed(microseconds, decimals: 3)
        case ..<100_000_000: fixed(microseconds / 10, decimals: 2)
        case ..<1_000_000_000: fixed(microseconds / 100, decimals: 1)
        case ..<100_000_000_000: decimal(microseconds / 1000)
        default:
            let hours = microseconds / 3_600_000_000
            let days = hours / 24
            decimal(hours < 10_000 ? hours : days < 10_000 ? days : days / 365)
            write(hours < 10_000 ? " h" : days < 10_000 ? " d" : " y")
        }
    }

    /// A duration in words of its own: `0.763 ms`, `1.001 s`.
    mutating func duration(_ nanoseconds: Int64) {
        let microseconds = nanoseconds / 1000
        if microseconds < 0 { write("-") }
        let magnitude = microseconds.magnitude
        if magnitude < 1_000_000 {
            fixed(UInt64(magnitude), decimals: 3)
            write(" ms")
        } else if magnitude < 1_000_000_000 {
            fixed(UInt64(magnitude) / 1000, decimals: 3)
            write(" s")
        } else {
            decimal(UInt64(magnitude) / 1_000_000)
            write(" s")
        }
    }

    /// `value` with its last `decimals` digits behind a point.
    private mutating func fixed(_ value: UInt64, decimals: Int) {
        var divisor: UInt64 = 1
        for _ in 0..<decimals { divisor *= 10 }
        decimal(value / divisor)
        write(".")
        decimal(value % divisor, digits: decimals)
    }

    /// `21 B`, `6.1 MB`: powers of a thousand.
    mutating func byteSize(_ bytes: Int) {
        var value = UInt64(bytes.magnitude)
        guard value >= 1000 else {
            decimal(bytes)
            return write(" B")
        }
        var unit = 0
        while value >= 1_000_000 && unit < 3 {
            value /= 1000
            unit += 1
        }
        fixed(value / 100, decimals: 1)
        write(" ")
        write(unit == 0 ? "kB" : unit == 1 ? "MB" : unit == 2 ? "GB" : "TB")
    }

    mutating func count(_ value: Int, _ singular: StaticString, _ plural: StaticString) {
        grouped(value)
        write(" ")
        write(value == 1 ? singular : plural)
    }
}
