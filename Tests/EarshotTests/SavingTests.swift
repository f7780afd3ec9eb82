import Foundation
import Testing

/// Savefiles of captures: where they are made, how they end, whatever happens.
@Suite(.serialized) struct SavingTests {
    /// Packets are in the file within 100 ms, so a process that is killed has lost no older ones.
    @Test(.privileged, arguments: ["pcap", "pcapng"])
    func killedLateLosesNothing(format: String) throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" capture -i lo -w out.\(format) udp port 9000 2>log & pid=$!
            listening log
            send lo 200 500; sleep 1; kill -KILL $pid; wait $pid
            "$EARSHOT" read --count out.\(format); echo "status $?"
            """)
        #expect(outcome.output == "500\n500 packets\nstatus 0\n", "\(outcome.errors)")
    }

    /// In the middle of a write, too: what is lost is no older than 100 ms, and one record at most is partial.
    @Test(.privileged, arguments: ["pcap", "pcapng"])
    func killedAnyTimeLosesLittle(format: String) throws {
        let outcome = try Namespace.run(
            """
            cat >steady.py <<'END'
            import os, socket, sys, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sent, end, seconds = 0, time.time() + 1, []
            while time.time() < end:
                for i in range(20): s.sendto(bytes(1000), ("127.0.0.1", 9000))
                sent += 20
                seconds.append((time.time(), sent))
                time.sleep(0.0005)
            os.kill(int(sys.argv[1]), 9)
            # More than promised: the machine may be busy.
            print(max(count for when, count in seconds if when < time.time() - 0.5))
            END
            "$EARSHOT" capture -i lo -w out.\(format) udp dst port 9000 2>log & pid=$!
            listening log
            least=$(python3 steady.py $pid); wait $pid; echo "status $?"
            written=$("$EARSHOT" read --count out.\(format) 2>errors); status=$?
            [ ${written% packets} -ge $least ] && echo enough
            case $status in 0) ;; 1) grep -v cut errors;; *) echo "read: $status";; esac
            """)
        #expect(outcome.output == "status 137\nenough\n", "\(outcome.errors)")
    }

    /// A pipe that nobody reads must not keep a program that is to stop. Its reader holds it open, and sleeps.
    @Test(.privileged, arguments: ["-w -", "-w pipe"])
    func aReaderThatDoesNotRead(option: String) throws {
        let outcome = try Namespace.run(
            """
            mkfifo pipe; exec 5<>pipe
            "$EARSHOT" capture -i lo \(option) udp port 9000 2>log >pipe & pid=$!
            listening log
            send lo 1400 1000 >/dev/null; sleep 0.3
            begin=$EPOCHREALTIME; kill -INT $pid; wait $pid; echo "status $?"; end=$EPOCHREALTIME
            # Ten times what is promised: the machine may be busy.
            [ $((${end/./} - ${begin/./})) -lt 5000000 ] && echo ended
            grep -oE 'nobody reads it; [0-9]+ of [0-9]+ packets written' log | sed 's/[1-9][0-9]*/N/g'
            """)
        #expect(outcome.output == "status 1\nended\nnobody reads it; N of N packets written\n", "\(outcome.errors)")
    }

    /// Neither as root, whom only the system can refuse, nor as a user.
    @Test(.privileged) func aFolderThatCannotBeWritten() throws {
        let outcome = try Namespace.run(
            """
            mkdir disk closed; mount -t tmpfs -o ro none disk; chmod 755 .; chmod 700 closed
            cp "$EARSHOT" earshot; cp "$PROGRAMS/../../Fixtures/icmp/echo.pcap" .; chmod 644 echo.pcap
            "$EARSHOT" capture -i lo -w disk/x --duration 0.1; echo "status $?"
            become='setpriv --reuid 1234 --regid 1235 --clear-groups'
            $become ./earshot read echo.pcap -w closed/x; echo "status $?"
            $become ./earshot read echo.pcap -w x; echo "status $?"; umount disk; ls closed
            """)
        #expect(outcome.output == "status 1\nstatus 1\nstatus 1\n")
        #expect(
            outcome.errors == """
                earshot: creating disk/x: Read-only file system
                earshot: creating closed/x: Permission denied
                earshot: creating x: Permission denied

                """)
    }

    /// Traffic that never pauses is no reason to hold packets back.
    @Test(.privileged) func steadyTrafficReachesTheFile() throws {
        let outcome = try Namespace.run(
            """
            "$EARSHOT" capture -i lo -w out.pcap --print udp port 9000 >text 2>log & pid=$!
            listening log
            python3 -c '
            import socket, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            end = time.time() + 2
            while time.time() < end: s.sendto(b"x", ("127.0.0.1", 9000)); time.sleep(0.01)' & sender=$!
            sleep 1; stat -c %s out.pcap text | while read size; do [ $size -gt 500 ] && echo more; done
            wait $sender; kill -INT $pid; wait $pid; echo "status $?"
            """)
        #expect(outcome.output == "more\nmore\nstatus 0\n", "\(outcome.errors)")
    }

    @Test(.privileged) func whatSavefilesAreMadeOf() throws {
        let outcome = try Namespace.run(
            """
            echo kept >there; ln -s there link; ln -s missing hanging
            try() { "$EARSHOT" capture -i lo --duration 0.1 "$@" 2>log; echo "status $?"; grep '^earshot' log; }
            try -w there; try -w link --force; try -w hanging --force; try -w /nowhere/x; cat there; ls missing 2>&1
            try -w new; stat -c '%a %u' new
            SUDO_UID=1234 SUDO_GID=5678 try -w there --force; stat -c '%a %u %g' there
            try -w /dev/full; try --force; try -w link/
            """)
        #expect(
            outcome.output == """
                status 1
                earshot: creating there: File exists; give another name, or --force to overwrite it
                status 1
                earshot: creating link: Too many levels of symbolic links; a symbolic link is not followed: name what it leads to
                status 1
                earshot: creating hanging: Too many levels of symbolic links; a symbolic link is not followed: name what it leads to
                status 1
                earshot: opening the folder /nowhere: No such file or directory
                kept
                ls: cannot access 'missing': No such file or directory
                status 0
                600 0
                status 0
                600 1234 5678
                status 1
                earshot: writing /dev/full: No space left on device
                status 2
                earshot: --force: there is no -w FILE to overwrite
                status 2
                earshot: -w link/: the name of a file is missing

                """, "\(outcome.output)")
    }

    /// The capture ends by itself, says what is in the file, and the file ends with a whole record.
    @Test(.privileged, arguments: ["pcap", "pcapng"])
    func aFullDiskEndsTheCapture(format: String) throws {
        let outcome = try Namespace.run(
            """
            mkdir disk; mount -t tmpfs -o size=1m none disk
            timeout 20 "$EARSHOT" capture -i lo -w disk/out.\(format) udp port 9000 2>log & pid=$!
            listening log
            send lo 1400 3000; wait $pid; echo "status $?"
            grep -o 'No space left on device' log
            written=$(grep -oE '[0-9]+ of [0-9]+ packets written' log | cut -d' ' -f1)
            echo "$("$EARSHOT" read --count disk/out.\(format)) $?" | sed "s/^$written /as said: /"
            umount disk
            """)
        #expect(
            outcome.output == "3000\nstatus 1\nNo space left on device\nas said: packets 0\n",
            "\(outcome.output) \(outcome.errors)")
    }

    @Test(.privileged) func aFileSizeLimitEndsTheCapture() throws {
        let outcome = try Namespace.run(
            """
            (trap '' XFSZ; ulimit -f 100; exec timeout 20 "$EARSHOT" capture -i lo -w out.pcap udp port 9000 2>log) & pid=$!
            listening log
            send lo 1400 1000; wait $pid; echo "status $?"; grep -oE 'File too large; [0-9]+ of' log
            "$EARSHOT" read --count out.pcap
            """)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 4, "\(outcome.output) \(outcome.errors)")
        #expect(lines[1] == "status 1")
        #expect(lines[2] == "File too large; \(lines[3].prefix { $0.isNumber }) of")
    }

    @Test(
        .privileged,
        arguments: [
            ("-w out.pcap >&-", 0, ""), ("-w out.pcap 2>&-", 0, ""), (">&-", 1, "standard output: Bad file descriptor"),
            (">/dev/full", 1, "No space left on device"), ("-w - >/dev/full", 1, "No space left on device"),
            ("| head -c 1 >/dev/null", 0, ""),
        ])
    func missingStreams(redirection: String, status: Int, message: String) throws {
        let outcome = try Namespace.run(
            """
            set -o pipefail
            (for i in 1 2 3 4 5 6; do sleep 0.3; send lo 60 20 >/dev/null; done) &
            timeout 20 "$EARSHOT" capture -i lo -c 50 udp port 9000 2>log \(redirection)
            echo "status $?"; grep -o '\(message)' log | grep . | head -1
            """)
        #expect(outcome.output == "status \(status)\n\(message)\(message.isEmpty ? "" : "\n")", "\(outcome.errors)")
    }
}
