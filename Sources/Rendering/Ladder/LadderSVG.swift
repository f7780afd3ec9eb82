// A ladder as a picture: the rows of one conversation in SVG 1.1, in user units of a pixel.
//
//   |  Δ ms | state |client ────▶ server| state | remarks |

internal import Conversations
internal import PacketDecoding

/// Where things lie in a picture, in pixels.
enum LadderSVGLayout {
    static let width = 1040
    static let margin = 12
    /// Right edge of the times.
    static let time = 80
    static let client = 200
    static let server = 700
    static let remarks = 816
    /// A row: the words on the arrow, and the arrow.
    static let row = 30
    /// How much further down an arrow ends than it begins.
    static let slope = 7
    static let line = 15
    /// Columns of the 12 pixel fixed-width font that fit on an arrow, and in the column of remarks.
    static let labelColumns = 60
    static let remarkColumns = 30
}

/// Rows of a ladder as shapes, which it collects from the top down: bands of phases lie under the lifelines, those
/// under the arrows.
struct LadderSVG: LadderCanvas, ~Copyable {
    private typealias Layout = LadderSVGLayout
    private let glyphs = LadderGlyphs(usesASCII: false)

    /// Where the next row begins.
    private var y = 0
    private var bands = ByteBuffer()
    private var shapes = ByteBuffer()
    /// The phase that is being drawn, and where it began.
    private var phase: ConversationPhase?
    private var phaseTop = 0
    /// The server's state before the first arrow is still to be drawn.
    private var isListening = false

    /// Writes what was drawn; nothing may be drawn after.
    ///
    /// - Returns: the height that it takes.
    mutating func finish(to buffer: inout ByteBuffer) -> Int {
        endPhase()
        buffer.append(bands.bytes)
        for x in [Layout.client, Layout.server] {
            buffer.write("<path class=\"l\" d=\"M")
            buffer.decimal(x)
            buffer.write(" 0V")
            buffer.decimal(y)
            buffer.write("\"/>\n")
        }
        buffer.append(shapes.bytes)
        return y
    }

    mutating func listen() {
        isListening = true
    }

    mutating func heading(_ heading: LadderHeading) {
        endPhase()
        phaseTop = y
        if case .phase(let phase, _, _, _) = heading { self.phase = phase }
        var title = ByteBuffer()
        title.write(heading)
        shapes.svgText(x: (Layout.client + Layout.server) / 2, y: y + 17, "m h", title.bytes)
        if isListening { state(.listen, .server, at: y + 13) }
        isListening = false
        y += 24
    }

    mutating func fold(_ fold: LadderFold) {
        var words = ByteBuffer()
        words.write(fold, glyphs)
        time(fold.elapsed, at: y + 25)
        shapes.write("<rect class=\"f\" x=\"")
        shapes.decimal(Layout.client + 24)
        shapes.write("\" y=\"")
        shapes.decimal(y + 7)
        shapes.write("\" width=\"")
        shapes.decimal(Layout.server - Layout.client - 48)
        shapes.write("\" height=\"28\" rx=\"6\"/>\n")
        shapes.svgText(x: (Layout.client + Layout.server) / 2, y: y + 25, "m", words.bytes)
        y += 42
    }

    mutating func row(_ row: LadderRow, client: TCPState?, server: TCPState?, remarks: [LadderRemark]) {
        // A silence is seen.
        let step = row.step
        y += step.sincePrevious >= 1_000_000_000 ? 24 : step.sincePrevious >= 100_000_000 ? 12 : 0
        let isWarning = step.notes.contains(.icmpError) || remarks.contains { $0.isWarning }
        arrow(from: step.side, isWarning: isWarning)
        var label = ByteBuffer()
        // An IPv6 address and a reason are longer than any other label; nothing stands beside them.
        label.ladderLabel(
            row, room: step.notes.contains(.icmpError) ? LadderRow.previewCapacity : Layout.labelColumns, glyphs)
        shapes.svgText(x: (Layout.client + Layout.server) / 2, y: y + 14, "m", label.bytes)
        if step.timestamp == nil {
            var dash = ByteBuffer(capacity: 16)
            dash.write("-")
            shapes.svgText(x: Layout.time, y: y + 23, "e", dash.bytes)
        } else {
            time(step.sincePrevious, at: y + 23)
        }
        let (top, bottom) = (y + 18, y + 18 + Layout.slope)
        if let client { state(client, .client, at: step.side == .client ? top : bottom) }
        if let server { state(server, .server, at: step.side == .server ? top : bottom) }
        y += Layout.row + write(remarks) * Layout.line
    }

