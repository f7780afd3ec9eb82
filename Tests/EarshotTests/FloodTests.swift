import Foundation
import Testing

/// A flood of other conversations hides none that was there before it.
@Suite(.serialized) struct FloodTests {
    /// More conversations than a table holds behind a greeting of 16 packets, as a savefile on the standard output.
    private static let flood = """
        python3 -c '
        import struct, sys
        out = sys.stdout.buffer
        out.write(open("Fixtures/greeting/tcp.pcap", "rb").read())
        packets = []
        for n in range(1100000):
            ip = struct.pack(">BBHHHBBHII", 0x45, 0, 40, 0, 0, 64, 6, 0, 0x0a000000 + n // 50000, 0xc0a80001)
            tcp = struct.pack(">HHIIBBHHH", 1024 + n % 50000, 80, n, 0, 0x50, 2, 1024, 0, 0)
            packets.append(struct.pack("<IIII", 2000000000, 0, 54, 54) + bytes(12) + b"\\x08\\x00" + ip + tcp)
        out.write(b"".join(packets))
        '
        """

    private func ladder(_ options: String) throws -> Outcome {
        try Earshot.shell("\(Self.flood) | \"$EARSHOT\" ladder -r - \(options)", deadline: 300)
    }

    @Test(arguments: ["", "--full"])
    func theLadderOfTheGreetingIsDrawn(options: String) throws {
        let outcome = try ladder("\(options) | head -60")
        #expect(outcome.output.hasPrefix("TCP 0: 127.0.0.1:"))
        #expect(outcome.output.contains("Hello, Michael!"))
        #expect(outcome.output.contains("closed by client"))
    }

    @Test func oneThatWasGivenUpIsFound() throws {
        let found = try ladder("--stream 0")
        #expect(found.output.hasPrefix("TCP 0: 127.0.0.1:"))
        #expect(found.output.contains("Hello, Michael!"))
        #expect(found.errors == "TCP conversation 0 was given up before the end: more than 1048576 were there\n")
        let missing = try ladder("--stream 1100001")
        #expect(missing.output.isEmpty)
        #expect(missing.errors == "no TCP conversation 1100001 among these packets\n")
    }

    @Test func itIsInThePicture() throws {
        let outcome = try ladder("--format svg")
        #expect(outcome.output.contains("Hello, Michael!"))
        #expect(outcome.output.components(separatedBy: "<title>").count == 257)
        #expect(outcome.errors.contains("conversations given up because more than 1048576 were there: 51425\n"))
        #expect(outcome.errors.contains("1099745 packets left out"))
    }
}
