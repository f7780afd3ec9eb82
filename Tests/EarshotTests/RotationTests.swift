import Foundation
import Testing

/// One savefile after the other, named as tcpdump names them.
@Suite(.serialized) struct RotationTests {
    @Test(.privileged, arguments: ["-C 1", "-C 1 -W 1", "-C 1 -W 3", "-C 1 -W 11", "-G 3600 -C 1 -W 3"])
    func namesAndSizesAreTcpdumps(options: String) throws {
        let outcome = try Namespace.run(
            """
            mkdir ours theirs
            tcpdump -U -i lo -Q in -B 65536 -Z root \(options) -w theirs/x%Y udp port 9000 2>tcpdump.log & other=$!
            "$EARSHOT" capture -i lo \(options) -w ours/x%Y udp port 9000 2>log & pid=$!
            listening log; listening tcpdump.log
            send lo 1400 4000 >/dev/null; sleep 1; kill -INT $pid; wait $pid; echo "status $?"
            # What started it may have blocked every other signal.
            kill -KILL $other; wait $other 2>/dev/null
            (cd ours; stat -c '%n %s' *) >a; (cd theirs; stat -c '%n %s' *) >b
            diff a b && wc -l <a; for file in ours/*; do "$EARSHOT" read --count $file >/dev/null || echo broken; done
            """)
        let counts = ["-C 1": 6, "-C 1 -W 1": 1, "-C 1 -W 11": 6]
        #expect(outcome.output == "status 0\n\(counts[options] ?? 3)\n", "\(outcome.output) \(outcome.errors)")
    }

    /// Each file is complete, and together they hold every packet.
    @Test(.privileged) func periodsLoseNothing() throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" capture -i lo -G 1 -w x-%s.pcapng udp port 9000 2>log & pid=$!
            listening log
            for i in 1 2 3 4; do send lo 100 500 >/dev/null; sleep 0.6; done
            kill -INT $pid; wait $pid; echo "status $?"; [ $(ls x-*.pcapng | wc -l) -ge 2 ] && echo several
            for file in x-*; do blocks $file; done | awk '{ p += $1; r += $3 } END { print p, r }'
            """)
        #expect(outcome.output == "status 0\nseveral\n2000 2000\n", "\(outcome.output) \(outcome.errors)")
    }

    /// No packet is needed to notice that the time is over.
    @Test(.privileged) func aCountOfPeriodsEndsTheCapture() throws {
        let outcome = try Namespace.run(
            """
            timeout 20 "$EARSHOT" capture -i lo -G 1 -W 1 -w x udp port 9000 2>log; echo "status $?"; ls x*
            """)
        #expect(outcome.output == "status 0\nx\n", "\(outcome.output) \(outcome.errors)")
    }

    /// A file that was there before is not part of the ring.
    @Test(.privileged) func anEarlierFileIsLeftAlone() throws {
        let outcome = try Namespace.run(
            """
            echo kept >x1
            timeout 20 "$EARSHOT" capture -i lo -C 1 -W 3 -w x udp port 9000 2>log & pid=$!
            listening log
            send lo 1400 2000 >/dev/null; wait $pid; echo "status $?"; cat x1; grep -oE 'x1: File exists' log
            grep -cE '[0-9]+ of [0-9]+ packets written' log; "$EARSHOT" read --count x0 >/dev/null && echo whole
            """)
        #expect(outcome.output == "status 1\nkept\nx1: File exists\n1\nwhole\n", "\(outcome.errors)")
    }

    @Test(arguments: [
        "-C 1", "-G 1", "-W 2 -w x", "-C 0 -w x", "-G -1 -w x", "-C 1 -w -", "-G 1 -w %H/x", "--trigger tcp -w x",
        "--ring-seconds 1", "--ring-seconds 0 -w x", "--ring-megabytes 0 -w x", "--workers 0", "--workers 65",
    ])
    func wrongUse(options: String) throws {
        let outcome = try Earshot.shell("\"$EARSHOT\" capture -i lo \(options) </dev/null | cat; exit ${PIPESTATUS[0]}")
        #expect(outcome.status == 2, "\(outcome.errors)")
    }
}
