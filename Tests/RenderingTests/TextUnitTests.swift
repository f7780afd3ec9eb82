import Testing

@testable import Rendering

@Suite struct TextUnitTests {
    @Test(arguments: [
        ("a", 1), ("é", 1), ("e\u{301}", 1), ("世", 2), ("한", 2), ("ｱ", 1), ("Ａ", 2), ("👋", 2), ("👩\u{200d}🚀", 4),
        ("\u{ad}", 1), ("\u{1112}\u{1161}\u{11ab}", 2), ("\u{605}", 1),
        ("→", 1), ("─", 1), ("⇄", 1), ("", 0),
    ])
    func columnsAreThoseOfATerminal(_ string: String, _ expected: Int) {
        #expect(Array(string.utf8).span.raw.columns == expected)
    }

    @Test(arguments: [
        ("a wide character that does not fit is left out", "a世界", 4, "a世", false),
        ("an escape is never cut", "ab\u{1b}", 5, "ab", false),
        ("what fits is whole", "ab\u{1b}", 6, #"ab\x1b"#, true),
        ("no room at all", "a", 0, "", false),
    ])
    func textIsCutByColumns(_ title: String, _ string: String, _ room: Int, _ expected: String, _ whole: Bool) {
        var buffer = ByteBuffer()
        let result = buffer.escaped(Array(string.utf8).span.raw, columns: room, asciiOnly: false)
        #expect(buffer.text == expected)
        #expect(result.whole == whole)
        #expect(result.columns == buffer.bytes.columns)
    }

    @Test func asciiOnlyEscapesTheRest() {
        var buffer = ByteBuffer()
        _ = buffer.escaped(Array("Grüße".utf8).span.raw, columns: 80, asciiOnly: true)
        #expect(buffer.text == #"Gr\u{fc}\u{df}e"#)
    }
}
