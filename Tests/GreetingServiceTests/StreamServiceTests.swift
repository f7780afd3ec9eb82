import Foundation
import GreetingService
import PacketDecoding
import Sockets
import Testing

/// Python clients of the stream server, byte for byte.
@Suite struct StreamServiceTests {
    /// Connects to the host and port of its arguments, and shows what comes.
    static let prologue = """
        import socket, struct, sys, time
        def connect():
            s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
            s.settimeout(20)
            return s
        def exactly(s, n):
            data = b''
            while len(data) < n:
                more = s.recv(n - len(data))
                if not more: raise SystemExit('closed after %r' % data)
                data += more
            return data
        def name(s, n):
            s.sendall(n)
            return exactly(s, len(n) + 8)

        """

    func talk(_ server: RunningServer, _ program: String) throws -> String {
        try python(Self.prologue + program, server.address.endpoint.address.presentation, "\(server.port)")
    }

    @Test(arguments: [AddressFamily.v4, .v6]) func `greets a plain client`(family: AddressFamily) throws {
        guard family == .v4 || hasIPv6 else { return print("skipped: this machine has no ::1") }
        let server = try RunningServer(.tcp, family: family)
        let output = try talk(
            server,
            """
            s = connect()
            print(exactly(s, 8))
            for n in [b'Michael', b'Tracy', 'Zo\\u00eb'.encode(), b'\\xff\\x00\\x1b[2J']: print(name(s, n))
            s.sendall(b'exit')
            print(s.recv(100))
            """)
        #expect(
            output == """
                b'Welcome!'
                b'Hello, Michael!'
                b'Hello, Tracy!'
                b'Hello, Zo\\xc3\\xab!'
                b'Hello, \\xff\\x00\\x1b[2J!'
                b''

                """)
        server.stop()
        let log = server.log
        guard log.count == 8, case .accepted(let client) = log[1] else {
            Issue.record("unexpected events: \(log)")
            return
        }
        #expect(client.endpoint.address == server.address.endpoint.address)
        #expect(
            log == [
                .waiting, .accepted(client), .received(Array("Michael".utf8)), .received(Array("Tracy".utf8)),
                .received(Array("Zoë".utf8)), .received([0xff, 0, 0x1b, 0x5b, 0x32, 0x4a]),
                .received(Array("exit".utf8)),
                .closed(client),
            ])
    }

    @Test func `an answer takes the delay, and never less`() throws {
        let server = try RunningServer(.tcp, delay: .milliseconds(60))
        let output = try talk(
            server,
            """
            s = connect(); exactly(s, 8)
            t = time.monotonic(); name(s, b'a'); print(time.monotonic() - t >= 0.06)
            """)
        #expect(output == "True\n")
        server.stop()
    }

    @Test func `names in one segment are one message`() throws {
        let server = try RunningServer(.tcp)
        #expect(
            try talk(server, "s = connect(); exactly(s, 8); print(name(s, b'MichaelTracy'))").contains("MichaelTracy!"))
        server.stop()
        #expect(server.log.compactMap(\.name) == ["MichaelTracy"])
    }

    @Test func `names sent without waiting are answered in order, none lost`() throws {
        let server = try RunningServer(.tcp, delay: .milliseconds(5))
        let output = try talk(
            server,
            """
            s = connect(); exactly(s, 8)
            for i in range(50): s.sendall(b'%03d' % i); time.sleep(0.001)
            s.shutdown(socket.SHUT_WR)
            data = b''
            while True:
                more = s.recv(4096)
                if not more: break
                data += more
            print(data.replace(b'Hello, ', b'').replace(b'!', b'') == b''.join(b'%03d' % i for i in range(50)))
            """)
        #expect(output == "True\n")
        server.stop()
    }

    @Test func `a name of 1024 bytes is one message, and one byte more begins the next`() throws {
        let server = try RunningServer(.tcp)
        let output = try talk(
            server,
            """
            s = connect(); exactly(s, 8)
            print(name(s, b'n' * 1024) == b'Hello, ' + b'n' * 1024 + b'!')
            s.sendall(b'n' * 1025); print(exactly(s, 1032)[-2:], exactly(s, 9))
            """)
        #expect(output == "True\nb'n!' b'Hello, n!'\n")
        server.stop()
    }

    @Test func `silent, vanished and stuck clients hold nobody up`() throws {
        let server = try RunningServer(.tcp, delay: .zero)
        let output = try talk(
            server,
            """
            silent = connect()
            vanished = connect(); exactly(vanished, 8); vanished.send(b'ghost')
            vanished.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); vanished.close()
            stuck = connect(); stuck.setblocking(False)
            full = 0
            while full < 20:
                try: stuck.send(b'x' * 1024); full = 0
                except BlockingIOError: full += 1; time.sleep(0.005)
            s = connect(); exactly(s, 8)
            for i in range(20): name(s, b'Michael')
            print('greeted')
            stuck.setblocking(True); stuck.settimeout(20)
            print(exactly(stuck, 2000000)[:25])
            """)
        #expect(output == "greeted\nb'Welcome!Hello, xxxxxxxxxx'\n")
        #expect(server.awaitEvents(4, where: \.isClosed))
        #expect(try descriptors(ofLocalPort: server.port) == 1)
        server.stop()
    }

    @Test func `200 clients at once wait for their answers side by side`() throws {
        let server = try RunningServer(.tcp, delay: .milliseconds(50), backlog: 200)
        let output = try talk(
            server,
            """
            t = time.monotonic()
            clients = [connect() for i in range(200)]
            for s in clients: exactly(s, 8)
            for i, s in enumerate(clients): s.sendall(b'n%d' % i)
            good = sum(exactly(s, len('Hello, n%d!' % i)) == b'Hello, n%d!' % i for i, s in enumerate(clients))
            print(good, time.monotonic() - t < 200 * 0.05)
            """)
        #expect(output == "200 True\n")
        #expect(server.awaitEvents(200, where: \.isClosed))
        #expect(try descriptors(ofLocalPort: server.port) == 1)
        server.stop()
    }

    @Test func `1,000 clients one after another leave nothing behind`() throws {
        let server = try RunningServer(.tcp, delay: .zero)
        let output = try talk(
            server,
            """
            good = 0
            for i in range(1000):
                s = connect(); exactly(s, 8)
                good += name(s, b'Sarah') == b'Hello, Sarah!'
                if i % 2: s.sendall(b'exit')
                s.close()
            print(good)
            """)
        #expect(output == "1000\n")
        #expect(server.awaitEvents(1000, where: \.isClosed))
        #expect(try descriptors(ofLocalPort: server.port) == 1)
        server.stop()
    }

    @Test func `stopping closes the clients that are left, and says so`() throws {
        let server = try RunningServer(.tcp)
        let socket = try StreamSocket.connected(to: server.address)
        #expect(server.awaitEvents(1, where: \.isAccepted))
        server.stop()
        #expect(server.log.count(where: \.isClosed) == 1)
        _ = consume socket
    }

    @Test func `ends when the report says so`() throws {
        let server = try GreetingServer(at: GreetingAddress(port: 0))
        var events: [GreetingEvent] = []
        try server.serve(until: nil) { event in
            events.append(event)
            return false
        }
        #expect(events == [.waiting])
    }

    @Test func `who says nothing for the idle limit is closed, and who speaks is not`() throws {
        let server = try RunningServer(.tcp, idleLimit: .milliseconds(400))
        let output = try talk(
            server,
            """
            silent, speaks = connect(), connect(); exactly(silent, 8); exactly(speaks, 8)
            for i in range(8): name(speaks, b'here'); time.sleep(0.1)
            silent.setblocking(False); print(silent.recv(10))
            t = time.monotonic(); print(speaks.recv(10), time.monotonic() - t > 0.1)
            """)
        #expect(output == "b''\nb'' True\n")
        server.stop()
        #expect(server.log.count(where: \.isIdle) == 2)
        #expect(server.log.count(where: \.isClosed) == 2)
    }

    @Test func `who waits for an answer is not silent, and without a limit nobody is closed`() throws {
        let output = try talk(
            RunningServer(.tcp, delay: .milliseconds(400), idleLimit: .milliseconds(100)),
            "s = connect(); exactly(s, 8); print(name(s, b'Ada'))")
        #expect(output == "b'Hello, Ada!'\n")
        let server = try RunningServer(.tcp, idleLimit: .zero)
        #expect(
            try talk(server, "s = connect(); exactly(s, 8); time.sleep(0.3); print(name(s, b'Ada'))")
                == "b'Hello, Ada!'\n")
        server.stop()
        #expect(server.log.count(where: \.isIdle) == 0)
    }

    @Test func `without descriptors the longest-silent client makes room, and that is said`() async throws {
        await #expect(processExitsWith: .success) {
            let server = try RunningServer(.tcp, delay: .zero, backlog: 64, idleLimit: .zero)
            let client = try startPython(
                StreamServiceTests.prologue + """
                    time.sleep(0.3)
                    talker = connect(); exactly(talker, 8)
                    silent = [connect() for i in range(20)]
                    for i in range(24): name(talker, b'still here'); time.sleep(0.1)
                    # More came than there are descriptors: those who came first went, but not who speaks.
                    print(exactly(silent[-1], 8), name(talker, b'Ada'))
                    silent[0].recv(8); print(silent[0].recv(8))
                    new = connect(); print(exactly(new, 8), flush=True)
                    """, [server.address.endpoint.address.presentation, "\(server.port)"])
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            var limit = rlimit()
            unsafe getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
            limit.rlim_cur = rlim_t(open + 10)
            unsafe setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
            let output = String(decoding: client.output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            precondition(output == "b'Welcome!' b'Hello, Ada!'\nb''\nb'Welcome!'\n", output)
            let troubles = server.log.count { if case .trouble = $0 { true } else { false } }
            precondition(1...2 ~= troubles && server.log.contains(where: \.isDisplaced), "\(server.log)")
        }
    }

    @Test func `without descriptors it says so once, goes on, and accepts when there are some again`() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let server = try RunningServer(.tcp, delay: .zero, backlog: 64)
            let client = try startPython(
                StreamServiceTests.prologue + """
                    clients = [connect() for i in range(40)]
                    time.sleep(0.6)
                    for s in clients[:35]: s.close()
                    print(sum(exactly(s, 8) == b'Welcome!' for s in clients[35:]), flush=True)
                    """, [server.address.endpoint.address.presentation, "\(server.port)"])
            let open = Int32(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count)
            var limit = rlimit()
            unsafe getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
            limit.rlim_cur = rlim_t(open + 10)
            unsafe setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
            let output = client.output.fileHandleForReading.readDataToEndOfFile()
            precondition(String(decoding: output, as: UTF8.self) == "5\n")
            let troubles = server.log.count { if case .trouble = $0 { true } else { false } }
            precondition(1...3 ~= troubles)
        }
        _ = result
    }
}
