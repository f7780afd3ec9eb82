import Foundation
import Testing

/// The commands about conversations on an interface, all at once on the same traffic.
@Suite struct LiveConversationsTests {
    private static let hear = """
        hear() {
            name=$1; shift
            "$EARSHOT" "$@" -i lo >$name.out 2>$name.log & echo $! >$name.pid
            listening $name.log
        }
        stop() { for name in "$@"; do kill -INT $(cat $name.pid); done; for name in "$@"; do wait $(cat $name.pid) || exit; done; }
        serve() {
            "$EARSHOT" greet serve --delay 0.05 "$@" >serve.out & echo $! >serve.pid
            for i in $(seq 500); do grep -qs Waiting serve.out && return; sleep 0.01; done; exit 8
        }

        """

    @Test(.privileged, arguments: ["tcp", "udp"])
    func aGreetingIsHeardByAll(transport: String) throws {
        let outcome = try Namespace.run(
            Self.hear + """
                hear ladder ladder; hear table conversations; hear follow follow; hear expert expert; hear json follow --format json
                serve --transport \(transport)
                "$EARSHOT" greet connect --names Ada,Grace --transport \(transport) >/dev/null
                sleep 0.3; stop ladder table follow expert json; kill $(cat serve.pid)
                for name in ladder table follow expert json; do cat $name.out; echo END; done
                cat *.log
                """)
        let parts = outcome.output.components(separatedBy: "END\n")
        try #require(outcome.status == 0 && parts.count == 6, "\(outcome.output) \(outcome.errors)")
        let (ladder, table, follow, expert, json) = (parts[0], parts[1], parts[2], parts[3], parts[4])

        #expect(ladder.hasPrefix("\(transport.uppercased()) 0: 127.0.0.1:"), "\(ladder)")
        let report = [
            "greeting: welcome, 2 names, 2 answers, exit", "  \"Ada\": answered after ", "  \"Grace\": answered",
        ]
        for words in ["\"Hello, Ada!\"", "·· greeting ··"] + report { #expect(ladder.contains(words), "\(ladder)") }
        #expect(ladder.contains("handshake") == (transport == "tcp"))

        let rows = table.split(separator: "\n").map { $0.split(separator: " ") }
        try #require(rows.count == 2, "\(table)")
        #expect(rows[1][0] == (transport == "tcp" ? "0" : "udp:0"))
        #expect(rows[1][3] == (transport == "tcp" ? "closed" : "-"))
        #expect(rows[1].last == "greeting")

        for words in ["Welcome!\n", "Ada\n", "Hello, Ada!\n", "exit\n"] + report {
            #expect(follow.contains(words), "\(follow)")
        }
        #expect(json.hasPrefix("{\"record\":\"stream_begin\",\"transport\":\"\(transport)\""))
        #expect(json.contains(transport == "tcp" ? "\"ending\":\"finished\"" : "\"data\":\"57656c636f6d6521\""))
        if transport == "tcp" {
            #expect(expert.contains("chat      tcp connection opened                     1"), "\(expert)")
        } else {
            #expect(parts[5].contains("nothing to say of these packets"))
            #expect(expert.isEmpty)
        }
        #expect(parts[5].components(separatedBy: "0 packets dropped by kernel").count == 6)
    }

    /// It cannot say what went before.
    @Test(.privileged) func aCaptureThatBeginsMidstreamSaysSo() throws {
        let outcome = try Namespace.run(
            Self.hear + """
                python3 - <<'PROGRAM' &
                import os, socket, time
                server = socket.create_server(("127.0.0.1", 7000))
                client = socket.create_connection(("127.0.0.1", 7000))
                peer, _ = server.accept()
                open("ready", "w").close()
                while not os.path.exists("go"): time.sleep(0.01)
                client.sendall(b"late"); peer.recv(9); peer.sendall(b"answer"); client.recv(9)
                client.close(); peer.recv(9); peer.close(); time.sleep(0.1)
                PROGRAM
                program=$!
                for i in $(seq 500); do [ -e ready ] && break; sleep 0.01; done
                hear ladder ladder; hear table conversations; hear follow follow
                touch go; wait $program; sleep 0.2; stop ladder table follow
                for name in ladder table follow; do cat $name.out; echo END; done
                """)
        let parts = outcome.output.components(separatedBy: "END\n")
        try #require(outcome.status == 0 && parts.count == 4, "\(outcome.output) \(outcome.errors)")
        for words in [
            ":7000   lo\n", "·· the capture begins in the middle of this conversation ··", "s1+4 \"late\"",
            "·· teardown: client closes first ··", "·· closed by client after ",
        ] {
            #expect(parts[0].contains(words), "\(words): \(parts[0])")
        }
        #expect(!parts[0].contains("handshake"))
        let cells = parts[1].split(separator: "\n").last?.split(separator: " ").map(String.init) ?? []
        try #require(cells.count == 13, "\(parts[1])")
        #expect(cells[3] == "closed" && cells[5] == "4" && cells[7] == "6")
        #expect(cells[10] == "-", "no handshake, no initial round trip")
        #expect(parts[2].contains("late\n") && parts[2].contains("answer\n"))
        #expect(!parts[2].contains("not captured"))
    }

    /// Of two conversations that take turns each row stands under its own, and no phase is told twice.
    @Test(.privileged) func interleavedConversationsTellTheirPhasesOnce() throws {
        let outcome = try Namespace.run(
            Self.hear + """
                hear ladder ladder
                python3 - <<'PROGRAM'
                import socket, time
                server = socket.create_server(("127.0.0.1", 7000))
                clients = [socket.create_connection(("127.0.0.1", 7000)) for _ in range(2)]
                peers = [server.accept()[0] for _ in clients]
                for turn in range(4):
                    for client, peer in zip(clients, peers):
                        client.sendall(b"turn %d" % turn); peer.recv(9); time.sleep(0.02)
                for client, peer in zip(clients, peers): client.close(); peer.recv(9); peer.close()
                PROGRAM
                sleep 0.2; stop ladder; cat ladder.out
                """)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("TCP 0: ") } >= 4, "\(outcome.output)")
        #expect(lines.count { $0.hasPrefix(" ·· data ··") } == 2, "\(outcome.output)")
        #expect(lines.count { $0.contains("\"turn 3\"") } == 2)
    }
}
