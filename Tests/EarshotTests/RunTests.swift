import Foundation
import Testing

/// `earshot run`: capture for the life of a command, which is as if earshot were not there.
@Suite(.serialized) struct RunTests {
    /// Whatever else CMD is, it is short: its first packets come at once, and it ends before the last.
    @Test(.privileged, arguments: ["", "-w out.pcap"])
    func everyPacketTwentyTimes(option: String) throws {
        let outcome = try Namespace.run(
            """
            python3 "$PROGRAMS/talk.py" serve >ready & server=$!; until [ -s ready ]; do sleep 0.01; done
            for round in $(seq 20); do
                rm -f out.pcap
                "$EARSHOT" run -i lo --filter 'tcp port 9000' \(option) -- python3 "$PROGRAMS/talk.py" 2>log; status=$?
                \(option.isEmpty ? "cat log" : "tcpdump -nn -r out.pcap 2>/dev/null") |
                    sed -nE 's/.* (127[^>]*) > .*Flags \\[([^]]*)\\].*length ([0-9]+).*/\\1 \\2 \\3/p' >packets
                awk -v status=$status -v captured="$(grep -c '^0 packets dropped' log)" '
                    { flags = flags $2 " "; bytes += $3; if ($2 ~ /F/) ends[$1] = 1; last = $2 }
                    END { print status, captured, substr(flags, 1, 7), bytes, length(ends), last }' packets
            done
            # What started it may have blocked every other signal.
            kill -KILL $server
            """, deadline: 120)
        // Handshake, both sides' bytes, both sides' FIN, and the ACK of the last.
        #expect(outcome.output == String(repeating: "0 1 S S. .  8 2 .\n", count: 20), "\(outcome.errors)")
    }

    struct Ending: CustomTestStringConvertible {
        let arguments: String
        let status: Int
        let says: String
        var testDescription: String { arguments }
    }

    static let endings = [
        Ending(arguments: "-i lo -- true", status: 0, says: "0 packets captured"),
        Ending(arguments: "-i lo -- sh -c 'exit 77'", status: 77, says: "0 packets captured"),
        Ending(arguments: "-i lo -- sh -c 'kill -KILL $$'", status: 137, says: "0 packets captured"),
        Ending(arguments: "-i lo -- sh -c 'kill -SEGV $$'", status: 139, says: "0 packets captured"),
        Ending(
            arguments: "-i lo -- no-such-command", status: 127,
            says: "running no-such-command: No such file or directory"),
        Ending(arguments: "-i lo -- /etc/passwd", status: 126, says: "running /etc/passwd: Permission denied"),
        Ending(arguments: "-i nosuch0 -- touch started", status: 125, says: "nosuch0"),
        Ending(arguments: "-i lo --filter 'no filter' -- touch started", status: 125, says: "no filter"),
        Ending(arguments: "-i lo -w /nowhere/x -- touch started", status: 125, says: "/nowhere"),
        Ending(arguments: "-i lo -w - -- touch started", status: 125, says: "the command's"),
        Ending(arguments: "-i lo -Z no-such-user -- touch started", status: 125, says: "no-such-user"),
        Ending(arguments: "-i lo --no-such-option -- touch started", status: 125, says: "no-such-option"),
        Ending(arguments: "-i lo", status: 125, says: "which command"),
        Ending(arguments: "ls -l", status: 125, says: "earshot run -- ls -l"),
        Ending(arguments: "-i lo ls -l -v", status: 125, says: "earshot run -- ls -l -v"),
        Ending(arguments: "touch started", status: 125, says: "earshot run -- touch started"),
        Ending(arguments: "touch -s started", status: 125, says: "earshot run -- touch -s started\n"),
        Ending(arguments: "touch -i lo --no-such started", status: 125, says: "earshot run -- touch -i lo --no-such"),
        Ending(arguments: "-i lo --filter tcp udp -- touch started", status: 125, says: "give one of them"),
        Ending(arguments: "-i lo -- sh -c 'echo $# >&2' -- a -- b", status: 0, says: "3\n"),
        Ending(arguments: "-i lo no filter -- touch started", status: 125, says: "no filter"),
        Ending(arguments: "--ladder --format json -- touch started", status: 125, says: "a ladder is text"),
        Ending(arguments: "-- true", status: 0, says: "listening on any, "),
        Ending(arguments: "-- true", status: 0, says: "nothing was heard on any while true ran\n"),
        Ending(
            arguments: "-i lo -- true", status: 0,
            says: "nothing was heard on lo while true ran; without -i every interface is heard\n"),
        Ending(
            arguments: "udp port 9 -- true", status: 0,
            says: "nothing was heard on any while true ran; without a filter every packet counts\n"),
        Ending(arguments: "-i lo --netns no-such -- touch started", status: 125, says: "No such file"),
    ]

    @Test(.privileged, arguments: endings)
    func statuses(ending: Ending) throws {
        let outcome = try Namespace.run("\"$EARSHOT\" run \(ending.arguments); echo \"status $?\"; ls")
        #expect(outcome.output == "status \(ending.status)\n", "CMD is not started in vain: \(outcome.errors)")
        #expect(outcome.errors.contains(ending.says), "\(outcome.errors)")
    }

