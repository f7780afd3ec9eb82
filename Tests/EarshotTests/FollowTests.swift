import Foundation
import Testing

/// `earshot follow` as a user runs it; its text is golden beside the fixtures.
@Suite struct FollowTests {
    @Test(arguments: [
        ("client", "MichaelTracySarahexit"), ("server", "Welcome!Hello, Michael!Hello, Tracy!Hello, Sarah!"),
    ])
    func rawWritesOneSidesBytes(side: String, bytes: String) throws {
        let outcome = try Earshot.run(["follow", "Fixtures/greeting/tcp.pcap", "--raw", side])
        #expect(outcome.status == 0)
        #expect(outcome.output == bytes)
        #expect(outcome.errors.isEmpty)
    }

    @Test func rawTellsOfGapsOnStderr() throws {
        let outcome = try Earshot.run(["follow", "Fixtures/http/download.pcap", "--raw", "client"])
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("bytes not captured"))
    }

    @Test func chosenConversationReadsLikeAmongAll() throws {
        for stream in ["0", "udp:0"] {
            let capture = stream == "0" ? "Fixtures/greeting/tcp.pcap" : "Fixtures/greeting/udp.pcap"
            let all = try Earshot.run(["follow", capture])
            let one = try Earshot.run(["follow", capture, "--stream", stream])
            #expect(one.output == all.output)
        }
    }

    /// A segment that waits for the one before it is sent again with other bytes.
    private static let resent = """
        python3 - <<'PROGRAM' >$T/resent.pcap
        import struct, sys
        def packet(side, sequence, flags, payload=b""):
            ports, ends = ((1000, 80), (1, 2)) if side == "client" else ((80, 1000), (2, 1))
            segment = struct.pack(">HHIIBBHHH", *ports, sequence, 501 if side == "client" else 101, 0x50, flags, 9, 0, 0)
            addresses = bytes([10, 0, 0, ends[0], 10, 0, 0, ends[1]])
            length = 40 + len(payload)
            return struct.pack(">BBHHHBBH", 0x45, 0, length, 0, 0, 64, 6, 0) + addresses + segment + payload
        packets = [packet("client", 100, 2), packet("server", 500, 18), packet("client", 101, 16),
                   packet("client", 104, 24, b"defghi"), packet("client", 106, 24, b"XYhi"),
                   packet("server", 501, 24, b"hello"), packet("client", 101, 24, b"abc")]
        out = sys.stdout.buffer
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for time, data in enumerate(packets): out.write(struct.pack("<IIII", time, 0, len(data), len(data)) + data)
        PROGRAM

        """

    @Test(arguments: ["", "--stream 0"])
    func conflictsStandInTheirPlaces(options: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "follow-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = ["T": folder.path(percentEncoded: false)]
        let script = Self.resent + "\"$EARSHOT\" follow $T/resent.pcap \(options)"
        let text = try Earshot.shell(script, environment: environment)
        #expect(
            text.output.hasSuffix(
                "  9 bytes\nabcde\n[4 bytes sent twice, and not the same: what came first is shown]\nfghi\n"),
            "\(text.output)")
        #expect(!text.output.contains("  0 bytes"))
        let json = try Earshot.shell(script + " --format json", environment: environment)
        #expect(json.output.contains(#""frame":5,"timestamp":"4.000000000","offset":5,"length":4,"data":"58596869"}"#))
        let raw = try Earshot.shell(script + " --raw client", environment: environment)
        #expect(raw.output == "abcdefghi")
        #expect(raw.errors == "stream 0, offset 5: 4 bytes sent twice, and not the same: what came first is written\n")
    }

    @Test func unknownConversationIsTold() throws {
        let outcome = try Earshot.run(["follow", "Fixtures/greeting/tcp.pcap", "--stream", "99"])
        #expect(outcome.status == 0)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors == "no TCP conversation 99 among these packets\n")
    }

    @Test func rawAndFormatAreOneTooMany() throws {
        let outcome = try Earshot.run(
            ["follow", "Fixtures/greeting/tcp.pcap", "--raw", "client", "--format", "hex"])
        #expect(outcome.status == 2)
    }

    @Test func recordsAreJSON() throws {
        let outcome = try Earshot.run(["follow", "Fixtures/greeting/reset.pcap", "--format", "json"])
        let records = try outcome.output.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(records.first?["record"] as? String == "stream_begin")
        #expect(records.contains { $0["record"] as? String == "stream_reset" })
        #expect(records.last?["ending"] as? String == "reset")
    }
}
