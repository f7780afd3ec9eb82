import Foundation
import Testing

/// Savefiles of every kind through the command line.
@Suite struct SavefileTests {
    /// Python that writes a pcapng of two link types: `packets(types)`, one UDP packet for each.
    private static let prelude = """
        import struct, sys
        def block(kind, body): body += bytes(-len(body) % 4); n = struct.pack('<I', len(body) + 12); \
        return struct.pack('<I', kind) + n + body + n
        def option(code, value): return struct.pack('<HH', code, len(value)) + value + bytes(-len(value) % 4)
        ip = bytes.fromhex('450000210001000040110000c0000201c6336402' '03e807d0000d0000') + b'hello'
        frames = {1: bytes(12) + b'\\x08\\x00' + ip, 101: ip, 228: ip, 105: bytes(24)}
        section = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1))
        def file(types):
            out = section
            for t in types: out += block(1, struct.pack('<HHI', t, 0, 0) + option(2, b'eth%d' % t))
            for n, t in enumerate(types):
                f = frames[t]
                out += block(6, struct.pack('<IIIII', n, 0, n, len(f), len(f)) + f + bytes(-len(f) % 4))
            return out
        """

    private func python(_ script: String, then shell: String) throws -> Outcome {
        try Earshot.shell(
            "d=$(mktemp -d); trap 'rm -r $d' EXIT; cd $d; python3 -c \"$SCRIPT\" || exit 99; \(shell)",
            environment: ["SCRIPT": Self.prelude + "\n" + script], deadline: 120)
    }

    @Test(arguments: Earshot.libpcapCaptures)
    func bothEnginesPrintTheSame(capture: String) throws {
        let native = try Earshot.run(["read", "-vv", "-e", "-X", capture])
        let libpcap = try Earshot.run(["read", "-vv", "-e", "-X", "--engine", "libpcap", capture])
        #expect(native.status == 0)
        #expect(native.output == libpcap.output)
        #expect(!native.output.isEmpty)
    }

    @Test(arguments: ["native", "libpcap"], ["read", "ladder", "protocols"])
    func everyCommandHasBothEngines(engine: String, command: String) throws {
        let outcome = try Earshot.run([command, "--engine", engine, "Fixtures/greeting/tcp.pcap", "tcp"])
        #expect(outcome.status == 0)
        #expect(!outcome.output.isEmpty)
        #expect(try Earshot.run([command, "--engine", "other", "Fixtures/greeting/tcp.pcap"]).status == 2)
    }

    @Test func gzipIsReadFromAFileAndFromAPipe() throws {
        let plain = try Earshot.run(["read", "Fixtures/greeting/tcp.pcap"])
        let piped = try Earshot.shell("gzip -c Fixtures/greeting/tcp.pcap | \"$EARSHOT\" read -")
        #expect(piped.output == plain.output)
        #expect(piped.status == 0)
        let cut = try Earshot.shell(
            "gzip -c Fixtures/greeting/tcp.pcap | head -c -20 | \"$EARSHOT\" read --count -")
        #expect(cut.status == 1)
        #expect(cut.output.hasSuffix("packets\n"))
        #expect(cut.errors.contains("the compressed data is cut"))
    }

    @Test func aFilterIsCompiledForEveryLinkTypeOfTheFile() throws {
        let outcome = try python(
            "open('a.pcapng', 'wb').write(file([1, 101, 228]))",
            then: "\"$EARSHOT\" read --count a.pcapng udp port 2000; \"$EARSHOT\" read --count a.pcapng udp port 9")
        #expect(outcome.output == "3 packets\n0 packets\n")
        #expect(outcome.errors == "")
        #expect(outcome.status == 0)
    }

    @Test func aTypeThatRefusesTheFilterDoesNotMatchAndIsToldOnce() throws {
        let outcome = try python(
            "open('a.pcapng', 'wb').write(file([1, 101, 228, 101]))",
            then: "\"$EARSHOT\" read --count a.pcapng ether src 0:0:0:0:0:0")
        #expect(outcome.output == "1 packet\n")
        #expect(outcome.errors.contains("link type 101"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(outcome.status == 0)
        let first = try python(
            "open('a.pcapng', 'wb').write(file([101, 1]))",
            then: "\"$EARSHOT\" read --count a.pcapng ether src 0:0:0:0:0:0")
        #expect(first.status == 2)
        #expect(first.output == "")
    }

    @Test func severalLinkTypesArePcapngAndNoPcap() throws {
        let outcome = try python(
            "open('a.pcapng', 'wb').write(file([1, 101]))",
            then: """
                "$EARSHOT" read a.pcapng -w b.pcapng && "$EARSHOT" read --count b.pcapng
                "$EARSHOT" read a.pcapng -w b.pcap
                """)
        #expect(outcome.output == "2 packets\n")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("write a pcapng"))
        #expect(outcome.errors.contains("1 of 2 packets written"))
    }

    @Test func aLieIsToldAfterThePacketsBeforeIt() throws {
        let outcome = try python(
            "open('a.pcapng', 'wb').write(file([1, 101]) + struct.pack('<II', 6, 7) + bytes(99))",
            then: "\"$EARSHOT\" read -t a.pcapng")
        #expect(outcome.output.split(separator: "\n").count == 2)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("packet 3, byte 236: a block of 7 bytes, where 12 are the least"))
    }

    /// A gigabyte of zeros in a megabyte: as a block to pass over, with a packet behind it, and as empty records.
    @Test(arguments: ["custom", "records"])
    func aGzipBombStreamsInConstantMemory(kind: String) throws {
        let outcome = try python(
            """
            import zlib
            squeeze = zlib.compressobj(1, wbits=31)
            size = 1 << (30 if '\(kind)' == 'custom' else 26)
            whole = file([1])
            head = whole[:len(section) + 28] + struct.pack('<II', 0xbad, size + 12)
            tail = struct.pack('<I', size + 12) + whole[len(section) + 28:]
            if '\(kind)' == 'records': head, tail = struct.pack('<IHHQII', 0xa1b2c3d4, 2, 4, 0, 0, 1), b''
            with open('bomb.gz', 'wb') as out:
                out.write(squeeze.compress(head))
                for _ in range(size >> 20): out.write(squeeze.compress(bytes(1 << 20)))
                out.write(squeeze.compress(tail) + squeeze.flush())
            """,
            then: """
                python3 -c '
                import os, resource, subprocess
                print(subprocess.run([os.environ["EARSHOT"], "read", "--count", "bomb.gz"]).returncode)
                print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 64 << 10)'
                """)
        #expect(outcome.output == (kind == "custom" ? "1 packet\n0\nTrue\n" : "4194304 packets\n0\nTrue\n"))
        #expect(outcome.errors == "")
    }
}
