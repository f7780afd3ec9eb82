import Conversations
import PacketDecoding
import Testing

@Suite struct GreetingDialogueTests {
    /// What is heard when each side says its lines a millisecond apart: `>` is the client's.
    private func dialogue(_ lines: String...) -> GreetingDialogue {
        var dialogue = GreetingDialogue()
        for (index, line) in lines.enumerated() {
            let bytes = Array(line.dropFirst().utf8)
            unsafe dialogue.hear(
                bytes.span.bytes, from: line.hasPrefix(">") ? .client : .server,
                at: Timestamp(rawValue: Int64(index) * 1_000_000))
        }
        return dialogue
    }

    private func names(_ exchange: GreetingDialogue.Exchange) -> [String] {
        exchange.names.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func eachNameHasItsAnswer() {
        let heard = dialogue("<Welcome!", ">Michael", "<Hello, Michael!", ">Tracy", "<Hello, Tracy!", ">exit")
        #expect(heard.exchanges.map(names) == [["Michael"], ["Tracy"]])
        #expect(heard.exchanges.map(\.answerTime) == [1_000_000, 1_000_000])
        #expect(heard.hasWelcome && heard.hasExit && heard.unanswered.isEmpty)
    }

    @Test func anAnswerThatNamesTwoSegmentsProvesThemJoined() {
        let heard = dialogue(">Michael", ">Tracy", "<Hello, MichaelTracy!")
        #expect(heard.exchanges.map(names) == [["Michael", "Tracy"]])
    }

    @Test func anAnswerToTheBeginningOfASegmentProvesItSplit() {
        let heard = dialogue(">MichaelTracy", "<Hello, Michael!", "<Hello, Tracy!")
        #expect(heard.exchanges.map(names) == [["Michael"], ["Tracy"]])
        #expect(heard.exchanges.map(\.isPart) == [true, false])
    }

    @Test func severalAnswersInOneSegmentAreCounted() {
        let heard = dialogue(">A", ">B", "<Hello, A!Hello, B!")
        #expect(heard.mostAnswersTogether == 2)
        #expect(heard.exchanges.map(names) == [["A"], ["B"]])
    }

    @Test func exitAfterOtherBytesIsPartOfAName() {
        let heard = dialogue(">Michaelexit", "<Hello, Michaelexit!")
        #expect(heard.exitsAfterOtherBytes == 1)
        #expect(!heard.hasExit)
        #expect(heard.exchanges.count == 1)
    }

    @Test func whatIsNotAnsweredIsTold() {
        let heard = dialogue(">A", ">B", "<Hello, B!", "<Hello, C!", ">D")
        #expect(heard.exchanges.map(names) == [["A"], ["B"]])
        #expect(heard.exchanges.map(\.isAnswered) == [false, true])
        #expect(heard.strayAnswers == 1)
        #expect(heard.unanswered == [Array("D".utf8)])
    }
}
