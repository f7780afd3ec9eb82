import Foundation
import Testing

/// What the program can still do once it decodes, and what an intruder in it could not.
@Suite(.serialized) struct LockdownTests {
    /// The build for debugging knows what an intruder would try.
    static let intruded = Earshot.root.appending(path: ".build/debug/earshot").path(percentEncoded: false)

    /// Attempts that fail and leave the capture running.
    static let refused = [
        "open", "create", "unlink", "socket", "connect", "bind", "setsockopt", "write", "sendto", "dup", "dup2",
        "fcntl",
        "setuid", "kill", "fork", "unshare", "io_uring", "code",
    ]

    /// Runs a script with a loopback of its own in a folder of its own.
    private func inNamespace(_ script: String) throws -> Outcome {
        let prelude = """
            ip link set lo up; folder=$(mktemp -d); chmod 755 $folder; trap 'rm -rf $folder' EXIT; cd $folder
            until_in() { for i in $(seq 500); do grep -qs "$1" "$2" && return; sleep 0.01; done; cat "$2"; exit 9; }
            rights() { grep -E '^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs|Seccomp):' /proc/$1/status |
                tr -s '\\n\\t ' ' '; echo; }
            send() { python3 -c 'import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for i in range(10): s.sendto(b"x", ("127.0.0.1", 9000))'; }

            """
        return try Earshot.execute(
            ["/usr/bin/unshare", "-n", "/bin/bash", "-c", prelude + script], in: Earshot.root,
            environment: [
                "EARSHOT": Earshot.binary, "INTRUDED": Self.intruded,
                "PROGRAMS": Earshot.root.appending(path: "Tests/Capture").path(percentEncoded: false),
            ], input: nil, deadline: 60)
    }

    /// Root, and root on behalf of a user.
    static let callers = ["", "SUDO_UID=1234 SUDO_GID=1235"]

    @Test(.privileged, arguments: callers)
    func captureGoesOnAfterEachAttempt(caller: String) throws {
        let outcome = try inNamespace(
            """
            \(caller) EARSHOT_INTRUDER=\(Self.refused.joined(separator: ",")) \\
                "$INTRUDED" capture -i lo -c 10 -w out.pcap udp dst port 9000 2>log & pid=$!
            until_in "^code" log; send; wait $pid; echo "status $?"; grep captured log
            "$EARSHOT" read --count out.pcap; ls; grep -E '^[a-z_0-9]+: ' log
            """)
        let verdicts = Self.refused.map { "\($0): Operation not permitted" }
        let expected = ["status 0", "10 packets captured", "10 packets", "log", "out.pcap"] + verdicts
        #expect(outcome.output.split(separator: "\n").map(String.init) == expected, "\(outcome.errors)")
    }

    @Test(.privileged, arguments: callers, ["execve", "ptrace", "bpf"])
    func someAttemptsEndIt(caller: String, attempt: String) throws {
        let outcome = try inNamespace(
            """
            \(caller) EARSHOT_INTRUDER=\(attempt) timeout 20 "$INTRUDED" capture -i lo 2>log; echo "status $?"
            """)
        // 128 and SIGSYS.
        #expect(outcome.output == "status 159\n", "\(outcome.errors)")
    }

    static let unprivileged =
        "CapInh: 0000000000000000 CapPrm: 0000000000000000 CapEff: 0000000000000000 "
        + "CapAmb: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 "

    private static func status(_ user: Int, _ group: Int) -> String {
        "Uid: \(user) \(user) \(user) \(user) Gid: \(group) \(group) \(group) \(group) Groups: " + unprivileged
    }

    struct Row: CustomTestStringConvertible {
        let testDescription, environment, command: String
        let user, group: Int
        init(_ name: String, _ command: String, with environment: String = "", user: Int, group: Int) {
            testDescription = name
            self.environment = environment
            self.command = command
            self.user = user
            self.group = group
        }
    }

    static let rows = [
        Row("root", "capture -i lo", user: 65534, group: 65534),
        Row("sudo", "capture -i lo -w x.pcap", with: "SUDO_UID=1234 SUDO_GID=1235", user: 1234, group: 1235),
        Row("sudo by root", "capture -i lo", with: "SUDO_UID=0 SUDO_GID=0", user: 65534, group: 65534),
        Row("-Z", "capture -i any -Z daemon", with: "SUDO_UID=1234 SUDO_GID=1235", user: 1, group: 1),
        Row("counting", "capture -i lo --count", user: 65534, group: 65534),
        Row("JSON", "capture -i lo --format json", user: 65534, group: 65534),
        Row("ladder", "ladder -i lo", user: 65534, group: 65534),
        Row("protocols", "protocols -i lo", user: 65534, group: 65534),
    ]

