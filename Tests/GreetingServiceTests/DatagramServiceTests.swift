import Foundation
import PacketDecoding
import Sockets
import Testing

@testable import GreetingService

/// Python clients of the datagram server, byte for byte.
@Suite struct DatagramServiceTests {
    static let prologue = """
        import socket, sys, time
        def client():
            s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
            s.connect((sys.argv[1], int(sys.argv[2]))); s.settimeout(20)
            return s

        """

    func talk(_ server: RunningServer, _ program: String) throws -> String {
        try python(Self.prologue + program, server.address.endpoint.address.presentation, "\(server.port)")
    }

    @Test(arguments: [AddressFamily.v4, .v6]) func `greets a plain client`(family: AddressFamily) throws {
        guard family == .v4 || hasIPv6 else { return print("skipped: this machine has no ::1") }
        let server = try RunningServer(.udp, family: family)
        let output = try talk(
            server,
            """
            s = client(); s.send(b''); print(s.recv(2000))
            for n in [b'Michael', b'\\xff', b'n' * 1024]: s.send(n); print(s.recv(2000)[:20])
            s.send(b'exit'); s.settimeout(0.1)
            try: print(s.recv(2000))
            except TimeoutError: print('silence')
            """)
        #expect(
            output == """
                b'Welcome!'
                b'Hello, Michael!'
                b'Hello, \\xff!'
                b'Hello, nnnnnnnnnnnnn'
                silence

                """)
        server.stop()
        #expect(server.log.count(where: \.isAccepted) == 1)
        #expect(server.log.dropLast().last == .received(Array("exit".utf8)))
        #expect(server.log.last?.isClosed == true)
    }

    @Test func `no first datagram is needed, and answers keep the order of the names`() throws {
        let server = try RunningServer(.udp, delay: .milliseconds(30))
        let output = try talk(
            server,
            """
            s = client(); t = time.monotonic()
            for i in range(50): s.send(b'%d' % i)
            print([s.recv(2000) for i in range(50)] == [b'Hello, %d!' % i for i in range(50)])
            print(0.03 <= time.monotonic() - t < 50 * 0.03)
            """)
        #expect(output == "True\nTrue\n")
        server.stop()
    }

    @Test func `a flood is dropped beyond what is kept of one client, and that is said once`() throws {
        let server = try RunningServer(.udp, delay: .seconds(60))
        _ = try talk(
            server,
            """
            s = client()
            for i in range(6000):
                s.send(b'x')
                if i % 50 == 0: time.sleep(0.001)
            """)
        #expect(server.awaitEvents(1, where: \.isOverloaded))
        server.stop()
        #expect(server.log.compactMap(\.name).count == 64)
        #expect(server.log.count(where: \.isOverloaded) == 1)
    }

    @Test func `who floods leaves the others their place`() throws {
        let server = try RunningServer(.udp, delay: .milliseconds(500))
        let output = try talk(
            server,
            """
            for s in [client() for i in range(20)]:
                for i in range(300):
                    s.send(b'x')
                    if i % 50 == 0: time.sleep(0.001)
            time.sleep(0.05); s = client(); s.send(b''); print(s.recv(2000))
            for n in b'a', b'b', b'c': s.send(n)
            print([s.recv(2000) for i in range(3)])
            """)
        #expect(output == "b'Welcome!'\n[b'Hello, a!', b'Hello, b!', b'Hello, c!']\n")
        server.stop()
    }

    @Test func `what a server says is not answered, and names that only look a little like it are`() throws {
        let server = try RunningServer(.udp)
        let output = try talk(
            server,
            """
            s = client()
            words = [b'Welcome!', b'Hello, Ada!', b'Hello, Ada! and Bob', b'Hello, !', b'Hello, ' + b'x' * 1024 + b'!']
            names = [b'Ada Lovelace', b'Welcome', b'Welcome!!', b'Hello, Ada', b'hello, Ada!', b' Hello, Ada!', b'!']
            for w in words: s.send(w)
            for n in names: s.send(n); print(s.recv(2000) == b'Hello, ' + n + b'!')
            """)
        #expect(output == String(repeating: "True\n", count: 7))
        server.stop()
        #expect(server.log.compactMap(\.name).count == 7)
    }

    /// Serves for a while what comes to a socket; what it was told.
    func serve(_ socket: consuming DatagramSocket) throws -> [GreetingEvent] {
        try socket.setNonBlocking(true)
        let stop = Pipe()
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.3) { stop.fileHandleForWriting.write(Data([0])) }
        var log: [GreetingEvent] = []
        var service = try DatagramService(
            socket, until: stop.fileHandleForReading.fileDescriptor, delay: .zero
        ) { event in
            log.append(event)
            return log.count < 50
        }
        try service.run(socket)
        return log
    }

    @Test func `two servers do not talk to each other`() throws {
        let other = try RunningServer(.udp, delay: .zero)
        let socket = try DatagramSocket(on: Resolver.resolve("127.0.0.1", port: 0)[0])
        // As if somebody had forged the source.
        for name in ["", "Ada", String(repeating: "n", count: 1024)] {
            _ = try socket.send([UInt8](name.utf8).span, to: other.address)
        }
        let log = try serve(socket)
        other.stop()
        #expect(log == [.waiting])
        #expect(other.log.compactMap(\.name).count == 2)
    }

    @Test(arguments: ["127.0.0.1", "0.0.0.0", "::1", "::"]) func `a server does not talk to itself`(host: String) throws
    {
        guard hasIPv6 || !host.contains(":") else { return print("skipped: this machine has no ::1") }
        let socket = try DatagramSocket(on: Resolver.resolve(host, port: 0)[0])
        let loopback = try Resolver.resolve(
            host.contains(":") ? "::1" : "127.0.0.1", port: socket.localAddress.endpoint.port)[0]
        for name in ["", "Ada"] { _ = try socket.send([UInt8](name.utf8).span, to: loopback) }
        #expect(try serve(socket) == [.waiting])
    }
}
