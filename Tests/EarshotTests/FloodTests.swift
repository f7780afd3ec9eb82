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

    private func earshot(_ words: String) throws -> Outcome {
        try Earshot.shell("\(Self.flood) | \"$EARSHOT\" \(words)", deadline: 300)
    }

    private func ladder(_ options: String) throws -> Outcome { try earshot("ladder -r - \(options)") }

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

    /// 700,000 conversations of six packets, of which both sides speak and one holds bytes behind a hole.
    private static let speakers = """
        python3 -c '
        import struct, sys
        def segment(isServer, sequence, acknowledgment, flags, data=b""):
            length = 40 + len(data)
            ip = struct.pack(">BBHHHBBHII", 0x45, 0, length, 0, 0, 64, 6, 0, 0xc0a80001, 0xc0a80001)
            tcp = struct.pack(">HHIIBBHHH", 80, 80, sequence, acknowledgment, 0x50, flags, 1024, 0, 0)
            frame = bytearray(struct.pack("<IIII", 2000000000, 0, 14 + length, 14 + length))
            frame += bytes(12) + b"\\x08\\x00" + ip + tcp + data
            # Where the client is told.
            return frame, 46 if isServer else 42, 52 if isServer else 50
        conversation = [
            segment(False, 100, 0, 2), segment(True, 500, 101, 18), segment(False, 101, 501, 16),
            segment(False, 101, 501, 24, b"x" * 20), segment(True, 501, 121, 24, b"y" * 20),
            segment(True, 621, 121, 24, b"z" * 40)]
        out = sys.stdout.buffer
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for first in range(0, 700000, 1000):
            packets = []
            for frame, address, port in conversation:
                for n in range(first, first + 1000):
                    struct.pack_into(">I", frame, address, 0x0a000000 + n // 50000)
                    struct.pack_into(">H", frame, port, 1024 + n % 50000)
                    packets.append(bytes(frame))
            out.write(b"".join(packets))
        '
        """

    @Test(arguments: [("text", 500_000), ("json", 196_608)])
    func conversationsTakeHalfAGibibyteAtMost(format: String, kept: Int) throws {
        let outcome = try Earshot.shell(
            """
            \(Self.speakers) | python3 -c '
            import os, resource, subprocess, sys
            command = [os.environ["EARSHOT"], "conversations", "-r", "-", "--format", "\(format)"]
            ended = subprocess.run(command, stdout=subprocess.PIPE)
            lines = ended.stdout.count(b"\\n")
            print(ended.returncode, lines, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            '
            """, deadline: 300)
        let numbers = outcome.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(numbers.count == 3)
        #expect(numbers[0] == 0)
        // In text beside the header.
        #expect(numbers[1] == (format == "text" ? kept + 1 : kept))
        #expect(numbers[2] < 512 << 10, "KiB")
        #expect(outcome.errors == "more conversations than are kept: \(700_000 - kept) left out\n")
    }

    @Test(arguments: ["", "--stream 0"])
    func whatTheGreetingSaidIsFollowed(options: String) throws {
        let outcome = try earshot("follow -r - \(options)")
        #expect(outcome.output.hasPrefix("TCP 0: 127.0.0.1:"))
        #expect(outcome.output.contains("Hello, Michael!"))
        #expect(outcome.output.contains("greeting:"))
        #expect(outcome.errors.contains("given up"))
        let raw = try earshot("follow -r - --raw server \(options)")
        #expect(raw.output.hasPrefix("Welcome"))
    }

    @Test func expertCountsThoseThatWereGivenUp() throws {
        let lines = try earshot("expert -r -").output.split(separator: "\n")
        let unanswered = try #require(lines.first { $0.contains("tcp connection unanswered") })
        #expect(unanswered.contains(" 1,100,000 "))
    }

    @Test func itIsInThePicture() throws {
        let outcome = try ladder("--format svg")
        #expect(outcome.output.contains("Hello, Michael!"))
        #expect(outcome.output.components(separatedBy: "<title>").count == 257)
        #expect(outcome.errors.contains("conversations given up because more than 1048576 were there: 51425\n"))
        #expect(outcome.errors.contains("1099745 packets left out"))
    }
}
