public import Conversations
internal import PacketDecoding

/// Ladders as one picture: an SVG document that stands alone, without fonts, scripts or references to anything, on a
/// light or a dark ground as the reader's system prefers.
///
///     var picture = LadderPicture()
///     picture.add(step, preview: payload)
///     …
///     picture.draw(conversation)      // each, in the order wanted
///     picture.write(to: &buffer)
public struct LadderPicture: ~Copyable {
    /// Conversations in a picture: one that nobody scrolls to the end of. The ones that come after are left out.
    public static var maximumConversations: Int { 256 }

    private typealias Layout = LadderSVGLayout
    private let glyphs = LadderGlyphs(usesASCII: false)
    private var ladders: RecordedConversations<LadderSVG>
    private var groups = ByteBuffer()
    private var height = 0

    /// - Parameter isFull: shows every row instead of folding long runs; the picture then grows with the capture.
    public init(isFull: Bool = false) {
        ladders = RecordedConversations(isFull: isFull, maximum: Self.maximumConversations)
    }

    /// Steps left out because there were too many conversations.
    public var omittedSteps: Int { ladders.omittedSteps }

    /// Notes a step. Parameters as in ``LiveLadder/add(_:preview:words:conversation:interface:to:)``.
    public mutating func add(_ step: ConversationStep, preview: RawSpan, words: RawSpan = RawSpan()) {
        if step.notes.contains(.copy) { return }
        ladders.add(LadderRow(step, preview: preview, words: words)) { LadderSVG() }
    }

    /// Client and server of a conversation have changed places since its last step.
    public mutating func swapRoles(_ transport: Transport, _ number: Int) {
        ladders.swapRoles(ConversationIdentity(transport, number))
    }

    /// Draws the ladder of `conversation` below those drawn before; nothing where no steps were noted.
    ///
    /// - Parameter isGivenUp: whether the capture goes on, and the table has given the conversation up.
    public mutating func draw(_ conversation: Conversation, interface: String? = nil, isGivenUp: Bool = false) {
        guard let ladder = ladders.take(conversation) else { return }
        ladders.keptCount += 1
        if height > 0 { height += 24 }
        groups.translated(by: height)
        writeTitle(conversation, interface: interface)
        groups.translated(by: 96)
        let rows = ladder.canvas.finish(to: &groups)
        writeFoot(conversation, isGivenUp: isGivenUp, at: rows)
        groups.write("</g>\n</g>\n")
        height += 96 + rows + 44
    }

    /// Writes the document.
    public borrowing func write(to buffer: inout ByteBuffer) {
        buffer.write("<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" role=\"img\" width=\"")
        buffer.decimal(Layout.width)
        buffer.write("\" height=\"")
        buffer.decimal(height)
        buffer.write("\" viewBox=\"0 0 ")
        buffer.decimal(Layout.width)
        buffer.write(" ")
        buffer.decimal(height)
        buffer.write("\" font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\"")
        buffer.write(" font-size=\"12\">\n")
        buffer.write(style)
        buffer.write("<rect class=\"g\" width=\"100%\" height=\"100%\"/>\n")
        buffer.append(groups.bytes)
        buffer.write("</svg>\n")
    }

    /// Who talked and how much, and the heads of the lifelines: 96 pixels.
    private mutating func writeTitle(_ conversation: Conversation, interface: String?) {
        var words = ByteBuffer()
        words.endpoint(conversation.key.client)
        words.write(glyphs.between)
        words.endpoint(conversation.key.server)
        groups.write("<title>")
        groups.xml(words.bytes)
        groups.write("</title>\n")
        groups.svgText(x: Layout.margin + 8, y: 30, "t", words.bytes)

        words.removeAll()
        words.title(of: conversation)
        if let interface, !interface.isEmpty {
            words.spaces(3)
            words.name(interface, columns: 40, glyphs)
        }
        for total in LadderTotal.all(of: conversation) {
            words.spaces(3)
            words.write(total, of: conversation, glyphs)
        }
        groups.svgText(x: Layout.margin + 8, y: 52, "d", words.bytes)

        groups.write("<text x=\"80\" y=\"84\" class=\"e d\">Δ ms</text>\n")
        writeHead("CLIENT", at: Layout.client)
        writeHead("SERVER", at: Layout.server)
    }

    private mutating func writeHead(_ name: StaticString, at x: Int) {
        groups.write("<rect class=\"k\" x=\"")
        groups.decimal(x - 40)
        groups.write("\" y=\"68\" width=\"80\" height=\"24\" rx=\"4\"/>\n<text x=\"")
        groups.decimal(x)
        groups.write("\" y=\"84\" class=\"m\">")
        groups.write(name)
        groups.write("</text>\n<path class=\"l\" d=\"M")
        groups.decimal(x)
        groups.write(" 92v4\"/>\n")
    }

    /// How it ended, and the ends of the lifelines.
    private mutating func writeFoot(_ conversation: Conversation, isGivenUp: Bool, at y: Int) {
        for x in [Layout.client, Layout.server] {
            groups.write("<path class=\"l\" d=\"M")
            groups.decimal(x - 8)
            groups.write(" ")
            groups.decimal(y)
            groups.write("h16\"/>\n")
        }
        var words = ByteBuffer()
        words.outcome(of: conversation, isGivenUp: isGivenUp)
        groups.svgText(x: (Layout.client + Layout.server) / 2, y: y + 22, "m h", words.bytes)
    }
}

extension ByteBuffer {
    fileprivate mutating func translated(by y: Int) {
        write("<g transform=\"translate(0,")
        decimal(y)
        write(")\">\n")
    }
}

/// The picture's classes: g ground, t title, h heading, d dim, e ends at its x, m has its middle there, c the client's,
/// s the server's, x and w warnings, a arrow, l lifeline, k its head, f fold, b0 to b3 bands of the four phases.
private let style: StaticString = """
    <style>
    text{fill:#1f2328;white-space:pre}.g{fill:#fff}.t{font-size:16px;font-weight:bold}.h{font-weight:bold}.e{text-anchor:end}
    .m{text-anchor:middle}.a{stroke-width:1.3}.l{stroke:#8c959f;fill:none}.k{fill:#f6f8fa;stroke:#8c959f}
    .f{fill:#fff;stroke:#8c959f;stroke-dasharray:5 4}
    .c{fill:#0969da;stroke:#0969da}.s{fill:#bc4c00;stroke:#bc4c00}.x{fill:#cf222e;stroke:#cf222e}
    text.w{fill:#cf222e}text.d{fill:#656d76}
    .b0{fill:#eef5fd}.b1{fill:#eff8f1}.b2{fill:#fdf6e7}.b3{fill:#fdeeee}
    @media(prefers-color-scheme:dark){
    text{fill:#e6edf3}.g{fill:#0d1117}.l{stroke:#6e7681}.k{fill:#161b22;stroke:#6e7681}
    .f{fill:#0d1117;stroke:#6e7681}
    .c{fill:#58a6ff;stroke:#58a6ff}.s{fill:#f0883e;stroke:#f0883e}.x{fill:#ff7b72;stroke:#ff7b72}
    text.w{fill:#ff7b72}text.d{fill:#8d96a0}
    .b0{fill:#101c2e}.b1{fill:#0f2018}.b2{fill:#221c0e}.b3{fill:#2b1416}
    }
    </style>

    """
