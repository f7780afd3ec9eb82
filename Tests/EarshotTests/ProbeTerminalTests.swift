import Foundation
import Testing

/// What a person sees who watches: bars behind the lines of ping, the table of `trace --live`. On terminals of their own.
@Suite(.serialized) struct ProbeTerminalTests {
    /// What Tests/Support/terminal.py tells.
    private struct Seen: Decodable {
        let status: Int
        let lines: [String]
        let column, widest, wraps, scrolls: Int
        let alternate, restored: Bool
        let output: String

        /// All lines without spaces: however they wrapped.
        var text: String { lines.joined().filter { $0 != " " } }

        /// The runs of bars that were drawn.
        var bars: [Substring] {
            output.split { !"\u{2581}\u{2582}\u{2583}\u{2584}\u{2585}\u{2586}\u{2587}\u{2588}".contains($0) }
        }
    }

    private func watch(
        _ arguments: String, locale: String = "C.UTF-8", before: String = "ip link set lo up"
    ) throws -> Seen {
        let script = Earshot.root.appending(path: "Tests/Support/terminal.py").path(percentEncoded: false)
        let outcome = try Earshot.shell(
            "unset COLUMNS; export LC_ALL=\(locale); \(before); python3 \(script) \(arguments)".inNamespace)
        return try JSONDecoder().decode(Seen.self, from: Data(outcome.output.utf8))
    }

    @Test(.privileged, arguments: [80, 20, 8, 4, 1])
    func barsFitTheTerminal(columns: Int) throws {
        let seen = try watch("\(columns)x24 -- \"$EARSHOT\" ping -c 60 -i 0.01 127.0.0.1")
        #expect(seen.status == 0 && seen.restored && seen.column == 0)
        let widest = seen.bars.map(\.count).max() ?? 0
        #expect(columns > 3 ? widest == min(60, columns - 3) : widest == 0, "\(seen.output)")
        // Nothing of them is left.
        #expect(seen.lines.allSatisfy { !$0.contains { "\u{2581}" <= $0 && $0 <= "\u{2588}" } }, "\(seen.lines)")
        #expect(seen.text.contains("60packetstransmitted"), "\(seen.lines)")
    }

    @Test(.privileged) func barsFollowTheTerminal() throws {
        let seen = try watch("60x24 1:12x24 2:int -- \"$EARSHOT\" ping -i 0.01 127.0.0.1")
        let widths = seen.bars.map(\.count)
        #expect(widths.max() == 57 && widths.last == 9, "\(widths)")
        #expect(seen.status == 0 && seen.restored && seen.column == 0)
    }

    @Test(.privileged) func barsWithoutUTF8() throws {
        let seen = try watch("80x24 -- \"$EARSHOT\" ping -q -c 20 -i 0.01 127.0.0.1", locale: "C")
        #expect(seen.output.allSatisfy { $0.isASCII })
        #expect(seen.lines.filter { !$0.isEmpty }.count == 5, "\(seen.lines)")
    }

    @Test(.privileged) func keysLeaveWholeLines() throws {
        let seen = try watch("80x24 0.5:quit 1:int -- \"$EARSHOT\" ping -i 0.05 127.0.0.1")
        #expect(seen.status == 0 && seen.restored && seen.column == 0)
        #expect(seen.lines.contains { $0.contains(" packets, 0% loss, min/avg/ewma/max = ") }, "\(seen.lines)")
        #expect(seen.lines.contains("--- 127.0.0.1 ping statistics ---"))
        let replies = seen.lines.filter { $0.contains("icmp_seq=") }
        #expect(replies.count > 5 && replies.allSatisfy { $0.hasPrefix("64 bytes from ") }, "\(seen.lines)")
    }

    /// JSON is never mixed with bars.
    @Test(.privileged) func noBarsInJSON() throws {
        let seen = try watch("80x24 -- \"$EARSHOT\" ping -q -c 3 -i 0.1 --format json 127.0.0.1")
        #expect(seen.output.hasPrefix("{\"record\":\"summary\"") && !seen.output.contains("\u{1b}"))
    }

    @Test(.privileged, arguments: ["80x24", "20x24", "80x2", "1x1"])
    func tableFitsTheTerminal(size: String) throws {
        let seen = try watch("\(size) -- \"$EARSHOT\" trace --live -c 3 127.0.0.1")
        let columns = Int(size.prefix { $0 != "x" }) ?? 0
        #expect(seen.status == 0 && seen.restored && seen.column == 0 && !seen.alternate)
        #expect(seen.widest < columns && seen.wraps == 0 && seen.scrolls == 0, "\(seen.output)")
        #expect(seen.text.hasSuffix("127.0.0.1reached"), "\(seen.lines)")
        #expect(seen.output.contains("\u{1b}[?1049h"))
    }

    @Test(.privileged) func tableFollowsTheTerminal() throws {
        let seen = try watch("80x24 1.2:25x2 -- \"$EARSHOT\" trace --live -c 3 127.0.0.1")
        #expect(seen.status == 0 && seen.restored && seen.column == 0 && !seen.alternate)
        #expect(seen.scrolls == 0, "\(seen.output)")
        let pages = seen.output.components(separatedBy: "\u{1b}[H").dropFirst()
        let last = try #require(pages.last)
        #expect(last.components(separatedBy: "\u{1b}[K").first?.count == 24, "\(last)")
    }

    /// What stood on the screen before is there again, and the last table behind it.
    @Test(.privileged) func interruptGivesTheTerminalBack() throws {
        let seen = try watch(
            "120x24 1.5:int -- sh -c 'trap : INT; echo before; \"$EARSHOT\" trace --live 127.0.0.1; echo after'")
        #expect(seen.lines.first == "before" && seen.lines.dropLast().last == "after", "\(seen.lines)")
        #expect(seen.lines.count == 6 && seen.restored && !seen.alternate, "\(seen.lines)")
    }
}
