import Conversations
import PacketDecoding

extension ByteBuffer {
    /// Who was greeted, after how long, and what ran together: below the transcript of a greeting.
    ///
    /// - Parameter asciiOnly: escapes everything beyond ASCII.
    mutating func greetingReport(_ dialogue: GreetingDialogue, asciiOnly: Bool) {
        write("greeting: ")
        if dialogue.hasWelcome { write("welcome, ") }
        counted(dialogue.names, " name", " names")
        write(", ")
        counted(dialogue.answers, " answer", " answers")
        write(dialogue.hasExit ? ", exit\n" : ", no exit\n")
        for exchange in dialogue.exchanges {
            names(exchange.names, asciiOnly)
            if exchange.names.count > 1 {
                write(": ")
                decimal(exchange.names.count)
                write(" segments run together")
            }
            if exchange.isPart { write(": split from what follows it in its segment") }
            if !exchange.isAnswered {
                write(exchange.names.count > 1 || exchange.isPart ? ", no answer" : ": no answer")
            } else {
                write(exchange.names.count > 1 || exchange.isPart ? ", answered" : ": answered")
                if let time = exchange.answerTime {
                    write(" after ")
                    milliseconds(time)
                    write(" ms")
                }
            }
            write("\n")
        }
        for name in dialogue.unanswered {
            names([name], asciiOnly)
            write(": no answer\n")
        }
        if dialogue.mostAnswersTogether > 1 {
            write("  ")
            decimal(dialogue.mostAnswersTogether)
            write(" answers run together in one segment\n")
        }
        if dialogue.exitsAfterOtherBytes > 0 {
            write("  \"exit\" after other bytes of its segment: taken for part of a name\n")
        }
        if dialogue.strayAnswers > 0 {
            write("  ")
            counted(dialogue.strayAnswers, " answer to a name", " answers to names")
            write(" not heard\n")
        }
    }

    private mutating func names(_ names: [[UInt8]], _ asciiOnly: Bool) {
        write("  ")
        for (index, name) in names.enumerated() {
            if index > 0 { write(" + ") }
            write("\"")
            let shown = name.prefix(64)
            escaped(shown.span.raw, asciiOnly: asciiOnly)
            write("\"")
            if shown.count < name.count { write(asciiOnly ? " ..." : " …") }
        }
    }

    private mutating func counted(_ value: Int, _ one: StaticString, _ many: StaticString) {
        grouped(value)
        write(value == 1 ? one : many)
    }
}
