import Foundation
import Testing

/// The greeting over real sockets, against programs in another language, byte for byte.
@Suite(.serialized) struct GreetTests {
    struct Way: CustomTestStringConvertible {
        let transport: String
        let host: String
        var testDescription: String { "\(transport) over \(host)" }
        var family: String { host.contains(":") ? "AF_INET6" : "AF_INET" }
        var kind: String { transport == "tcp" ? "SOCK_STREAM" : "SOCK_DGRAM" }
        var text: String { host.contains(":") ? "[\(host)]" : host }
    }

    static let ways = [
        Way(transport: "tcp", host: "127.0.0.1"), Way(transport: "udp", host: "127.0.0.1"),
        Way(transport: "tcp", host: "::1"), Way(transport: "udp", host: "::1"),
    ]

    /// Starts the server on a port of the kernel's choice, in `$port`, and stops it by its id at the end.
    private func withServer(
        _ way: Way = ways[0], options: String = "--delay 0.02", setup: String = "", script: String
    ) throws -> Outcome {
        try Earshot.shell(
            """
            folder=$(mktemp -d)
            port=$(python3 -c 'import socket
            s = socket.socket(socket.\(way.family), socket.\(way.kind)); s.bind(("\(way.host)", 0)); print(s.getsockname()[1])')
            \(setup)
            "$EARSHOT" greet serve --transport \(way.transport) --host \(way.host) --port $port \(options) >$folder/log & server=$!
            trap 'kill $server 2>/dev/null; rm -rf $folder' EXIT
            for i in $(seq 500); do grep -qs Waiting $folder/log && break; sleep 0.01; done
            \(script)
            """)
    }

    @Test(arguments: ways)
    func pythonClient(way: Way) throws {
        let outcome = try withServer(
            way,
            script: """
                python3 -c '
                import socket, sys
                s = socket.socket(socket.\(way.family), socket.\(way.kind)); s.settimeout(5)
                s.connect(("\(way.host)", int(sys.argv[1])))
                if "\(way.transport)" == "udp": s.send(b"")
                print(s.recv(2048))
                for name in b"Michael", "Zoë".encode(), b"x" * 1024:
                    s.send(name); print(s.recv(2048) == b"Hello, " + name + b"!")
                s.send(b"exit")
                if "\(way.transport)" == "tcp": print(s.recv(2048))
                ' $port
                sleep 0.1; sed -E 's/:[0-9]+(\\.\\.\\.| closed)/:PORT\\1/' $folder/log | cut -c1-60
                """)
        let long = "receive, " + String(repeating: "x", count: 51)
        let tcp = way.transport == "tcp"
        var expected = ["b'Welcome!'", "True", "True", "True"]
        if tcp { expected.append("b''") }
        expected.append("Waiting for connection...")
        expected.append("Accept new connection from \(way.text):PORT...")
        expected += [
            "receive, Michael!", "receive, Zoë!", long, "receive, exit!", "Connection from \(way.text):PORT closed.",
        ]
        #expect(lines(outcome) == expected, "\(outcome.output)\(outcome.errors)")
    }

    private func lines(_ outcome: Outcome) -> [String] {
        outcome.output.split(separator: "\n").map(String.init)
    }

    @Test(arguments: ways)
    func pythonServer(way: Way) throws {
        let outcome = try Earshot.shell(
            """
            folder=$(mktemp -d); trap 'rm -rf $folder' EXIT
            python3 -c '
            import socket
            s = socket.socket(socket.\(way.family), socket.\(way.kind)); s.bind(("\(way.host)", 0)); s.settimeout(10)
            tcp = "\(way.transport)" == "tcp"
            if tcp: s.listen()
            print(s.getsockname()[1], flush=True)
            if tcp:
                c, _ = s.accept(); c.sendall(b"Welcome!")
                while True:
                    name = c.recv(1024)
                    print(repr(name), flush=True)
                    if name in (b"exit", b""): break
                    c.sendall(b"Hello, " + name + b"!")
            else:
                while True:
                    name, peer = s.recvfrom(1024)
                    print(repr(name), flush=True)
                    if name == b"exit": break
                    s.sendto(b"Hello, " + name + b"!" if name else b"Welcome!", peer)
            ' >$folder/server &
            for i in $(seq 500); do [ -s $folder/server ] && break; sleep 0.01; done
            "$EARSHOT" greet connect --transport \(way.transport) --host \(way.host) --port $(head -1 $folder/server) --names Ann,Bo
            echo "status $?"; wait; tail -n +2 $folder/server
            """)
        let asked = way.transport == "udp" ? ["b''"] : []
        let expected = ["Welcome!", "Hello, Ann!", "Hello, Bo!", "status 0"] + asked + ["b'Ann'", "b'Bo'", "b'exit'"]
        #expect(lines(outcome) == expected, "\(outcome.output)\(outcome.errors)")
    }

    @Test func twoHundredClientsAtOnce() throws {
        let outcome = try withServer(
            options: "--delay 0.2 --backlog 256",
            script: """
                python3 -c '
                import socket, sys, time
                clients = [socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20) for _ in range(200)]
                for c in clients: assert c.recv(64) == b"Welcome!"
                for i, c in enumerate(clients): c.sendall(b"client %d" % i)
                for i, c in enumerate(clients): assert c.recv(64) == b"Hello, client %d!" % i, i
                for c in clients: c.sendall(b"exit")
                for c in clients: assert c.recv(64) == b""
                print("all heard")
                ' $port
                sleep 0.1; grep -c "receive, client" $folder/log; grep -c closed $folder/log
                # Nobody waited for anybody: every name was heard before the first connection closed.
                sed -n '/closed/q;p' $folder/log | grep -c "receive, client"
                """)
        #expect(outcome.output == "all heard\n200\n200\n200\n", "\(outcome.output)\(outcome.errors)")
    }

