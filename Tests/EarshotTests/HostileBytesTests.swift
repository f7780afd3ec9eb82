import Foundation
import Testing

/// Peers that say what a terminal must not see: controls, directions of writing, bytes that are not UTF-8, line feeds and
/// tabs, in payloads, names and comments. Whatever is printed of it is printable UTF-8 (the check is Python's).
@Suite(.serialized) struct HostileBytesTests {
    struct Format: CustomTestStringConvertible {
        let words: [String]
        /// How the check is told what is allowed beside.
        var check = ""
        /// An escape that shows that the hostile bytes were there to be printed.
        var escape: String?
        /// A line for each packet and no other.
        var hasLinePerPacket = false
        var testDescription: String { words.joined(separator: " ") }
    }

    static let formats = [
        Format(words: ["read"], escape: #"\x1b[2J\x1b]0;title\x07"#, hasLinePerPacket: true),
        Format(words: ["read", "-q", "-S", "-tttt", "-#"], hasLinePerPacket: true),
        Format(words: ["read", "-v"], escape: #"\u{202e}"#),
        Format(words: ["read", "-e", "-vv"], escape: #"\u{2028}\u{2029}\u{a0}"#),
        Format(words: ["read", "-x"], check: "--tabs indent"),
        Format(words: ["read", "-X"], check: "--tabs indent"),
        Format(words: ["read", "-vv", "-XX"], check: "--tabs indent"),
        Format(words: ["read", "-A"], check: "--tabs any"),
        Format(words: ["read", "--format", "json"], check: "--json", escape: #"\u001b[2J"#, hasLinePerPacket: true),
        Format(words: ["ladder"], escape: #"\x1b[2J\x1b]0;"#),
        Format(words: ["ladder", "--full"], escape: #"\x7f\x7f"#),
        Format(words: ["ladder", "--full", "--ascii"], escape: #"Zo\u{eb}"#),
        Format(words: ["ladder", "--format", "svg"], escape: #"\x1b[2J\x1b]0;"#),
        Format(words: ["follow"], check: "--tabs any", escape: #"\x1b[2J"#),
        Format(words: ["follow", "--format", "hex"], check: "--tabs indent"),
        Format(words: ["follow", "--format", "json"], check: "--json"),
        Format(words: ["protocols"]),
        Format(words: ["protocols", "--format", "json"], check: "--json"),
    ]

    @Test(arguments: formats)
    func onlyPrintableTextOfCaptures(format: Format) throws {
        let outcome = try Earshot.shell(
            """
            set -o pipefail
            folder=$(mktemp -d); trap 'rm -rf $folder' EXIT
            python3 Tests/Support/hostile.py $folder >$folder/list
            while read capture packets; do
                "$EARSHOT" \(format.words[0]) $folder/$capture \(format.words.dropFirst().joined(separator: " ")) |
                    tee -a $folder/output |
                    python3 Tests/Support/printable.py \(format.check) \(format.hasLinePerPacket ? "--lines $packets" : "") ||
                    echo "$capture: it failed"
            done <$folder/list
            wc -l <$folder/list
            grep -cF -- "$ESCAPE" $folder/output
            """, environment: ["ESCAPE": format.escape ?? ""])
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first == "4" && lines.count == 2, "\(outcome.output)\(outcome.errors)")
        #expect(lines.last != "0", "nothing hostile was printed")
    }

    /// A client's names, in the server's log, and each of them answered.
    @Test(arguments: ["tcp", "udp"])
    func onlyPrintableTextOfClients(transport: String) throws {
        let outcome = try Earshot.shell(
            #"""
            set -o pipefail
            folder=$(mktemp -d)
            "$EARSHOT" greet serve --transport \#(transport) --port 0 --delay 0 >$folder/log & server=$!
            trap 'kill $server 2>/dev/null; rm -rf $folder' EXIT
            for i in $(seq 500); do grep -qs Waiting $folder/log && break; sleep 0.01; done
            PYTHONPATH=Tests/Support python3 -c '
            import re, socket, subprocess, sys
            from hostile import SAYINGS
            kind = socket.SOCK_STREAM if "\#(transport)" == "tcp" else socket.SOCK_DGRAM
            sockets = subprocess.run(["ss", "-Hlntup"], capture_output=True, text=True, check=True).stdout
            port = int(re.search(r":(\d+) [^\n]*pid=" + sys.argv[1] + ",", sockets).group(1))
            for said in SAYINGS:
                peer = socket.socket(socket.AF_INET, kind); peer.settimeout(5)
                peer.connect(("127.0.0.1", port))
                if kind == socket.SOCK_DGRAM: peer.send(b"")
                peer.recv(64); peer.send(said)
                assert peer.recv(2048) == b"Hello, " + said + b"!"
                peer.send(b"exit")
                if kind == socket.SOCK_STREAM: peer.recv(1)
            print(len(SAYINGS))
            ' $server
            sleep 0.1
            grep "receive, " $folder/log | grep -vcx "receive, exit!"
            python3 Tests/Support/printable.py <$folder/log && echo printable
            """#)
        let lines = outcome.output.split(separator: "\n")
        #expect(
            lines.count == 3 && lines[0] == lines[1] && lines[2] == "printable", "\(outcome.output)\(outcome.errors)")
    }

    /// What is no greeting server says, as the client repeats it in its error.
    @Test(arguments: ["tcp", "udp"])
    func onlyPrintableTextOfServers(transport: String) throws {
        let outcome = try Earshot.shell(
            #"""
            set -o pipefail
            folder=$(mktemp -d); trap 'rm -rf $folder' EXIT
            PYTHONPATH=Tests/Support python3 -c '
            import socket
            from hostile import SAYINGS
            kind = socket.SOCK_STREAM if "\#(transport)" == "tcp" else socket.SOCK_DGRAM
            server = socket.socket(socket.AF_INET, kind); server.settimeout(10); server.bind(("127.0.0.1", 0))
            if kind == socket.SOCK_STREAM: server.listen()
            print(server.getsockname()[1], flush=True)
            for said in SAYINGS:
                if kind == socket.SOCK_STREAM:
                    peer, _ = server.accept(); peer.settimeout(5)
                    peer.sendall(said)
                    try: peer.recv(64)
                    except ConnectionResetError: pass
                    peer.close()
                else:
                    _, peer = server.recvfrom(64)
                    server.sendto(said, peer)
            ' >$folder/port &
            for i in $(seq 500); do [ -s $folder/port ] && break; sleep 0.01; done
            count=$(PYTHONPATH=Tests/Support python3 -c 'import hostile; print(len(hostile.SAYINGS))')
            for i in $(seq $count); do
                "$EARSHOT" greet connect --transport \#(transport) --port $(cat $folder/port) --names Ann 2>>$folder/errors &&
                    echo "client $i was taken in"
            done
            kill %1 2>/dev/null
            python3 Tests/Support/printable.py --lines $count <$folder/errors && echo printable
            """#)
        #expect(outcome.output == "printable\n", "\(outcome.output)\(outcome.errors)")
    }
}
