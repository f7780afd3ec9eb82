import Foundation
import Testing

/// A stop signal ends every command soon, whoever does not read what it has to say. Half a second is promised; four times
/// that is waited for.
@Suite(.serialized) struct StoppingTests {
    /// A folder with a long capture, and a pipe that nobody reads: `stalled`.
    private static let prelude = """
        folder=$(mktemp -d); trap 'rm -rf $folder' EXIT
        many=$folder/many.pcap; (head -c 24 Fixtures/greeting/tcp.pcap; for i in $(seq 400); do
            tail -c +25 Fixtures/greeting/tcp.pcap; done) >$many
        mkfifo $folder/stalled; exec 7<>$folder/stalled
        # SIGNAL: sends it to the job and says how it ends, and whether in time.
        stop() {
            sleep 0.7; kill -$1 $pid; began=$(date +%s%N); wait $pid; status=$?
            [ $((($(date +%s%N) - began) / 1000000)) -lt 2000 ] && echo "in time, $status" || echo "late, $status"
        }

        """

    private func shell(_ script: String, inNamespace: Bool = false) throws -> Outcome {
        let command = inNamespace ? ["/usr/bin/unshare", "-n", "-m", "/bin/bash", "-c"] : ["/bin/bash", "-c"]
        return try Earshot.execute(
            command + [Self.prelude + (inNamespace ? "ip link set lo up\n" : "") + script], in: Earshot.root,
            environment: ["EARSHOT": Earshot.binary], input: nil, deadline: 60)
    }

    static let readers = [
        "read $many", "read -v $many", "read --format json $many", "read --jobs 2 $many", "ladder --full $many",
        "ladder --format svg $many", "conversations --format json --segments $many", "follow $many",
        "follow --raw client $many",
    ]

