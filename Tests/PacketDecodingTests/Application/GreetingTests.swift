import PacketDecoding
import Testing

@Suite struct GreetingTests {
    /// Captured on loopback: what was said in one conversation.
    static let welcome = TCPTests.data
    static let name = hex(
        """
        0000 0000 0000 0000 0000 0000 0800 4500 003b 455b 4000 4006 f75f 7f00 0001 7f00 0001 e1a6 270f 9f9a
        05d0 934d 9867 8018 0040 fe2f 0000 0101 080a 428a 0dce b1be fd10 4d69 6368 6165 6c
        """)
    static let answer = hex(
        """
        0000 0000 0000 0000 0000 0000 0800 4500 0043 3b0e 4000 4006 01a5 7f00 0001 7f00 0001 270f e1a6 934d
        9867 9f9a 05d7 8018 0040 fe37 0000 0101 080a b1be fd10 428a 0dce 4865 6c6c 6f2c 204d 6963 6861 656c
        21
        """)
    static let exit = hex(
        """
        0000 0000 0000 0000 0000 0000 0800 4500 0038 455c 4000 4006 f761 7f00 0001 7f00 0001 e1a6 270f 9f9a
        05d7 934d 9876 8018 0040 fe2c 0000 0101 080a 428a 0dce b1be fd10 6578 6974
        """)

    /// A datagram of the server, or one to it.
    static func datagram(_ text: String, fromServer: Bool) -> [UInt8] {
        var bytes = udp(text, port: fromServer ? 1025 : 9999)
        if fromServer { bytes.replaceSubrange(0..<2, with: bigEndian(9999)) }
        return ipv4(.udp, bytes)
    }

    @Test(arguments: [
        (welcome, "greeting welcome \"Welcome!\"", ["message=welcome", "text=Welcome!"]),
        (name, "greeting name \"Michael\"", ["message=name", "name=Michael", "text=Michael"]),
        (
            answer, "greeting answer \"Hello, Michael!\"",
            ["message=answer", "names[0].name=Michael", "text=Hello, Michael!"]
        ),
        (exit, "greeting exit \"exit\"", ["message=exit", "text=exit"]),
    ])
    func oneConversation(_ packet: [UInt8], _ words: String, _ expected: [String]) {
        #expect(walk(packet).kinds == [.ethernet, .ipv4, .tcp, .greeting])
        #expect(summary(of: .greeting, in: packet) == words)
        #expect(fields(of: .greeting, in: packet)?.fields == expected)
    }

    @Test(arguments: [
        ("Hello, A!Hello, B!", true, "greeting 2 answers run together \"Hello, A!Hello, B!\""),
        ("Welcome!Hello, A!", true, "greeting welcome and 1 answer run together \"Welcome!Hello, A!\""),
        ("Sarahexit", false, "greeting name \"Sarahexit\" ending in \"exit\""),
        ("", false, "greeting request"),
        ("lo, A!", true, "greeting other \"lo, A!\""),
        ("\u{1b}[2J", false, "greeting name \"\\x1b[2J\""),
        (String(repeating: "a", count: 64), false, "greeting name \"\(String(repeating: "a", count: 64))\""),
        (String(repeating: "a", count: 65), false, "greeting name \"\(String(repeating: "a", count: 64))\"…"),
        (
            String(repeating: "a", count: 63) + "é", false,
            "greeting name \"\(String(repeating: "a", count: 63))\"…"
        ),
    ])
    func says(_ text: String, fromServer: Bool, _ words: String) {
        #expect(
            summary(of: .greeting, in: Self.datagram(text, fromServer: fromServer), linkType: .ipv4) == words)
    }

    @Test func answersThatRanTogetherAreCountedAndNamed() {
        #expect(
            fields(of: .greeting, in: Self.datagram("Hello, A!Hello, B!", fromServer: true), linkType: .ipv4)?.fields
                == [
                    "message=answer", "names[0].name=A", "names[1].name=B", "run_together=2",
                    "text=Hello, A!Hello, B!",
                ])
    }

    @Test func aCutMessageSaysWhatIsThere() {
        let cut = Array(Self.answer.prefix(75))
        let walk = walk(cut, wireLength: Self.answer.count)
        #expect(walk.fault == DecodeError(.greeting, at: 66, .truncated(needed: 15, captured: 9)))
        #expect(walk.layers.last?.traits == [.partial, .fromServer])
        #expect(
            summary(of: .greeting, in: cut, wireLength: Self.answer.count)
                == "greeting answer \"Hello, Mi\" [|greeting]")
    }

    @Test(arguments: [("Welcome!", true), ("Welcome!Hello, A!", true), ("Welcome", false), ("welcome!", false)])
    func opensWithTheWelcome(_ text: String, _ expected: Bool) {
        let bytes = Array(text.utf8)
        let opens = unsafe Greeting.opens(bytes.span.bytes)
        #expect(opens == expected)
    }

    @Test(arguments: [welcome, name, answer, exit])
    func everyTruncationHolds(_ packet: [UInt8]) { expectEveryTruncationHolds(packet) }
}
