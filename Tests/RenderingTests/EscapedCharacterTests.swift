import Testing

@testable import Rendering

@Suite struct EscapedCharacterTests {
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

    /// Wherever the byte stands: text is looked at by words.
    @Test(arguments: UInt8.min ... .max) func whatNeedsNoEscapeIsFoundInAnyPlace(_ byte: UInt8) {
        let isPlain = byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c
        for place in 0..<19 {
            var bytes: [UInt8] = Array("Aa ~!#[]{}0Zz@^_^.x".utf8)
            bytes[place] = byte
            for start in 0...place {
                #expect(bytes.span.raw.plainASCIICount(from: start) == (isPlain ? bytes.count : place) - start)
            }
            // The first of two.
            bytes[18] = 0
            #expect(bytes.span.raw.plainASCIICount(from: 0) == (isPlain ? 18 : place))
        }
    }

    @Test func asciiOnlyEscapesTheRest() {
        var buffer = ByteBuffer()
        _ = buffer.escaped(Array("Grüße".utf8).span.raw, columns: 80, asciiOnly: true)
        #expect(buffer.text == #"Gr\u{fc}\u{df}e"#)
    }

    @Test(arguments: [
        ("printable text stays", "Zoë, 世界 e\u{301} 👋", "Zoë, 世界 e\u{301} 👋"),
        ("controls of the C1 set", "\u{80}\u{9b}\u{9f}", #"\u{80}\u{9b}\u{9f}"#),
        ("directions of writing", "\u{202e}\u{2066}\u{61c}\u{200f}", #"\u{202e}\u{2066}\u{61c}\u{200f}"#),
        ("what cannot be seen", "\u{200b}\u{200d}\u{feff}\u{ad}", #"\u{200b}\u{200d}\u{feff}\u{ad}"#),
        ("spaces that are not the space", "\u{a0}\u{3000}\u{2028}", #"\u{a0}\u{3000}\u{2028}"#),
        ("tags, private and unassigned", "\u{e0041}\u{e000}\u{10ffff}", #"\u{e0041}\u{e000}\u{10ffff}"#),
        ("the ends of ASCII", "\u{0}\u{1f} ~\u{7f}", #"\x00\x1f ~\x7f"#),
    ])
    func onlyPrintableCharactersPass(_ title: String, _ string: String, _ expected: String) {
        var buffer = ByteBuffer()
        buffer.escaped(Array(string.utf8).span.raw)
        #expect(buffer.text == expected)
    }
}