    @Test(.privileged, arguments: rows)
    func capturing(row: Row) throws {
        let outcome = try inNamespace(
            """
            \(row.environment) "$EARSHOT" \(row.command) >out 2>log & pid=$!
            until_in listening log; for i in $(seq 100); do grep -q 'Seccomp:.2' /proc/$pid/status && break; sleep 0.01
            done; rights $pid; kill -INT $pid; wait $pid; echo "status $?"
            """)
        #expect(outcome.output == Self.status(row.user, row.group) + "\nstatus 0\n", "\(outcome.errors)")
    }

    @Test(
        .privileged,
        arguments: [
            "read -", "read -X -", "read --format json -", "ladder -", "ladder --format svg -", "protocols -",
            "conversations -",
            "expert -", "follow -",
        ])
    func reading(command: String) throws {
        let outcome = try inNamespace(
            """
            capture=\(Earshot.fixtures.path(percentEncoded: false))/icmp/echo.pcap; mkfifo in
            "$EARSHOT" \(command) <in >out 2>log & pid=$!
            exec 5>in; cat $capture >&5
            for i in $(seq 500); do grep -q 'Seccomp:.2' /proc/$pid/status && break; sleep 0.01; done
            rights $pid; exec 5>&-; wait $pid; echo "status $?"
            """)
        #expect(outcome.output == Self.status(65534, 65534) + "\nstatus 0\n", "\(outcome.errors)")
    }

    /// Every command, and how it is started so that it stays: its standard output is a pipe that is full.
    static let commands: [(name: String, words: String)] = [
        ("demo", "demo"), ("capture", "capture -i lo"), ("read", "read $capture"), ("ladder", "ladder $capture"),
        ("conversations", "conversations $capture"), ("follow", "follow $capture"), ("protocols", "protocols $capture"),
        ("expert", "expert $capture"), ("interfaces", "interfaces"), ("ping", "ping 127.0.0.1"),
        ("ping", "ping --show 127.0.0.1"), ("trace", "trace 127.0.0.1"), ("sweep", "sweep 127.0.0.1"),
        ("greet", "greet serve"), ("greet", "greet serve --transport udp"),
        ("greet", "greet connect --port 9888"), ("run", "run -i lo -- sleep 9"),
    ]

