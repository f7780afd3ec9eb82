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
        #expect(outcome.status == 1)
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

    /// Three streams that take turns, more than is kept in memory: some segments swap places, and stream 2 sends short ones.
    private static let interleaved = """
        python3 - <<'PROGRAM'
        import hashlib, os, random, struct
        random.seed(7)
        def packet(number, sequence, flags, payload):
            segment = struct.pack(">HHIIBBHHH", 80, 1000 + number, sequence, 1, 0x50, flags, 501, 0, 0)
            addresses = bytes([10, 0, 0, 2, 10, 0, 0, 1])
            return struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0) + addresses + segment + payload
        packets, hashes = [], [hashlib.sha256() for _ in range(3)]
        next = [100, 0xffff0000, 7]
        for turn in range(4000):
            number = turn % 3
            burst = []
            for _ in range(3):
                payload = random.randbytes(random.randrange(1, 90) if number == 2 else random.randrange(200, 1460))
                burst.append(packet(number, next[number] & 0xffffffff, 24, payload))
                next[number] += len(payload)
                hashes[number].update(payload)
            if turn > 2 and turn % 40 < 3: burst.reverse()
            packets += burst
        folder = os.environ["T"]
        with open(folder + "/streams.pcap", "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
            for time, data in enumerate(packets):
                out.write(struct.pack("<IIII", time, 0, len(data), len(data)) + data)
        with open(folder + "/expected", "w") as out:
            for hash in hashes: out.write(hash.hexdigest() + "\\n")
        PROGRAM
        cd $T
        gzip -k streams.pcap
        # What nobody has read yet does not begin where the file does.
        (echo leads; cat streams.pcap) >led
        for format in raw text json; do
            words="--format $format"
            [ $format = raw ] && words="--raw server"
            "$EARSHOT" follow streams.pcap $words | sha256sum
            "$EARSHOT" follow streams.pcap.gz $words | sha256sum
            "$EARSHOT" follow --engine libpcap streams.pcap $words | sha256sum
            cat streams.pcap | "$EARSHOT" follow - $words | sha256sum
            (head -c 6 >/dev/null; "$EARSHOT" follow - $words) <led | sha256sum
            echo
        done
        for stream in 0 1 2; do "$EARSHOT" follow streams.pcap --raw server --stream $stream | sha256sum; done
        for stream in 0 1 2; do "$EARSHOT" follow streams.pcap.gz --raw server --stream $stream; done | sha256sum
        cat expected
        """

    @Test func streamsComeOneAfterTheOtherWhereverTheirBytesWait() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "follow-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try Earshot.shell(
            Self.interleaved, environment: ["T": folder.path(percentEncoded: false)], deadline: 240)
        #expect(outcome.errors == "")
        let lines = outcome.output.replacingOccurrences(of: "  -", with: "").components(separatedBy: "\n")
        try #require(lines.count == 26, "\(lines)")
        let (raw, text, json) = (lines[0..<5], lines[6..<11], lines[12..<17])
        for format in [raw, text, json] { #expect(Set(format).count == 1, "\(format)") }
        #expect(Set([raw.first, text.first, json.first]).count == 3)
        #expect(Array(lines[18..<21]) == Array(lines[22..<25]))
        #expect(lines[21] == raw.first)
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

    /// The temporary file fills up, or cannot be made: what lies in memory and what was written before is shown, each
    /// event with its own conversation, and the reason is told.
    @Test func whatWaitsIsShownWhereThereIsNoRoomForMore() throws {
        let outcome = try Earshot.shell(
            """
            d=$(mktemp -d); trap 'rm -r $d' EXIT; mkdir $d/t
            python3 - Tests/Support Fixtures/greeting/udp.pcap Fixtures/dns/udp.pcap > $d/many.pcap <<'PROGRAM'
            import struct, sys
            sys.path.insert(0, sys.argv[1])
            import savefiles
            # Each packet with an identification and a time of its own: else they were copies.
            packets = [p for path in sys.argv[2:] for _, p, _ in savefiles.records(savefiles.read(path))[1]]
            out = sys.stdout.buffer
            out.write(savefiles.read(sys.argv[2])[:24])
            for number in range(100_000):
                packet = bytearray(packets[number % len(packets)])
                packet[18:20] = struct.pack(">H", number & 0xffff)
                out.write(struct.pack("<IIII", number, 0, len(packet), len(packet)) + packet)
            PROGRAM
            "$EARSHOT" follow --format hex $d/many.pcap > $d/all || exit 90
            (trap '' XFSZ; ulimit -f 4000; TMPDIR=$d/t "$EARSHOT" follow --format hex $d/many.pcap) | cat > $d/full
            echo "${PIPESTATUS[0]}"
            TMPDIR=/nonexistent "$EARSHOT" follow --format hex $d/many.pcap > $d/none
            echo $?
            sort -u $d/all > $d/lines
            for f in full none; do
                sort -u $d/$f | comm -13 $d/lines - | wc -l
                [ $(wc -l < $d/$f) -gt 10000 ] && echo enough
                cut -d: -f1 $d/$f | grep -c '^UDP'
            done
            """, deadline: 240)
        #expect(outcome.output == "1\n1\n0\nenough\n2\n0\nenough\n2\n")
        #expect(
            outcome.errors == """
                earshot: writing a temporary file: File too large
                earshot: making a temporary file in /nonexistent: No such file or directory

                """)
    }
}