    @Test(.privileged) func theCommandOwnsItsStreams() throws {
        let outcome = try Namespace.run(
            """
            seq 20000 | "$EARSHOT" run -i lo -- sha256sum 2>log; seq 20000 | sha256sum
            "$EARSHOT" run -i lo -- sh -c 'touch closed; exec >&-; sleep 2; touch late' 2>log |
                { cat; ls closed; ls late 2>/dev/null; }
            "$EARSHOT" run -i lo -- readlink /proc/self/fd/0 <log 2>/dev/null | sed 's/.*\\///'
            "$EARSHOT" run -i lo -- ls /proc/self/fd 2>/dev/null >ours; ls /proc/self/fd 2>/dev/null >theirs
            "$EARSHOT" run -i lo -- ls /proc/self/fd 2>/dev/null >>ours <&-; ls /proc/self/fd 2>/dev/null >>theirs <&-
            cmp ours theirs && echo same
            """)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 5, "\(outcome.output) \(outcome.errors)")
        #expect(lines[0] == lines[1])
        #expect(lines[2] == "closed", "its reader sees the end when CMD has closed its output")
        #expect(lines[3] == "log")
        #expect(lines[4] == "same", "nothing of earshot's is handed down, and what was closed stays closed")
    }

    /// Not what earshot becomes.
    @Test(
        .privileged,
        arguments: [
            ("", "0 0 0 65534"), ("SUDO_UID=0 SUDO_GID=0", "0 0 0 65534"),
            ("SUDO_UID=1234 SUDO_GID=1235", "1234 1235 1235 1234"),
            ("SUDO_UID=1 SUDO_GID=1", "1 1 1 1"),
        ])
    func whoTheCommandIs(environment: String, expected: String) throws {
        let outcome = try Namespace.run(
            """
            chmod 777 .
            \(environment) "$EARSHOT" run -i lo -- sh -c '
                echo $(id -u; id -g; id -G | cut -d" " -f1; sed -n "s/Uid:.\\([0-9]*\\).*/\\1/p" /proc/$PPID/status)
                grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status /proc/$PPID/status' 2>log
            """)
        #expect(
            outcome.output == """
                \(expected)
                /proc/self/status:NoNewPrivs:\t0
                /proc/self/status:Seccomp:\t0
                /proc/\(outcome.parent)/status:NoNewPrivs:\t1
                /proc/\(outcome.parent)/status:Seccomp:\t2

                """, "\(outcome.errors)")
    }

    @Test(.privileged) func theCommandKnowsItsUser() throws {
        let outcome = try Namespace.run(
            """
            HOME=/root USER=root LOGNAME=root SUDO_UID=1 SUDO_GID=1 "$EARSHOT" run -i lo -- \\
                sh -c 'echo $USER $LOGNAME $HOME' 2>log; getent passwd 1 | cut -d: -f6
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "daemon daemon \(lines[1])", "\(outcome.output) \(outcome.errors)")
    }

    /// Earshot is nobody by then, and the command root.
    @Test(.privileged, arguments: ["TERM", "INT", "HUP", "QUIT"])
    func signalsGoOnToTheCommand(signal: String) throws {
        let outcome = try Namespace.run(
            """
            cat >start.py <<'END'
            import os, signal, subprocess, sys, time
            for number in (signal.SIGINT, signal.SIGQUIT): signal.signal(number, signal.SIG_DFL)
            command = "trap 'echo \(signal) >>got; exit 7' \(signal); echo >ready; while :; do sleep 0.02; done"
            p = subprocess.Popen([os.environ["EARSHOT"], "run", "-i", "lo", "-w", "out.pcap", "--", "sh", "-c", command])
            while not os.path.exists("ready"): time.sleep(0.01)
            p.send_signal(signal.SIG\(signal))
            print(p.wait())
            END
            python3 start.py; cat got; "$EARSHOT" read --count out.pcap
            """)
        #expect(outcome.output == "7\n\(signal)\n0 packets\n", "\(outcome.errors)")
    }

    /// Ctrl-C is the terminal's to hand out: once, to the command, which may go on, and so does the capture.
    @Test(.privileged) func theTerminalIsTheCommands() throws {
        let outcome = try Namespace.run(
            """
            cat >command.sh <<'END'
            trap 'echo interrupted' INT
            echo ready; read line || read line; echo "read $line"
            python3 - <<'PROGRAM'
            import socket
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9000))
            PROGRAM
            exit 3
            END
            python3 "$PROGRAMS/terminal.py" '\\x03hello\\n' "$EARSHOT" run -i lo --filter 'udp port 9000' -- bash command.sh
            """)
        let output = outcome.output
        #expect(output.components(separatedBy: "interrupted").count == 2, "\(output) \(outcome.errors)")
        #expect(output.contains("read hello"), "\(output)")
        #expect(output.contains("1 packets captured") && output.hasSuffix("status 3\n"), "\(output)")
    }

    /// They go on, and earshot does not wait for them, nor for their output.
    @Test(.privileged) func childrenThatOutliveTheCommand() throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" run -i lo -- sh -c '(sleep 2; echo late >late) & echo started' 2>log >out; echo "status $?"
            ls late 2>/dev/null; cat out; for i in $(seq 50); do [ -e late ] && break; sleep 0.1; done; cat late
            """)
        #expect(outcome.output == "status 0\nstarted\nlate\n", "\(outcome.errors)")
    }

    @Test(.privileged, arguments: [(0, 1), (5, 5)])
    func aCaptureThatFails(exit: Int, status: Int) throws {
        let outcome = try Namespace.run(
            """
            veth; mkdir disk; mount -t tmpfs -o size=64k none disk
            "$EARSHOT" run -i v0 -w x.pcap -- sh -c 'ip link del v0; sleep 0.5; touch done; exit \(exit)' 2>log
            echo "status $?"; ls done; grep -o 'the interface is gone' log
            "$EARSHOT" run -i lo -w disk/x.pcap -- sh -c 'python3 "$PROGRAMS/send.py" lo 1400 500; exit \(exit)' 2>log
            echo "status $?"; grep -o 'No space left on device; [0-9]* of' log | cut -c-23; umount disk
            """)
        #expect(
            outcome.output == """
                status \(status)
                done
                the interface is gone
                500
                status \(status)
                No space left on device

                """, "\(outcome.errors)")
    }

    /// The command stays where it was called.
    @Test(.privileged, arguments: ["blue", "$other"])
    func anotherNetworkNamespace(name: String) throws {
        let outcome = try Namespace.run(
            """
            mount -t tmpfs none /run; ip netns add blue; ip -n blue link set lo up
            blue() { nsenter --net=/run/netns/blue "$@"; }
            nsenter --net=/run/netns/blue sleep 60 & other=$!
            until [ $(readlink /proc/$other/ns/net) != $(readlink /proc/$$/ns/net) ]; do sleep 0.01; done
            "$EARSHOT" run --netns \(name) -i lo --filter 'udp port 9000' -w x.pcap -- sh -c '
                ip link add v0 type veth peer name v1; nsenter --net=/run/netns/blue python3 "$PROGRAMS/send.py" lo 100 7
                python3 "$PROGRAMS/send.py" lo 100 5' 2>log; echo "status $?"
            "$EARSHOT" read --count x.pcap; ip -o link show v0 | cut -d@ -f1
            "$EARSHOT" capture --netns \(name) -i lo -c 3 udp >out 2>log & pid=$!
            listening log; blue python3 "$PROGRAMS/send.py" lo 100 3; wait $pid; echo "status $?"; wc -l <out
            kill -KILL $other
            """)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(
            lines.count == 8 && lines[0...3] == ["7", "5", "status 0", "7 packets"] && lines[4].hasSuffix(": v0")
                && lines[5...] == ["3", "status 0", "3"], "\(outcome.output) \(outcome.errors)")
    }

    /// Without -i every interface is heard; the words before -- are the filter; --duration ends the capture alone.
    @Test(.privileged) func everyInterfaceAndAFilterInWords() throws {
        let outcome = try Namespace.run(
            """
            veth
            "$EARSHOT" run -w x.pcapng udp port 9000 -- python3 "$PROGRAMS/send.py" v0 200 3 2>log; echo "status $?"
            "$EARSHOT" read --count x.pcapng; grep -c 'nothing was heard' log
            begin=$EPOCHREALTIME
            "$EARSHOT" run --duration 0.2 -w y.pcap udp port 9000 -- \
                bash -c 'sleep 0.5; python3 "$PROGRAMS/send.py" v0 200 3; exit 7' 2>log; echo "status $?"
            "$EARSHOT" read --count y.pcap
            """)
        // Sent on one end, received on the other.
        #expect(outcome.output == "3\nstatus 0\n6 packets\n0\n3\nstatus 7\n0 packets\n", "\(outcome.errors)")
    }

    @Test(.privileged) func laddersAndSavefilesAtOnce() throws {
        let outcome = try Namespace.run(
            """
            python3 "$PROGRAMS/talk.py" serve >ready & server=$!; until [ -s ready ]; do sleep 0.01; done
            "$EARSHOT" run -i lo --ladder --ascii -w x.pcap -- python3 "$PROGRAMS/talk.py" 2>log; echo "status $?"
            "$EARSHOT" read x.pcap | grep -c 'Flags .S'; grep -cE 'SYN-SENT|closed by' log
            # What started it may have blocked every other signal.
            kill -KILL $server
            """)
        #expect(outcome.output == "status 0\n2\n2\n", "\(outcome.output) \(outcome.errors)")
    }
}

extension Outcome {
    /// The process id in the last path of /proc.
    fileprivate var parent: String {
        output.split(separator: "\n").last.map { $0.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
            ?? ""
    }
}
