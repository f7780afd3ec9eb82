import Foundation
import Testing

/// The last of the traffic, kept in memory and written when it is asked for.
@Suite(.serialized) struct RecorderTests {
    @Test(.privileged) func aTriggerWritesWhatCameBefore() throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" capture -i lo --ring-seconds 100 --trigger 'udp[4:2] = 70' -w x.pcapng udp port 9000 2>log & pid=$!
            listening log
            count() { sleep 0.3; "$EARSHOT" read --count x.pcapng; }
            send lo 60 1000 >/dev/null; count
            send lo 104 1 >/dev/null; count
            send lo 60 10 >/dev/null; count
            kill -INT $pid; wait $pid; echo "status $?"; count; tail -3 log
            """)
        #expect(
            outcome.output == """
                0 packets
                1001 packets
                1001 packets
                status 0
                1011 packets
                1011 packets written, 0 discarded for later ones
                1011 packets captured
                0 packets dropped by kernel

                """, "\(outcome.errors)")
    }

    @Test(.privileged) func aSignalWritesTheLastSeconds() throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" capture -i lo --ring-seconds 1.5 -w x.pcap udp port 9000 2>log & pid=$!
            listening log
            send lo 60 100 >/dev/null; sleep 2; send lo 60 7 >/dev/null; sleep 0.2
            kill -USR2 $pid; sleep 0.3; "$EARSHOT" read --count x.pcap
            kill -INT $pid; wait $pid; echo "status $?"; "$EARSHOT" read --count x.pcap; grep written log
            """)
        #expect(
            outcome.output
                == "7 packets\nstatus 0\n7 packets\n7 packets written, 100 discarded for later ones\n",
            "\(outcome.errors)")
    }

    /// So much is kept, and it is the last.
    @Test(.privileged) func theEndWritesTheLastMegabytes() throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" capture -i lo --ring-megabytes 1 -w x.pcap udp port 9000 2>log & pid=$!
            listening log
            send lo 60 2000 >/dev/null; send lo 1400 2000 >/dev/null
            kill -INT $pid; wait $pid; echo "status $?"
            size=$(stat -c %s x.pcap); [ $size -gt 900000 -a $size -lt 1000000 ] && echo full
            "$EARSHOT" read --count x.pcap less 100
            """)
        #expect(outcome.output == "status 0\nfull\n0 packets\n", "\(outcome.errors)")
    }

    @Test(.privileged) func aBadTriggerIsWrongUse() throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" capture -i lo --ring-seconds 1 --trigger 'no filter' -w x.pcap; echo "status $?"
            """)
        #expect(outcome.output == "status 2\n")
        #expect(outcome.errors.contains("no filter"))
    }
}
