import Foundation
import Testing

/// A greeting on a port that says nothing is known by its welcome, in every command.
@Suite struct RecognitionTests {
    @Test(arguments: [
        (["read", "-"], "greeting answer \"Hello, Michael!\""), (["ladder", "-"], "·· greeting ··"),
        (["protocols", "-"], "greeting                               8 "),
        (["read", "-v", "-"], "    greeting, offset"),
        (["read", "--format", "json", "-"], "\"layer\":\"greeting\""),
    ])
    func withoutItsPort(arguments: [String], expected: String) throws {
        var capture = try Data(contentsOf: Earshot.fixtures.appending(path: "greeting/tcp.pcap"))
        // Port 9999 becomes 7777.
        while let range = capture.range(of: Data([0x27, 0x0f])) {
            capture.replaceSubrange(range, with: [0x1e, 0x61])
        }
        let outcome = try Earshot.run(arguments, input: capture)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains(expected), "\(outcome.output)")
    }
}
