import Conversations
import PacketDecoding

extension ByteBuffer {
    /// Who was greeted, after how long, and what ran together: below the transcript or the ladder of a greeting.
    ///
    /// - Parameters:
    ///   - columns: what no line exceeds; names make room for the rest.
    ///   - asciiOnly: escapes everything beyond ASCII.
    mutating func greetingReport(_ dialogue: GreetingDialogue, columns: Int = .max, asciiOnly: Bool) {
        let glyphs = LadderGlyphs(usesASCII: asciiOnly)
        line(columns, glyphs) {
            $0.write("greeting: ")
            if dialogue.hasWelcome { $0.write("welcome, ") }
            $0.count(dialogue.names, "name", "names")
            $0.write(", ")
            $0.count(dialogue.answers, "answer", "answers")
            $0.write(dialogue.hasExit ? ", exit" : ", no exit")
        }
        for exchange in dialogue.exchanges {
            var rest = ByteBuffer(capacity: 64)
            rest.fate(of: exchange)
            line(columns, glyphs) {
                $0.names(exchange.names, columns: columns - rest.count, glyphs)
                $0.append(rest.bytes)
            }
        }
        for name in dialogue.unanswered {
            let rest: StaticString = ": no answer"
            line(columns, glyphs) {
                $0.names([name], columns: columns - rest.utf8CodeUnitCount, glyphs)
                $0.write(rest)
            }
        }
        if dialogue.mostAnswersTogether > 1 {
            line(columns, glyphs) {
                $0.write("  ")
                $0.decimal(dialogue.mostAnswersTogether)
                $0.write(" answers run together in one segment")
            }
        }
        if dialogue.exitsAfterOtherBytes > 0 {
            line(columns, glyphs) { $0.write("  \"exit\" after other bytes of its segment: taken for part of a name") }
        }
        if dialogue.strayAnswers > 0 {
            line(columns, glyphs) {
                $0.write("  ")
                $0.count(dialogue.strayAnswers, "answer to a name", "answers to names")
                $0.write(" not heard")
            }
        }
    }

    private mutating func line(_ columns: Int, _ glyphs: LadderGlyphs, _ write: (inout ByteBuffer) -> Void) {
        var line = ByteBuffer()
        write(&line)
        _ = append(line, columns: columns, glyphs)
        self.write("\n")
    }

    /// `: 3 segments run together, answered after 1001.234 ms`
    private mutating func fate(of exchange: GreetingDialogue.Exchange) {
        write(": ")
        if exchange.names.count > 1 {
            decimal(exchange.names.count)
            write(" segments run together, ")
        }
        if exchange.isPart { write("split from what follows it in its segment, ") }
        guard exchange.isAnswered else { return write("no answer") }
        write("answered")
        guard let time = exchange.answerTime else { return }
        write(" after ")
        milliseconds(time)
        write(" ms")
    }

    /// `  "Michael" + "Tracy"`, in as many columns, of which it takes twelve at least.
    private mutating func names(_ names: [[UInt8]], columns: Int, _ glyphs: LadderGlyphs) {
        write("  ")
        let room = max(10, columns &- 2)
        var text = ByteBuffer()
        for (index, name) in names.enumerated() {
            if index > 0 { text.write(" + ") }
            text.write("\"")
            let shown = name.prefix(64)
            text.escaped(shown.span.raw, asciiOnly: glyphs.usesASCII)
            text.write("\"")
            if shown.count < name.count { text.write(glyphs.usesASCII ? " ..." : " …") }
        }
        _ = append(text, columns: room, glyphs)
    }
}
