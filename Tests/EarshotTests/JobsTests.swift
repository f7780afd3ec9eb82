import Foundation
import Testing

/// `read --jobs`: more threads, the same bytes; and what a long file shows on a terminal.
@Suite struct JobsTests {
    /// Several batches of packets: a savefile of the greeting's, the download's and tunnels' packets over and over,
    /// whose records `tail` takes without their file header. `$many` in `then`.
    private func withManyPackets(_ shell: String) throws -> Outcome {
        try Earshot.shell(
            """
            d=$(mktemp -d); trap 'rm -r $d' EXIT; many=$d/many.pcap
            head -c 24 Fixtures/http/download.pcap > $many
            for i in 1 2 3 4 5 6 7 8; do
                for f in http/download ip/fragments greeting/tcp6 tls/segments; do tail -c +25 Fixtures/$f.pcap >> $many; done
            done
            \(shell)
            """, deadline: 120)
    }

    @Test(arguments: [
        "", "-n -e", "-X", "-q -S", "--format json", "-tttt", "-ttt", "-ttttt", "-v", "-vv -X -ttt", "-v --format json",
        "-c 700", "tcp port 8000", "-t --nano",
        "--engine libpcap",
    ])
    func jobsPrintTheSameBytes(options: String) throws {
        let outcome = try withManyPackets(
            """
            "$EARSHOT" read \(options.hasPrefix("tcp") ? "" : options) $many \(options.hasPrefix("tcp") ? options : "") > $d/one || exit 90
            for jobs in 2 3; do
                "$EARSHOT" read --jobs $jobs \(options.hasPrefix("tcp") ? "" : options) $many \
                    \(options.hasPrefix("tcp") ? options : "") | cmp - $d/one || exit 91
            done
            wc -l < $d/one
            """)
        #expect(outcome.status == 0)
        #expect((Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) >= 600)
    }

    @Test func whatWasReadBeforeTheDamageIsPrintedByAnyNumberOfJobs() throws {
        let outcome = try withManyPackets(
            """
            head -c -10 $many > $d/cut.pcap
            "$EARSHOT" read $d/cut.pcap > $d/one 2> $d/errors; echo $?
            "$EARSHOT" read --jobs 2 $d/cut.pcap 2> $d/errors.2 | cmp - $d/one; echo ${PIPESTATUS[0]}
            cmp $d/errors $d/errors.2 && grep -c 'cut in a packet' $d/errors
            """)
        #expect(outcome.output == "1\n1\n1\n")
    }

    @Test func outputThatFailsEndsAllJobs() throws {
        let full = try withManyPackets("\"$EARSHOT\" read --jobs 2 $many > /dev/full")
        #expect(full.status == 1)
        #expect(full.errors == "earshot: writing to standard output: No space left on device\n")
        let closed = try withManyPackets("\"$EARSHOT\" read --jobs 2 -X $many | head -1; echo ${PIPESTATUS[0]}")
        #expect(closed.output.hasSuffix("\n0\n"))
        #expect(closed.errors == "")
    }

    @Test(arguments: ["0", "65", "-1", "two"])
    func numbersOfJobsThatMakeNoSense(number: String) throws {
        let outcome = try Earshot.run(["read", "--jobs", number, "Fixtures/greeting/tcp.pcap"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--jobs"))
    }

    /// Whoever reads the output slowly makes the reading take longer than the second after which a bar is shown.
    @Test func aLongFileShowsOnATerminalHowFarItIsRead() throws {
        let outcome = try withManyPackets(
            """
            cat > $d/terminal.py <<'PYTHON'
            import os, pty, select, subprocess, sys, time
            ours, theirs = pty.openpty()
            data = open(sys.argv[2], "rb").read()
            with open(sys.argv[2], "ab") as file:
                for _ in range(9): file.write(data[24:])
            program = subprocess.Popen([sys.argv[1], "read", sys.argv[2]],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs)
            os.close(theirs)
            time.sleep(1.5)
            program.stdout.read()
            shown = b""
            try:
                while select.select([ours], [], [], 1)[0]: shown += os.read(ours, 4096)
            except OSError: pass
            print(shown.decode().replace("\\r", "<CR>").replace("\\x1b", "<ESC>"))
            sys.exit(program.wait())
            PYTHON
            python3 $d/terminal.py "$EARSHOT" $many
            """)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains(" MB/s, "))
        #expect(outcome.output.hasSuffix("<ESC>[K<CR><ESC>[K\n"))
    }
}
