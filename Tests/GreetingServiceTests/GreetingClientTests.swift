import Foundation
import GreetingService
import PacketDecoding
import Sockets
import Testing

/// Our client against Python servers.
@Suite struct GreetingClientTests {
    static let prologue = """
        import socket, sys, time
        family = socket.AF_INET6 if sys.argv[1] == '6' else socket.AF_INET
        l = socket.socket(family, socket.SOCK_STREAM if sys.argv[2] == 'tcp' else socket.SOCK_DGRAM)
        l.bind(('::1' if sys.argv[1] == '6' else '127.0.0.1', 0))
        l.settimeout(20)
        if sys.argv[2] == 'tcp': l.listen(5)
        print(l.getsockname()[1], flush=True)

        """

    /// What a client did.
    struct Outcome {
        var answers: [String] = []
        var isComplete = false
        var error: GreetingError?
        /// What the server printed after its port.
        var server = ""
        var message: String {
            var sink = TextCollector()
            error?.write(to: &sink)
            return sink.text
        }
    }

    func greet(
        _ transport: GreetingTransport, family: AddressFamily = .v4,
        names: [String] = GreetingClient.defaultNames, timeout: Duration = .seconds(10), server program: String
    ) throws -> Outcome {
        let python = try startPython(Self.prologue + program, [family == .v4 ? "4" : "6", transport.rawValue])
        defer { python.process.waitUntilExit() }
        let handle = python.output.fileHandleForReading
        var line = Data()
        while let byte = try handle.read(upToCount: 1), byte != Data("\n".utf8) { line += byte }
        let port = try #require(UInt16(String(decoding: line, as: UTF8.self)))
        let client = GreetingClient(
            server: GreetingAddress(port: port, transport: transport, family: family), names: names,
            answerTimeout: timeout)
        var outcome = Outcome()
        do throws(GreetingError) {
            outcome.isComplete = try client.run { answer in
                outcome.answers.append(String(decoding: answer, as: UTF8.self))
                return true
            }
        } catch {
            outcome.error = error
        }
        outcome.server = String(decoding: handle.readDataToEndOfFile(), as: UTF8.self)
        return outcome
    }

    static let all = ["Welcome!", "Hello, Michael!", "Hello, Tracy!", "Hello, Sarah!"]

    @Test(arguments: [AddressFamily.v4, .v6]) func `says its names over a stream one at a time, then exit`(
        family: AddressFamily
    ) throws {
        guard family == .v4 || hasIPv6 else { return print("skipped: this machine has no ::1") }
        let outcome = try greet(
            .tcp, family: family,
            server: """
                s, _ = l.accept(); s.sendall(b'Welcome!')
                while True:
                    d = s.recv(1024); print(d)
                    if not d: break
                    if d != b'exit': s.sendall(b'Hello, ' + d + b'!')
                """)
        #expect(outcome.answers == Self.all)
        #expect(outcome.isComplete)
        #expect(outcome.server == "b'Michael'\nb'Tracy'\nb'Sarah'\nb'exit'\nb''\n")
    }

    @Test(arguments: [AddressFamily.v4, .v6]) func `says its names over datagrams, the first one empty`(
        family: AddressFamily
    ) throws {
        guard family == .v4 || hasIPv6 else { return print("skipped: this machine has no ::1") }
        let outcome = try greet(
            .udp, family: family,
            server: """
                while True:
                    d, a = l.recvfrom(2000); print(d)
                    if d == b'exit': break
                    l.sendto(b'Hello, ' + d + b'!' if d else b'Welcome!', a)
                """)
        #expect(outcome.answers == Self.all)
        #expect(outcome.server == "b''\nb'Michael'\nb'Tracy'\nb'Sarah'\nb'exit'\n")
    }

    @Test func `copes with answers in pieces and with answers that run together`() throws {
        let outcome = try greet(
            .tcp,
            server: """
                s, _ = l.accept(); s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for c in b'Welcome!Hello, Mich': s.sendall(bytes([c])); time.sleep(0.002)
                print(s.recv(1024)); s.sendall(b'ael!Hello, Tracy!Hello, Sarah!')
                print(s.recv(1024))
                """)
        #expect(outcome.answers == Self.all)
    }

    @Test func `a name of 1024 bytes goes out and comes back whole`() throws {
        let name = String(repeating: "é", count: 512)
        let outcome = try greet(
            .tcp, names: [name],
            server: "s, _ = l.accept(); s.sendall(b'Welcome!'); s.sendall(b'Hello, ' + s.recv(1024) + b'!')")
        #expect(outcome.answers == ["Welcome!", "Hello, \(name)!"])
    }