    /// - Returns: how many lines more than one it took.
    private mutating func write(_ remarks: [LadderRemark]) -> Int {
        var lines = 0
        for remark in remarks {
            var words = ByteBuffer()
            words.write(remark)
            shapes.svgText(
                x: Layout.remarks, y: y + 23 + lines * Layout.line, remark.isWarning ? "w" : nil, words.bytes)
            lines += 1
        }
        return max(0, lines - 1)
    }

    private mutating func time(_ nanoseconds: Int64, at baseline: Int) {
        var text = ByteBuffer(capacity: 16)
        text.milliseconds(nanoseconds)
        shapes.svgText(x: Layout.time, y: baseline, "e", text.bytes)
    }

    /// The name of a state beside its lifeline, and a dot where it begins.
    private mutating func state(_ state: TCPState, _ side: ConversationSide, at y: Int) {
        let x = side == .client ? Layout.client : Layout.server
        var name = ByteBuffer(capacity: 16)
        name.write(state.name)
        shapes.write("<circle class=\"")
        shapes.write(side == .client ? "c" : "s")
        shapes.write("\" cx=\"")
        shapes.decimal(x)
        shapes.write("\" cy=\"")
        shapes.decimal(y)
        shapes.write("\" r=\"3\"/>\n")
        shapes.svgText(x: side == .client ? x - 10 : x + 10, y: y + 4, side == .client ? "e" : nil, name.bytes)
    }

    private mutating func arrow(from side: ConversationSide, isWarning: Bool) {
        let (start, end, back) =
            side == .client
            ? (Layout.client, Layout.server, -10) : (Layout.server, Layout.client, 10)
        shapes.write("<path class=\"")
        shapes.write(isWarning ? "a x" : side == .client ? "a c" : "a s")
        shapes.write("\" d=\"M")
        shapes.decimal(start)
        shapes.write(" ")
        shapes.decimal(y + 18)
        shapes.write("L")
        shapes.decimal(end + back)
        shapes.write(" ")
        shapes.decimal(y + 18 + Layout.slope)
        // The head, which lies along the slope closely enough.
        shapes.write("m0 -4L")
        shapes.decimal(end)
        shapes.write(" ")
        shapes.decimal(y + 18 + Layout.slope)
        shapes.write("l")
        shapes.decimal(back)
        shapes.write(" 4")
        shapes.write("z\"/>\n")
    }

    /// Draws the band under the phase that ends here.
    private mutating func endPhase() {
        guard let phase = phase.take(), y > phaseTop else { return }
        bands.write("<rect class=\"")
        switch phase {
        case .handshake: bands.write("b0")
        case .data: bands.write("b1")
        case .teardown: bands.write("b2")
        case .reset: bands.write("b3")
        }
        bands.write("\" x=\"")
        bands.decimal(Layout.margin)
        bands.write("\" y=\"")
        bands.decimal(phaseTop)
        bands.write("\" width=\"")
        bands.decimal(Layout.width - 2 * Layout.margin)
        bands.write("\" height=\"")
        bands.decimal(y - phaseTop + 2)
        bands.write("\" rx=\"4\"/>\n")
        y += 8
    }
}

extension ByteBuffer {
    /// A text element; `style` is one or more of the picture's classes.
    mutating func svgText(x: Int, y: Int, _ style: StaticString?, _ words: RawSpan) {
        write("<text x=\"")
        decimal(x)
        write("\" y=\"")
        decimal(y)
        if let style {
            write("\" class=\"")
            write(style)
        }
        write("\">")
        xml(words)
        write("</text>\n")
    }

    /// Text as XML 1.0 character data, also within quotes. Of its characters only printable ones come in; what XML does
    /// not allow would end up as a question mark.
    mutating func xml(_ text: RawSpan) {
        for offset in 0..<text.byteCount {
            switch text.byte(at: offset) {
            case 0x26: write("&amp;")
            case 0x3c: write("&lt;")
            case 0x3e: write("&gt;")
            case 0x22: write("&quot;")
            case ..<0x20, 0x7f: write("?")
            case let byte: write(byte: byte)
            }
        }
    }
}