    /// A command that is added later must be added above.
    @Test func everyCommandIsLookedAt() throws {
        let help = try Earshot.run(["--help"]).output
        let listed = help.components(separatedBy: "SUBCOMMANDS:").last?.split(separator: "\n") ?? []
        let names = listed.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.contains("'") }.map {
            $0.split(separator: " ")[0]
        }
        #expect(Set(names.map(String.init)) == Set(Self.commands.map(\.name)))
    }

    struct Caller: Sendable, CustomTestStringConvertible {
        let testDescription, prefix: String
        let user, group: Int

        init(_ name: String, _ prefix: String, user: Int, group: Int) {
            testDescription = name
            self.prefix = prefix
            self.user = user
            self.group = group
        }
    }

    @Test(
        .privileged,
        arguments: [
            Caller("root", "env", user: 65534, group: 65534),
            Caller("sudo", "env SUDO_UID=1234 SUDO_GID=1235", user: 1234, group: 1235),
            Caller("setcap", "setpriv --reuid 1234 --regid 1235 --clear-groups", user: 1234, group: 1235),
            Caller("a user namespace", "unshare -Urn", user: 0, group: 0),
        ])
    func whatEveryCommandMayStillDo(caller: Caller) throws {
        let isCapable = caller.testDescription == "setcap"
        // There is no server in a namespace of its own.
        let rows = Self.commands.filter { caller.user != 0 || !$0.words.hasPrefix("greet connect") }
        let commands = rows.map { "look '\($0.words)'" }.joined(separator: "\n")
        let outcome = try inNamespace(
            """
            chmod 755 $folder; capture=$folder/tcp.pcap; mkfifo stalled; chmod 666 stalled; exec 7<>stalled
            cp \(Earshot.fixtures.path(percentEncoded: false))/greeting/tcp.pcap $capture; chmod 644 $capture
            cp "$EARSHOT" earshot; chmod 755 earshot
            \(isCapable ? "setcap cap_net_raw+ep earshot" : "")
            \(caller.prefix.hasPrefix("unshare") ? "" : "./earshot greet serve --port 9888 --delay 0 >/dev/null & server=$!")
            head -c 65536 /dev/zero >&7; sleep 0.3
            look() {
                words=${1//\\$capture/$capture}
                \(caller.prefix) \(caller.prefix.hasPrefix("unshare") ? "sh -c 'ip link set lo up; exec \"$0\" \"$@\"'" : "") \\
                    $folder/earshot $words >&7 2>log & pid=$!
                for i in $(seq 200); do grep -q 'Seccomp:.2' /proc/$pid/status && break; sleep 0.01; done
                echo "$1: $(rights $pid)"
                kill -KILL $pid; wait $pid 2>/dev/null
            }
            \(commands)
            [ -z "$server" ] || kill $server
            """)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.count == rows.count, "\(outcome.output) \(outcome.errors)")
        for (command, line) in zip(rows, lines) {
            let expected = Self.status(caller.user, caller.group)
            // A namespace's root has groups that it may not drop.
            func known(_ text: String) -> String {
                text.replacing(/Groups:[ 0-9]*/, with: "Groups: ").trimmingCharacters(in: .whitespaces)
            }
            #expect(
                known(line) == known("\(command.words): \(expected)"),
                "\(outcome.errors)")
        }
    }

    /// The file would give the right to capture, and much more, to everything that runs in the process.
    @Test(.privileged) func setUserIDIsRefused() throws {
        let outcome = try inNamespace(
            """
            chmod 755 $folder; cp "$EARSHOT" earshot; chmod 4755 earshot
            setpriv --reuid 1234 --regid 1235 --clear-groups ./earshot capture -i lo; echo "status $?"
            chmod 2755 earshot; setpriv --reuid 1234 --regid 1235 --clear-groups ./earshot --version; echo "status $?"
            """)
        #expect(outcome.output == "status 1\nstatus 1\n")
        #expect(outcome.errors.contains("setcap cap_net_raw+ep"), "\(outcome.errors)")
    }

    /// What the program was started with is not left to it, but for what the command line names.
    @Test func inheritedDescriptorsAreClosed() throws {
        let outcome = try Earshot.shell(
            """
            folder=$(mktemp -d); trap 'rm -rf $folder' EXIT; mkfifo $folder/stalled; exec 7<>$folder/stalled
            head -c 65536 /dev/zero >&7
            exec 8<Fixtures/icmp/echo.pcap 9</etc/passwd
            "$EARSHOT" read /dev/fd/8 >&7 2>/dev/null & pid=$!
            sleep 0.5; readlink /proc/$pid/fd/* | grep -cE '/(echo.pcap|passwd)$'; readlink /proc/$pid/fd/* | grep -c passwd
            kill -KILL $pid
            [ $(id -u) = 0 ] && unshare -n "$EARSHOT" run -- sh -c 'readlink /proc/self/fd/9' 2>/dev/null || echo /etc/passwd
            """)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 3 && lines[1] == "0" && lines[2] == "/etc/passwd", "\(outcome.output) \(outcome.errors)")
    }

    /// Whoever got to run code in the confined process asks the opener for what it was not started for.
    @Test(.privileged) func theOpenerTrustsNobody() throws {
        let outcome = try inNamespace(
            """
            mkdir out; echo mine >out/x.pcap3; mkfifo out/x.pcap5; ln -s /etc/passwd out/x.pcap6; mknod out/x.pcap7 c 1 1
            ask() { python3 "$PROGRAMS/opener.py" "$EARSHOT" out "$@"; }
            ask "" x.pcap "" any x.pcap x.pcap1 x.pcap1 x.pcap3 .bashrc ../x.pcap x.pcap01 x.pcap5 x.pcap6 x.pcap7
            cat out/x.pcap3; ask replacing x.pcap "" any x.pcap3 y; cat out/x.pcap3; echo; ls -A out
            """)
        #expect(
            outcome.output == """
                x.pcap: made
                x.pcap1: made
                x.pcap1: made
                x.pcap3: File exists
                .bashrc: Operation not permitted
                ../x.pcap: Operation not permitted
                x.pcap01: Operation not permitted
                x.pcap5: No such device or address
                x.pcap6: Too many levels of symbolic links
                x.pcap7: Operation not permitted
                ended 0
                mine
                x.pcap3: made
                y: Operation not permitted
                ended 0
                packets
                x.pcap
                x.pcap1
                x.pcap3
                x.pcap5
                x.pcap6
                x.pcap7

                """, "\(outcome.errors)")
    }

    /// Devices that take what is written to them, whoever owns them; no other.
    @Test(.privileged, arguments: [("1 3", true), ("1 7", true), ("1 1", false), ("1 5", false), ("10 130", false)])
    func devices(numbers: String, isTaken: Bool) throws {
        let outcome = try inNamespace(
            """
            mknod device c \(numbers); chown 1234 device
            "$EARSHOT" read -w device \(Earshot.fixtures.path(percentEncoded: false))/icmp/echo.pcap 2>log; cat log
            """)
        #expect(outcome.output.contains("of devices only") == !isTaken, "\(outcome.output)")
    }

    /// The folder is root's alone; the process that opens files has nothing but what that takes, and ends first or last.
    @Test(.privileged, arguments: ["INT", "KILL"])
    func rotationAfterTheLockdown(signal: String) throws {
        let outcome = try inNamespace(
            """
            mkdir -m 700 closed
            SUDO_UID=1234 SUDO_GID=1235 "$EARSHOT" capture -i lo -C 1 -W 3 -w closed/x.pcap udp dst port 9000 2>log & pid=$!
            until_in listening log
            python3 -c 'import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for i in range(2500): s.sendto(bytes(1000), ("127.0.0.1", 9000))'
            for i in $(seq 500); do [ -e closed/x.pcap2 ] && break; sleep 0.01; done
            opener=$(pgrep -P $pid); rights $pid; rights $opener
            kill -\(signal) $pid; wait $pid 2>/dev/null; echo "status $?"
            # Whoever gets the orphans may take a while to ask for them.
            runs() { grep -qs "^State:.[^ZX]" /proc/$1/status; }
            for i in $(seq 100); do runs $opener || break; sleep 0.01; done
            runs $opener && echo orphan
            stat -c '%n %a %u:%g' closed/*
            """)
        let own = Self.status(1234, 1235)
        let opener = own.replacingOccurrences(
            of: "CapPrm: 0000000000000000 CapEff: 0000000000000000",
            with: "CapPrm: 0000000000000002 CapEff: 0000000000000002")
        let files = (0..<3).map { "closed/x.pcap\($0) 600 1234:1235" }
        let expected = [own, opener, "status \(signal == "INT" ? 0 : 137)"] + files
        #expect(outcome.output.split(separator: "\n").map(String.init) == expected, "\(outcome.errors)")
    }

    /// Also where there is nothing to lose: files and system calls.
    @Test func readingAsAnybody() throws {
        let outcome = try Earshot.shell(
            """
            folder=$(mktemp -d); trap 'rm -rf $folder' EXIT; mkfifo $folder/in
            become=; [ $(id -u) = 0 ] && become='setpriv --reuid 1234 --regid 1235 --clear-groups'
            $become cat "$EARSHOT" >/dev/null 2>&1 || { cp "$EARSHOT" $folder/earshot; EARSHOT=$folder/earshot; }
            chmod 755 $folder
            $become "$EARSHOT" read - <$folder/in >$folder/out 2>&1 & pid=$!
            exec 5>$folder/in; cat Fixtures/icmp/echo.pcap >&5
            for i in $(seq 500); do grep -q 'Seccomp:.2' /proc/$pid/status && break; sleep 0.01; done
            grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/$pid/status | tr '\\t\\n' '  '
            exec 5>&-; wait $pid; echo "status $?"; wc -l <$folder/out
            """)
        #expect(
            outcome.output == "CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 status 0\n6\n", "\(outcome.errors)")
    }

    /// Not even the header of a savefile is read before: here nobody has written it yet.
    @Test(arguments: [
        "read", "read --count", "read --jobs 2", "read --engine native -A", "conversations",
        "conversations --format json",
        "ladder", "ladder --format svg", "follow", "expert", "protocols",
    ])
    func rightsAreGivenUpBeforeTheFirstByte(command: String) throws {
        let outcome = try Earshot.shell(
            """
            folder=$(mktemp -d); trap 'rm -rf $folder' EXIT; mkfifo $folder/in; exec 5<>$folder/in
            for filter in '' 'tcp port 80 and not (net 10.0.0.0/8 or ip6[6] = 0x11)' 'icmp or host 127.0.0.1'; do
                "$EARSHOT" \(command) -r $folder/in $filter >$folder/out 2>$folder/err & pid=$!
                for i in $(seq 500); do grep -q 'Seccomp:.2' /proc/$pid/status && break; sleep 0.01; done
                grep -E '^(CapEff|Seccomp):' /proc/$pid/status | tr '\\t\\n' '  '
                kill -INT $pid; wait $pid; echo "status $?"
            done
            gzip -c Fixtures/icmp/echo.pcap >&5 & "$EARSHOT" read -c 6 -r $folder/in icmp | wc -l
            """)
        let confined = "CapEff: 0000000000000000 Seccomp: 2 status 0\n"
        #expect(outcome.output == confined + confined + confined + "6\n", "\(outcome.errors)")
    }

    @Test(.privileged) func aUserThatIsNotThere() throws {
        let outcome = try Earshot.run(["read", "-Z", "no-such-user", "Fixtures/icmp/echo.pcap"])
        #expect(outcome.status == 1 && outcome.output == "")
        #expect(outcome.errors.contains("no-such-user"))
    }

    @Test(.privileged) func onlyRootBecomesAnother() throws {
        let outcome = try inNamespace(
            """
            cp "$EARSHOT" earshot; cp \(Earshot.fixtures.path(percentEncoded: false))/icmp/echo.pcap .; chmod 644 *.pcap
            setpriv --reuid 1234 --regid 1235 --clear-groups ./earshot read -Z daemon echo.pcap
            """)
        #expect(outcome.status == 1 && outcome.output == "")
        #expect(outcome.errors.contains("only root"), "\(outcome.errors)")
    }

    /// The rest is in force, and `-v` says what is missing.
    @Test(
        .privileged,
        arguments: [
            ("landlock", "closing off files (Landlock): Function not implemented"),
            ("seccomp", "filtering system calls (seccomp): Function not implemented"),
        ])
    func kernelsThatLackSomething(feature: String, gap: String) throws {
        let outcome = try inNamespace(
            """
            python3 "$PROGRAMS/without.py" \(feature) "$EARSHOT" capture -v -i lo -c 10 udp dst port 9000 >out 2>log & pid=$!
            until_in listening log; for i in $(seq 100); do grep -q 'NoNewPrivs:.1' /proc/$pid/status && break; sleep 0.01
            done; rights $pid | grep -oE '^Uid: 65534.*CapEff: 0+ .*NoNewPrivs: 1' | wc -l
            send; wait $pid; echo "status $?"; grep '^earshot' log; grep captured log
            python3 "$PROGRAMS/without.py" \(feature) "$EARSHOT" capture -i lo -w x --duration 0.1 2>&1 | grep -c 'going on'
            """)
        #expect(
            outcome.output == "1\nstatus 0\nearshot: going on without \(gap)\n10 packets captured\n0\n",
            "\(outcome.errors)")
    }

    /// Without it packets cannot be shared, which is said; one ring does not need it.
    @Test(.privileged) func kernelsWithoutFanOut() throws {
        let outcome = try inNamespace(
            """
            without() { python3 "$PROGRAMS/without.py" "$@"; }
            without fanout "$EARSHOT" capture -i lo --workers 2; echo "status $?"
            without fanout "$EARSHOT" capture -i lo --duration 0.1 2>/dev/null; echo "status $?"
            """)
        #expect(outcome.output == "status 1\nstatus 0\n")
        #expect(outcome.errors == "earshot: sharing the packets of lo: Protocol not available\n")
    }

    /// The best of five runs: a busy machine is not what is asked about.
    @Test(.privileged) func takesLessThanFiveMilliseconds() throws {
        let outcome = try inNamespace(
            """
            for i in 1 2 3 4 5; do
                EARSHOT_INTRUDER=time "$INTRUDED" capture -i lo --duration 0.01 2>&1 | sed -n 's/^time: //p'
            done
            """)
        let times = outcome.output.split(separator: "\n").compactMap { Double($0) }
        #expect(times.count == 5)
        #expect(try #require(times.min()) < 5000)
    }
}
