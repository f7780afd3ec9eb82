import Conversations
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct MessageWordsTests {
    /// The words of what TCP, or UDP, carried to or from a port.
    private func words(_ payload: [UInt8], _ kind: LayerKind, over transport: LayerKind = .tcp) -> String {
        var decoder = PacketDecoder()
        let packet = decoder.decode(
            payload.span.raw, of: transport, application: ApplicationHint(kind, fromServer: false),
            header: FrameHeader(number: 1, timestamp: nil, wireLength: 0, linkType: .raw))
        return text { $0.words(of: packet, after: 0) }
    }

    @Test(arguments: [
        ("GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a?b"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404 Not Found"),
        ("HTTP/1.1 200\r\n\r\n", "200"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "200 OK …"),
        ("GET /a HT", "GET /a HT …"),
    ])
    func http(_ message: String, _ words: String) { #expect(self.words(Array(message.utf8), .http) == words) }

    /// `body` after the identifier: flags, counts, question, records.
    private func dns(_ flags: [UInt8], _ counts: [UInt8], _ body: [UInt8]) -> [UInt8] {
        [0, 7] + flags + counts.flatMap { [0, $0] } + body
    }

    private static let question: [UInt8] = [1] + Array("a".utf8) + [3] + Array("org".utf8) + [0, 0, 1, 0, 1]
    private static let answer: [UInt8] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]

    @Test func dns() {
        let question = Self.question
        #expect(words(dns([1, 0], [1, 0, 0, 0], question), .dns, over: .udp) == "A a.org")
        #expect(
            words(dns([0x81, 0x80], [1, 1, 0, 0], question + Self.answer), .dns, over: .udp) == "A a.org: A 192.0.2.1")
        #expect(words(dns([0x81, 0x83], [1, 0, 0, 0], question), .dns, over: .udp) == "NXDOMAIN A a.org")
        #expect(words(dns([0x81, 0x80], [1, 0, 0, 0], question), .dns, over: .udp) == "A a.org: no answer")
        #expect(words(dns([0x83, 0x80], [1, 0, 0, 0], question), .dns, over: .udp) == "A a.org, truncated: no answer")
        #expect(words(dns([0x81, 0x82], [0, 0, 0, 0], []), .dns, over: .udp) == "SERVFAIL")
        #expect(words(dns([0x28, 0], [1, 0, 0, 0], question), .dns, over: .udp) == "update A a.org")
        let message = dns([1, 0], [1, 0, 0, 0], question)
        #expect(words([0, UInt8(message.count)] + message, .dns) == "A a.org")
        #expect(words([0, UInt8(message.count)] + message.prefix(20), .dns).hasSuffix(" …"))
    }

    @Test(
        arguments: [
            ([0x15, 3, 3, 0, 2, 2, 42], "alert: bad certificate, fatal"),
            ([0x15, 3, 3, 0, 2, 1, 0], "alert: close notify, warning"),
            ([0x17, 3, 3, 2, 0], "application data 512 B …"),
            ([0x14, 3, 3, 0, 1, 1], "change cipher spec"),
        ] as [([UInt8], String)])
    func tls(_ record: [UInt8], _ words: String) { #expect(self.words(record, .tls) == words) }

    @Test func aGreetingIsItsOwnWords() { #expect(words(Array("Welcome!".utf8), .greeting) == "") }

    /// A row's label in so many columns.
    private func label(
        _ words: String = "", payload: [UInt8] = [1, 2, 3], room: Int = 29, ascii: Bool = false,
        _ change: (inout ConversationStep) -> Void = { _ in }
    ) -> String {
        var step = ConversationStep(transport: .tcp, conversation: 0, side: .client, frame: 1, timestamp: nil)
        step.flags = [.psh, .ack]
        step.relativeSequenceNumber = 1
        step.payloadLength = payload.count
        change(&step)
        let row = LadderRow(step, preview: payload.span.raw, words: Array(words.utf8).span.raw)
        return text { $0.ladderLabel(row, room: room, LadderGlyphs(usesASCII: ascii)) }
    }

    @Test func wordsComeBeforeNumbers() {
        #expect(label("GET /a") == "PSH s1+3 GET /a")
        #expect(label("client hello example.org") == "PSH client hello example.org")
        #expect(label("alert: handshake failure, fatal") == "PSH alert: handshake failure…")
        #expect(label("404 Not Found") { $0.relativeSequenceNumber = 4_294_967_290 } == "PSH 404 Not Found")
        #expect(label("200 OK", room: 12) { $0.flags = [.psh, .ack, .fin] } == "FIN,PSH 200…")
        #expect(label("A very.long.name.example.org: A 192.0.2.1") == "PSH A very.long.name.example…")
        #expect(label("café") == "PSH s1+3 café")
        #expect(label("café …", ascii: true) == "PSH s1+3 caf\\u{e9} ...")
        // Words are escaped already, and not once more.
        #expect(label(#"GET /\x1b"#) == #"PSH s1+3 GET /\x1b"#)
    }

    @Test func whatIsNoTextIsHexadecimal() {
        #expect(label(payload: [0xde, 0xad, 0xbe, 0xef]) == "PSH s1+4 de ad be ef")
        #expect(label(payload: Array(repeating: 0xff, count: 40)) == "PSH s1+40 ff ff ff ff ff ff…")
        #expect(label(payload: Array(repeating: 0xff, count: 40), ascii: true) == "PSH s1+40 ff ff ff ff ff...")
        #expect(label(payload: [0]) == "PSH s1+1 00")
        #expect(label(payload: Array("Hi!".utf8)) == "PSH s1+3 \"Hi!\"")
        #expect(label(payload: [], { $0.payloadLength = 9 }) == "PSH s1+9 \"…\"")
    }
}
