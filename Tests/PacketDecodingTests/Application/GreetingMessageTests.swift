import PacketDecoding
import Testing

@Suite struct GreetingMessageTests {
    static func message(_ text: String, fromServer: Bool) -> GreetingMessage {
        let bytes = Array(text.utf8)
        return unsafe GreetingMessage(bytes.span.bytes, fromServer: fromServer)
    }

    @Test(arguments: [
        ("Welcome!", GreetingMessage.Kind.welcome, 0, 1),
        ("Hello, Michael!", .answer, 1, 1),
        ("Hello, !", .answer, 1, 1),
        ("Hello, A!Hello, B!", .answer, 2, 2),
        ("Hello, A!Hello, B!Hello, C!", .answer, 3, 3),
        ("Welcome!Hello, A!", .welcome, 1, 2),
        ("Hello, A!Hello, B", .answer, 2, 2),
        ("Hello, Yahoo! Inc!", .answer, 1, 1),
        ("lo, Michael!", .other, 0, 1),
        ("Welcome!?", .other, 0, 1),
        ("", .other, 0, 1),
    ])
    func fromTheServer(_ text: String, _ kind: GreetingMessage.Kind, answers: Int, count: Int) {
        let message = Self.message(text, fromServer: true)
        #expect(message.kind == kind)
        #expect(message.answers == answers)
        #expect(message.count == count)
        #expect(!message.endsInExit)
    }

    @Test(arguments: [
        ("", GreetingMessage.Kind.request, false),
        ("Michael", .name, false),
        ("exit", .exit, false),
        ("Sarahexit", .name, true),
        ("Exit", .name, false),
        ("exit ", .name, false),
        ("Welcome!", .name, false),
    ])
    func fromTheClient(_ text: String, _ kind: GreetingMessage.Kind, endsInExit: Bool) {
        let message = Self.message(text, fromServer: false)
        #expect(message.kind == kind)
        #expect(message.endsInExit == endsInExit)
        #expect(message.count == 1)
    }

    @Test func namesLieBetweenTheWords() {
        let bytes = Array("Hello, A!Hello, Bob!".utf8)
        let first = unsafe GreetingMessage.answer(in: bytes.span.bytes, at: 0)
        #expect(first?.end == 9)
        #expect(first?.name == 7..<8)
        let second = unsafe GreetingMessage.answer(in: bytes.span.bytes, at: 9)
        #expect(second?.end == 20)
        #expect(second?.name == 16..<19)
        let third = unsafe GreetingMessage.answer(in: bytes.span.bytes, at: 20)
        #expect(third == nil)
    }
}