    @Test func `a lost datagram is sent again, and its second answer is passed over`() throws {
        let outcome = try greet(
            .udp, timeout: .milliseconds(150),
            server: """
                l.recvfrom(2000); d, a = l.recvfrom(2000); print(d)
                l.sendto(b'Welcome!', a); l.sendto(b'Welcome!', a)
                while True:
                    d, a = l.recvfrom(2000)
                    if d == b'exit': break
                    l.sendto(b'Hello, ' + d + b'!', a); l.sendto(b'Hello, ' + d + b'!', a)
                """)
        #expect(outcome.answers == Self.all)
        #expect(outcome.server == "b''\n")
    }

    @Test func `a server that stays silent over datagrams is an error after three attempts`() throws {
        let outcome = try greet(
            .udp, timeout: .milliseconds(20), server: "for i in range(3): print(l.recvfrom(2000)[0])")
        #expect(outcome.server == "b''\nb''\nb''\n")
        #expect(
            outcome.message.hasSuffix(
                "did not say \"Welcome!\", asked 3 times; is a greeting server there, and does it answer in time?"))
    }

    @Test func `a server that closes early is an error that names the missing answer`() throws {
        let outcome = try greet(
            .tcp, server: "s, _ = l.accept(); s.sendall(b'Welcome!'); s.recv(1024); s.sendall(b'Hello, Mi')")
        #expect(outcome.answers == ["Welcome!"])
        #expect(outcome.message.hasSuffix("closed the connection before it said \"Hello, Michael!\""))
    }

    @Test func `a server that resets is one that closed early`() throws {
        let outcome = try greet(.tcp, server: "s, _ = l.accept(); s.sendall(b'Welcome!'); time.sleep(0.2)")
        #expect(outcome.message.hasSuffix("closed the connection before it said \"Hello, Michael!\""))
    }

    @Test(arguments: [GreetingTransport.tcp, .udp]) func `garbage is an error that shows it escaped`(
        transport: GreetingTransport
    ) throws {
        let outcome = try greet(
            transport,
            server: """
                if sys.argv[2] == 'tcp':
                    s, _ = l.accept(); s.sendall(b'HTTP/1.1 400\\x1b[2J'); s.recv(10)
                else:
                    d, a = l.recvfrom(2000); l.sendto(b'HTTP/1.1 400\\x1b[2J', a)
                """)
        #expect(outcome.answers == [])
        #expect(outcome.message.hasSuffix("said \"HTTP/1.1 400<27>[2J\", not \"Welcome!\"; is it a greeting server?"))
    }

    @Test(arguments: [GreetingTransport.tcp, .udp]) func `nothing listening is a refused connection`(
        transport: GreetingTransport
    ) throws {
        let free = try DatagramSocket(on: Resolver.resolve("127.0.0.1", port: 0)[0]).localAddress
        let client = GreetingClient(server: GreetingAddress(port: free.endpoint.port, transport: transport))
        let error = try #require(throws: GreetingError.self) { try client.run { _ in true } }
        guard case .socket(let error) = error else {
            Issue.record(error)
            return
        }
        #expect(error.reason == "Connection refused")
        #expect(error.remedy == "nothing listens there: start the server, or check host and port")
    }

    @Test(arguments: ["", "exit", String(repeating: "n", count: 1025)]) func `refuses a name that would get no answer`(
        name: String
    ) {
        let client = GreetingClient(server: GreetingAddress(port: 1), names: ["Michael", name])
        #expect(throws: GreetingError.unsendable(name: name)) { try client.run { _ in true } }
    }

    @Test(arguments: [GreetingTransport.tcp, .udp]) func `ends early when told to`(transport: GreetingTransport) throws
    {
        let server = try RunningServer(transport, delay: .seconds(60))
        let stop = Pipe()
        let client = GreetingClient(
            server: GreetingAddress(port: server.port, transport: transport), answerTimeout: .seconds(60))
        let isComplete = try client.run(until: stop.fileHandleForReading.fileDescriptor) { _ in
            stop.fileHandleForWriting.write(Data([0]))
            return true
        }
        #expect(!isComplete)
        #expect(try client.run { _ in false } == false)
        server.stop()
    }

    @Test(arguments: [GreetingTransport.tcp, .udp]) func `our client and our server understand each other`(
        transport: GreetingTransport
    ) throws {
        let server = try RunningServer(transport)
        var answers: [String] = []
        let client = GreetingClient(server: GreetingAddress(host: "localhost", port: server.port, transport: transport))
        #expect(
            try client.run { answer in
                answers.append(String(decoding: answer, as: UTF8.self))
                return true
            })
        #expect(answers == Self.all)
        #expect(server.awaitEvents(1, where: \.isClosed))
        server.stop()
        #expect(server.log.compactMap(\.name) == GreetingClient.defaultNames)
    }
}
