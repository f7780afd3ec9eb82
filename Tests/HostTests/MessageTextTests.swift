import Host
import Testing

@Suite struct MessageTextTests {
    @Test(arguments: [
        ("eth0", "eth0"), ("a \"b\" c\\d", "a \"b\" c\\d"), ("höhe 東京", "höhe 東京"),
        ("a\u{1b}[31mb", "a\\x1b[31mb"), ("a\nb\rc\td", "a\\nb\\rc\\td"), ("\u{0}\u{7}\u{7f}", "\\x00\\x07\\x7f"),
        ("\u{9b}31m", "\\u{9b}31m"), ("a\u{202e}b", "a\\u{202e}b"), ("a\u{2028}b\u{a0}c", "a\\u{2028}b\\u{a0}c"),
        ("\u{e000}\u{200d}", "\\u{e000}\\u{200d}"), ("", ""),
    ])
    func nothingInANameReachesATerminal(text: String, shown: String) {
        #expect(text.escapedForMessage == shown)
        #expect(shown.escapedForMessage == shown)
    }
}