    @Test(arguments: readers, ["INT", "TERM", "HUP"])
    func reading(command: String, signal: String) throws {
        let outcome = try shell(
            """
            head -c 65536 /dev/zero >&7
            "$EARSHOT" \(command) >&7 2>$folder/log & pid=$!
            stop \(signal); cat $folder/log
            """)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "in time, 1", "\(outcome.output) \(outcome.errors)")
        let lost = "earshot: writing to standard output: nobody reads it; [0-9]+ bytes are not written"
        #expect(lines.last?.range(of: "^\(lost)$", options: .regularExpression) != nil, "\(outcome.output)")
    }

    @Test(
        .privileged,
        arguments: ["capture -i lo", "capture -i lo -l", "capture -i lo -v", "ladder -i lo", "follow -i lo"],
        ["INT", "TERM"])
    func capturing(command: String, signal: String) throws {
        let outcome = try shell(
            """
            "$EARSHOT" \(command) >&7 2>$folder/log & pid=$!
            until grep -q listening $folder/log; do sleep 0.02; done
            python3 -c 'import socket
            for round in range(400):
                with socket.create_server(("127.0.0.1", 0)) as server:
                    with socket.create_connection(server.getsockname()) as client:
                        peer, _ = server.accept()
                        client.sendall(b"hello there\\n" * 20)
                        peer.recv(1000)
                        peer.close()'
            stop \(signal); grep -c 'nobody reads it' $folder/log
            """, inNamespace: true)
        #expect(outcome.output == "in time, 1\n1\n", "\(outcome.errors)")
    }

    @Test(.privileged) func greeting() throws {
        let outcome = try shell(
            """
            head -c 65536 /dev/zero >&7
            "$EARSHOT" greet serve --delay 0 --port 9977 >&7 2>$folder/log & pid=$!
            sleep 0.3; "$EARSHOT" greet connect --port 9977 --names a >/dev/null 2>&1 & sleep 0.3
            stop TERM; kill %2 2>/dev/null; wait 2>/dev/null
            """, inNamespace: true)
        #expect(outcome.output == "in time, 1\n", "\(outcome.errors)")
    }

    /// Who reads slowly gets all of it.
    @Test func aSlowReaderGetsTheRest() throws {
        let outcome = try shell(
            """
            mkfifo $folder/slow
            (exec 0<$folder/slow; sleep 1; for i in $(seq 200); do head -c 4096 || break; sleep 0.005; done) >$folder/got &
            reader=$!
            "$EARSHOT" read $many >$folder/slow 2>$folder/log & pid=$!
            sleep 0.9; kill -INT $pid; wait $pid; echo "status $?"; wait $reader; tail -c 1 $folder/got | xxd -p; cat $folder/log
            """)
        #expect(outcome.output == "status 0\n0a\n", "\(outcome.errors)")
    }

    /// A name server that does not answer, and a pipe that waits for its reader.
    @Test(.privileged) func whileItWaits() throws {
        let outcome = try shell(
            """
            echo 'nameserver 127.0.0.1' >$folder/resolv; mount --bind $folder/resolv /etc/resolv.conf
            python3 -c 'import socket, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 53)); time.sleep(20)' & mute=$!
            sleep 0.3; mkfifo $folder/out
            "$EARSHOT" capture -i lo host no.such.example 2>$folder/log & pid=$!; stop INT
            "$EARSHOT" read $many host no.such.example 2>$folder/log & pid=$!; stop TERM
            "$EARSHOT" greet serve --host no.such.example 2>$folder/log & pid=$!; stop INT
            "$EARSHOT" ping no.such.example 2>$folder/log & pid=$!; stop TERM
            "$EARSHOT" capture -i lo -w $folder/ring --ring-seconds 5 --trigger 'host no.such.example' 2>$folder/log & pid=$!
            stop INT
            "$EARSHOT" read -w $folder/out $many 2>$folder/log & pid=$!; stop INT; cat $folder/log
            "$EARSHOT" capture -i lo -w $folder/out 2>$folder/log & pid=$!; stop TERM
            kill $mute; umount /etc/resolv.conf
            """, inNamespace: true)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        let ends = ["in time, 130", "in time, 143", "in time, 130", "in time, 143", "in time, 130"]
        #expect(lines.prefix(5) == ends[...], "\(outcome)")
        #expect(lines.count == 8 && lines[5] == "in time, 1" && lines[6].hasSuffix("nobody reads it"), "\(outcome)")
        #expect(lines.last == "in time, 1", "\(outcome)")
    }

    /// Nothing is captured, and nobody reads any more.
    @Test(.privileged, arguments: ["ladder -i lo", "capture -i lo", "protocols -i lo"])
    func aReaderThatHasGone(command: String) throws {
        let outcome = try shell(
            """
            "$EARSHOT" \(command) 2>$folder/log | sleep 0.3 & sleep 2.5
            pgrep -f "earshot \(command)" -P $! ; jobs -r | wc -l; cat $folder/log | grep -v listening
            """, inNamespace: true)
        #expect(outcome.output == "0\n", "\(outcome.errors)")
    }

    /// What the shell's `ulimit -f` ends is ended as a full disk does.
    @Test(
        .privileged,
        arguments: [
            ("read $many -w $folder/out.pcap", "out.pcap"), ("read $many -w $folder/out.pcapng", "out.pcapng"),
            ("read $many >$folder/out.txt", ""), ("read -v $many >$folder/out.txt", ""),
            ("capture -i lo -w $folder/out.pcap", "out.pcap"),
        ])
    func aFileThatMayNotGrow(command: String, saved: String) throws {
        let outcome = try shell(
            """
            chmod 777 $folder
            (ulimit -f 64; exec env --default-signal=XFSZ "$EARSHOT" \(command)) 2>$folder/log & pid=$!
            sleep 0.5; python3 -c 'import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for i in range(200): s.sendto(bytes(1000), ("127.0.0.1", 9))'
            wait $pid; echo "status $?"; grep -oE 'File too large|[0-9]+ of [0-9]+ packets written' $folder/log
            [ -z "\(saved)" ] || "$EARSHOT" read --count $folder/\(saved)
            """, inNamespace: true)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.prefix(2) == ["status 1", "File too large"], "\(outcome.output) \(outcome.errors)")
        guard !saved.isEmpty else { return }
        // All that is told to be written can be read.
        let count = lines[2].split(separator: " ").first.map(String.init) ?? ""
        #expect(lines.count == 4 && lines[3] == "\(count) packets", "\(outcome.output)")
    }

    /// What CMD does at its limits is its own matter.
    @Test(.privileged) func commandsAreEndedByTheirLimits() throws {
        let outcome = try shell(
            """
            chmod 777 $folder
            (ulimit -f 1; env --default-signal=XFSZ "$EARSHOT" run -i lo -- dd if=/dev/zero of=$folder/big bs=4096 count=9 2>/dev/null); echo $?
            """, inNamespace: true)
        // 128 and SIGXFSZ.
        #expect(outcome.output == "153\n", "\(outcome.errors)")
    }
}
