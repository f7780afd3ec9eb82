import Foundation
import Testing

/// What was sent is what was captured and what is said to be lost, exactly.
@Suite(.serialized) struct LossTests {
    struct Load: CustomTestStringConvertible {
        let link: String
        let from: String
        let size: Int
        var options = ""
        /// The reader stands still for two seconds.
        var pauses = false
        var testDescription: String { "\(from) to \(link), \(size) bytes \(options)\(pauses ? " stopped" : "")" }
    }

    static let loads = [
        Load(link: "lo", from: "lo", size: 60), Load(link: "lo", from: "lo", size: 1400),
        Load(link: "any", from: "lo", size: 60),
        Load(link: "v0", from: "v0", size: 60), Load(link: "v0", from: "v0", size: 1400),
        Load(link: "v1", from: "v0", size: 60), Load(link: "v1", from: "v0", size: 1400),
        Load(link: "lo", from: "lo", size: 60, options: "-B 2048", pauses: true),
        Load(link: "v1", from: "v0", size: 1400, options: "-B 2048", pauses: true),
        Load(link: "lo", from: "lo", size: 60, options: "--workers 2"),
        Load(link: "v1", from: "v0", size: 1400, options: "--workers 4"),
        Load(link: "lo", from: "lo", size: 60, options: "--workers 4 -B 2048", pauses: true),
    ]

    @Test(.privileged, arguments: loads)
    func sentIsCapturedAndDropped(load: Load) throws {
        let count = 100_000
        let outcome = try Namespace.run(
            """
            [ \(load.from) = lo ] || veth
            "$EARSHOT" capture -i \(load.link) \(load.options) -w out.pcapng udp port 9000 2>log & pid=$!
            listening log
            \(load.pauses ? "kill -STOP $pid" : "")
            send \(load.from) \(load.size) \(count)
            \(load.pauses ? "sleep 2; kill -CONT $pid" : "")
            kill -INT $pid; wait $pid; echo "status $?"; tail -2 log; blocks out.pcapng
            """)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 5, "\(outcome.output) \(outcome.errors)")
        #expect(lines[0] == "\(count)")
        #expect(lines[1] == "status 0")
        let captured = Int(lines[2].prefix { $0.isNumber }) ?? -1
        let dropped = Int(lines[3].prefix { $0.isNumber }) ?? -1
        #expect(lines[2] == "\(captured) packets captured")
        #expect(lines[3] == "\(dropped) packets dropped by kernel")
        #expect(captured + dropped == count)
        #expect(!load.pauses || dropped > 0, "the ring was too large for the test")
        let blocks = lines[4].split(separator: " ").map { Int($0) ?? -1 }
        #expect(blocks[0] == captured)
        #expect(blocks[1] <= dropped)
        #expect(Array(blocks[2...]) == [count, dropped])
    }

    @Test(.privileged, arguments: ["INT", "TERM", "HUP"])
    func signalLosesNothingTwentyTimes(signal: String) throws {
        let outcome = try Namespace.run(
            """
            for round in $(seq 20); do
                rm -f log out.pcap
                timeout 20 "$EARSHOT" capture -i lo -w out.pcap udp port 9000 2>log & pid=$!
                listening log
                send lo 60 10000 >/dev/null; begin=$EPOCHREALTIME; kill -\(signal) $(pgrep -P $pid); wait $pid; status=$?
                end=$EPOCHREALTIME; [ $((${end/./} - ${begin/./})) -lt 500000 ] && intime=$((intime + 1))
                echo "$status $(tail -2 log | tr '\\n' ' ')$("$EARSHOT" read --count out.pcap)"
            done
            # Within half a second, but for when the machine has better things to do.
            [ $intime -ge 10 ] && echo "in time"
            """, deadline: 120)
        let line = "0 10000 packets captured 0 packets dropped by kernel 10000 packets\n"
        #expect(outcome.output == String(repeating: line, count: 20) + "in time\n", "\(outcome.errors)")
    }

    /// Where stderr is a terminal, drops are told as they happen.
    @Test(.privileged) func dropsAreShownLive() throws {
        let outcome = try Namespace.run(
            """
            cat >terminal.py <<'END'
            import os, pty, subprocess, sys, time
            ours, theirs = pty.openpty()
            p = subprocess.Popen([os.environ["EARSHOT"], "capture", "-i", "lo", "-B", "1024", "-w", "out.pcap", "udp"],
                                 stderr=theirs)
            text = os.read(ours, 4096)
            while b"listening" not in text: text += os.read(ours, 4096)
            p.send_signal(19)
            subprocess.run([sys.executable, os.environ["PROGRAMS"] + "/send.py", "lo", "1400", "20000"], stdout=subprocess.DEVNULL)
            p.send_signal(18)
            while b"so far" not in text: text += os.read(ours, 4096)
            print(p.poll())
            p.terminate()
            print(p.wait())
            END
            timeout 30 python3 terminal.py
            "$EARSHOT" capture -i lo -B 1024 -w quiet.pcap udp 2>log & pid=$!
            listening log; kill -STOP $pid; send lo 1400 20000 >/dev/null; kill -CONT $pid; sleep 0.3
            kill -INT $pid; wait $pid; grep -c 'so far' log; grep -c '^0 packets dropped' log
            """)
        #expect(outcome.output == "None\n0\n0\n0\n", "\(outcome.errors)")
    }
}
