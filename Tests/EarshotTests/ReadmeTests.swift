import Foundation
import Testing

/// Every console example of the README and of the manual (`Sources/*/*.docc`), run as it stands.
///
/// A block is fenced as `console`: lines that begin with `$ ` are commands, what follows is their output. `…` on a
/// line of its own stands for lines left out. In blocks fenced as `console live`, times, ports and initial sequence
/// numbers differ from run to run and are masked on both sides.
@Suite struct ReadmeTests {
    struct Example: CustomTestStringConvertible {
        let command: String
        let output: [String]
        let isLive: Bool
        var testDescription: String { command }
    }

    /// The text of the README, and of each page of the manual.
    static let pages: [String] = {
        let sources = Earshot.root.appending(path: "Sources")
        let all =
            FileManager.default.enumerator(atPath: sources.path(percentEncoded: false))?
            .compactMap { $0 as? String } ?? []
        let manual = all.filter { $0.hasSuffix(".md") }.sorted().map { sources.appending(path: $0) }
        return ([Earshot.root.appending(path: "README.md")] + manual).compactMap {
            try? String(contentsOf: $0, encoding: .utf8)
        }
    }()

    static let examples: [Example] = {
        var examples: [Example] = []
        var block: (isLive: Bool, lines: [String])?
        for line in pages.joined(separator: "\n").components(separatedBy: "\n") {
            if let open = block {
                if line == "```" {
                    examples += split(open.lines, isLive: open.isLive)
                    block = nil
                } else {
                    block?.lines.append(line)
                }
            } else if line == "```console" || line == "```console live" {
                block = (line.hasSuffix("live"), [])
            }
        }
        return examples
    }()

    private static func split(_ lines: [String], isLive: Bool) -> [Example] {
        var examples: [Example] = []
        for line in lines {
            if line.hasPrefix("$ ") {
                examples.append(Example(command: String(line.dropFirst(2)), output: [], isLive: isLive))
            } else if let last = examples.popLast() {
                examples.append(Example(command: last.command, output: last.output + [line], isLive: isLive))
            }
        }
        return examples
    }

    @Test func thereAreExamples() {
        #expect(Self.pages.count >= 15)
        #expect(Self.examples.filter(\.isLive).count >= 6)
        #expect(Self.examples.filter { !$0.isLive }.count >= 9)
        #expect(Self.pages[0].utf8.count <= 12_288)
    }

    /// What a page links to is there.
    @Test func linksLeadSomewhere() throws {
        for page in ["README.md", "CONTRIBUTING.md", "SECURITY.md"] {
            let text = try String(contentsOf: Earshot.root.appending(path: page), encoding: .utf8)
            for match in text.matches(of: /\]\(([^):]+)\)/) {
                let path = Earshot.root.appending(path: String(match.1)).path(percentEncoded: false)
                #expect(FileManager.default.fileExists(atPath: path), "\(page): \(match.1)")
            }
        }
    }

    /// The library's programs stand in the manual as they are compiled, and print what it says.
    @Test(arguments: [
        ("Handshakes", "Fixtures/greeting/tcp.pcap", ["127.0.0.1:41322 to 127.0.0.1:9999: 0.034 ms"]),
        ("Handshakes", "no-such-file", ["opening no-such-file: No such file or directory"]),
        (
            "Segments", "Fixtures/greeting/refused.pcap",
            ["1: 47830 > 9999, 0 bytes", "2: 9999 > 47830, 0 bytes"]
        ),
    ])
    func libraryExample(name: String, savefile: String, output: [String]) throws {
        let file = Earshot.root.appending(path: "Tests/Examples/\(name)/main.swift")
        let source = try String(contentsOf: file, encoding: .utf8)
        #expect(Self.pages.contains { $0.contains("```swift\n\(source)```") })
        let program = Earshot.root.appending(path: ".build/debug/\(name)").path(percentEncoded: false)
        let outcome = try Earshot.execute(
            [program, savefile], in: Earshot.root, environment: [:], input: nil, deadline: 60)
        #expect(outcome.output.components(separatedBy: "\n").dropLast() == output[...])
    }

    @Test(arguments: examples.filter { !$0.isLive })
    func recorded(example: Example) throws {
        let outcome = try Earshot.shell("earshot() { \"$EARSHOT\" \"$@\"; }; \(example.command)")
        #expect(matches(outcome.output.components(separatedBy: "\n").dropLast(), example.output), "\(outcome.output)")
    }

    @Test(.privileged, arguments: examples.filter(\.isLive))
    func live(example: Example) throws {
        // `make demo` builds first; what it prints is the program's.
        let command = example.command.replacingOccurrences(of: "make demo", with: "earshot demo")
            .replacingOccurrences(of: "sudo ", with: "")
        let script = "ip link set lo up; earshot() { \"$EARSHOT\" \"$@\"; }; \(command)"
        // On a busy machine the two ends race, and an acknowledgment may ride along or come late: another run, then.
        var outcome = Outcome(status: 1, output: "", errors: "")
        for _ in 1...3 {
            outcome = try Earshot.shell("unshare -n bash -c '\(script)'")
            if agrees(outcome, example) { break }
        }
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(agrees(outcome, example), "\(outcome.output)")
    }

    private func agrees(_ outcome: Outcome, _ example: Example) -> Bool {
        let actual = outcome.output.components(separatedBy: "\n").dropLast().map(mask)
        return matches(actual, example.output.map(mask))
    }

    /// Whether the lines agree, `…` standing for any number of lines.
    private func matches(_ actual: some Collection<String>, _ expected: some Collection<String>) -> Bool {
        guard let first = expected.first else { return actual.isEmpty }
        if first == "…" {
            return actual.indices.contains { matches(actual[$0...], expected.dropFirst()) }
                || matches(actual[actual.endIndex...], expected.dropFirst())
        }
        return actual.first == first && matches(actual.dropFirst(), expected.dropFirst())
    }

    /// Replaces what no two runs share: numbers with a fraction, ports and sequence numbers of four or more digits
    /// other than 9999, and the filling that makes up for their widths.
    private func mask(_ line: String) -> String {
        var text = line
        for (pattern, replacement) in [
            (#"\b0x[0-9a-f]{4}\b"#, "HEX"), (#"\b(id|identification|identifier) \d+"#, "$1 N"), (#"-> \d+"#, "-> N"),
            (#"\b\d\d:\d\d:\d\d\.\d+"#, "TIME"), (#"\d+\.\d{3,}"#, "MS"), (#"\b(?!9999\b)\d{4,}\b"#, "N"),
            (" +", " "), ("─+", "─"), ("-{2,}", "-"),
        ] {
            text = text.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
        }
        return text
    }
}