    @Test func aThousandOneAfterAnotherLeaveNothingBehind() throws {
        let outcome = try withServer(
            options: "--delay 0",
            script: """
                cat >$folder/clients.py <<'END'
                import socket, sys
                for i in range(int(sys.argv[2])):
                    c = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
                    c.recv(64); c.sendall(b"n%d" % i); assert c.recv(64) == b"Hello, n%d!" % i
                    c.sendall(b"exit"); c.recv(64); c.close()
                END
                python3 $folder/clients.py $port 100; sleep 0.3
                before=$(ls /proc/$server/fd | wc -l); memory=$(awk '/VmRSS/{print $2}' /proc/$server/status)
                python3 $folder/clients.py $port 1000; sleep 0.3
                echo "descriptors $(( $(ls /proc/$server/fd | wc -l) - before ))"
                grown=$(( $(awk '/VmRSS/{print $2}' /proc/$server/status) - memory ))
                [ $grown -lt 512 ] && echo "no memory" || echo "memory grew by $grown KiB"
                """)
        #expect(outcome.output == "descriptors 0\nno memory\n", "\(outcome.output)\(outcome.errors)")
    }

    @Test func silentAndVanishedClientsHoldNobodyUp() throws {
        let outcome = try withServer(
            script: """
                python3 -c '
                import socket, struct, sys
                there = ("127.0.0.1", int(sys.argv[1]))
                silent = [socket.create_connection(there) for _ in range(20)]
                for _ in range(20):
                    gone = socket.create_connection(there); gone.sendall(b"soon gone")
                    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); gone.close()
                ' $port &
                sleep 0.2; "$EARSHOT" greet connect --port $port --names Ann; echo "status $?"
                """)
        #expect(outcome.output == "Welcome!\nHello, Ann!\nstatus 0\n", "\(outcome.output)\(outcome.errors)")
    }

    @Test func silentClientsAreClosed() throws {
        let outcome = try withServer(
            options: "--delay 0 --idle 0.3 2>$folder/errors",
            script: """
                python3 -c '
                import socket, sys
                c = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
                print(c.recv(64), c.recv(64))' $port
                sleep 0.1; cat $folder/errors $folder/log | sed -E 's/:[0-9]+/:PORT/' | sed -n '1p;$p'
                """)
        #expect(
            outcome.output == """
                b'Welcome!' b''
                127.0.0.1:PORT said nothing for 0.3 s: closing its connection
                Connection from 127.0.0.1:PORT closed.

                """, "\(outcome.output)\(outcome.errors)")
    }

    @Test func withoutDescriptorsTheLongestSilentClientMakesRoom() throws {
        let outcome = try withServer(
            options: "--delay 0 --idle 0 2>$folder/errors", setup: "ulimit -Sn 30",
            script: """
                ulimit -Sn 256
                python3 -c '
                import socket, sys, time
                there = ("127.0.0.1", int(sys.argv[1]))
                def connect():
                    c = socket.create_connection(there, timeout=10)
                    assert c.recv(64) == b"Welcome!"
                    return c
                silent = [connect() for _ in range(60)]
                print(silent[0].recv(64))
                silent[-1].sendall(b"Ann"); print(silent[-1].recv(64))
                ' $port
                grep -c 'ulimit -n' $folder/errors
                [ $(grep -c 'no descriptor is free for a new client' $folder/errors) -ge 30 ] && echo told
                """)
        #expect(outcome.output == "b''\nb'Hello, Ann!'\n1\ntold\n", "\(outcome.output)\(outcome.errors)")
    }

    @Test func aServerOfDatagramsAnswersNoServer() throws {
        let outcome = try withServer(
            Self.ways[1], options: "--delay 0",
            script: """
                python3 -c '
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5)
                s.connect(("127.0.0.1", int(sys.argv[1])))
                for words in b"Welcome!", b"Hello, Ann!", b"Ann": s.send(words)
                print(s.recv(2048))' $port
                grep -c receive $folder/log
                """)
        #expect(outcome.output == "b'Hello, Ann!'\n1\n", "\(outcome.output)\(outcome.errors)")
    }

    /// Names are hostile: the log shows them escaped, the wire carries them as they are.
    @Test func controlBytesNeverReachTheTerminal() throws {
        let outcome = try withServer(
            script: """
                python3 -c '
                import socket, sys
                c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
                c.recv(64); c.sendall(b"\\x1b[2Jred\\x9b\\r\\n"); print(c.recv(64)); c.sendall(b"exit"); c.recv(1)' $port
                grep receive $folder/log | LC_ALL=C grep -cP '[\\x00-\\x1f\\x7f-\\x9f]'; grep -c '2Jred' $folder/log
                """)
        #expect(outcome.output == "b'Hello, \\x1b[2Jred\\x9b\\r\\n!'\n0\n1\n", "\(outcome.output)\(outcome.errors)")
    }

    @Test func stopsOnSignal() throws {
        let outcome = try withServer(script: "kill -INT $server; wait $server; echo status $?")
        #expect(outcome.output == "status 0\n")
    }
}
