import Foundation
import Testing

/// Every fixture through every format, held equal to the file beside it. `make golden` rewrites those.
@Suite struct GoldenTests {
    /// Suffix of the expected file, and the arguments that make it.
    static let formats: [(suffix: String, arguments: [String])] = [
        ("txt", ["read"]),
        ("verbose.txt", ["read", "-e", "-vv", "-X", "-tttt"]),
        ("ladder.txt", ["ladder"]),
        ("follow.txt", ["follow"]),
        ("json", ["read", "--format", "json"]),
    ]

    /// Captures of which only ladders are kept, one of them as a picture: a line for each of their packets shows nothing.
    static let drawings: [(suffix: String, arguments: [String])] = [
        ("ladder.txt", ["ladder"]),
        ("ladder.svg", ["ladder", "--format", "svg"]),
    ]

    static func formats(of capture: String) -> [(suffix: String, arguments: [String])] {
        capture == "Fixtures/http/download.pcap" ? drawings : formats
    }

    @Test(arguments: Earshot.captures.filter { !$0.contains("/malformed/") })
    func everyFormat(capture: String) throws {
        for (suffix, arguments) in Self.formats(of: capture) {
            let words = [arguments[0], capture] + arguments.dropFirst()
            let outcome = try Earshot.run(words)
            #expect(outcome.status == 0, "earshot \(words.joined(separator: " ")): \(outcome.errors)")
            let stem = (capture as NSString).deletingPathExtension
            let expected = Earshot.root.appending(path: "\(stem).\(suffix)")
            if ProcessInfo.processInfo.environment["EARSHOT_UPDATE_GOLDEN"] == "1" {
                try outcome.output.write(to: expected, atomically: true, encoding: .utf8)
            } else {
                let text = try String(contentsOf: expected, encoding: .utf8)
                #expect(outcome.output == text, "\(expected.lastPathComponent) differs; make golden rewrites it")
            }
        }
    }

    @Test func fixturesAreThere() {
        #expect(Earshot.captures.count >= 18)
    }

    /// Nobody keeps an expectation for a capture that is gone.
    @Test func noOrphans() throws {
        let found =
            FileManager.default.enumerator(atPath: Earshot.fixtures.path(percentEncoded: false))?
            .compactMap { $0 as? String } ?? []
        for name in found
        where !name.hasPrefix("schema/") && !name.hasPrefix("lockdown/")
            && (name.hasSuffix(".txt") || name.hasSuffix(".svg") || name.hasSuffix(".json"))
        {
            let stem = "Fixtures/" + name.prefix { $0 != "." }
            #expect(Earshot.captures.contains { $0.hasPrefix("\(stem).pcap") }, "\(name) has no capture")
        }
    }
}
