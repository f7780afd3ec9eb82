import GreetingService
import PacketDecoding
import Sockets
import Testing

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

    @Test func `a flood is dropped beyond what is kept, and that is said once`() throws {
        let server = try RunningServer(.udp, delay: .seconds(60))
        _ = try talk(
            server,
            """
            s = client()
            for i in range(6000):
                s.send(b'x')
                if i % 50 == 0: time.sleep(0.001)
            """)
        #expect(server.awaitEvents(1) { if case .overloaded = $0 { true } else { false } })
        server.stop()
        #expect(server.log.compactMap(\.name).count == 4096)
        #expect(server.log.count { if case .overloaded = $0 { true } else { false } } == 1)
    }
}
