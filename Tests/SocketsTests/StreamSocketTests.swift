import Glibc
import PacketDecoding
import Sockets
import Testing

/// Both ends of connections: `StreamListener` and `StreamSocket`.
@Suite struct StreamSocketTests {
    @Test(arguments: loopbackAddresses) func `carries bytes both ways until an end closes`(
        address: SocketAddress
    ) throws {
        let listener = try StreamListener(on: address, backlog: 1)
        let listening = listener.localAddress
        #expect(listening.endpoint.port != 0)
        let client = try StreamSocket.connected(to: listening, timeout: .seconds(10))
        do {
            guard let server = try listener.accept() else {
                Issue.record("nothing to accept")
                return
            }
            let ends = (client.localAddress, client.peer, server.localAddress, server.peer)
            #expect(ends.1 == listening && ends.2 == listening && ends.0 == ends.3)
            #expect(try client.say("Michael") == 7)
            #expect(try Readiness.wait(for: .reading, on: server.descriptor, timeout: .seconds(10)) == .ready)
            #expect(try server.hear(limit: 4) == "Mich")
            #expect(try server.hear() == "ael")
            #expect(try server.hear() == nil, "an accepted socket does not block")
            #expect(try server.say("Welcome!") == 8)
            #expect(try client.hear() == "Welcome!")
        }
        #expect(try client.hear() == "", "the server's end went out of scope")
    }

    @Test func `takes no more than the kernel does`() throws {
        let listener = try StreamListener(on: .loopback, backlog: 1)
        let client = try StreamSocket.connected(to: listener.localAddress)
        try client.setNonBlocking(true)
        let bytes = [UInt8](repeating: 0, count: 1 << 20)
        var sent = 0
        while let count = try client.send(bytes.span) { sent += count }
        #expect(sent > 0)
    }

    @Test func `is not inherited by programs that are started`() throws {
        let listener = try StreamListener(on: .loopback, backlog: 1)
        let client = try StreamSocket.connected(to: listener.localAddress)
        guard let server = try listener.accept() else {
            Issue.record("nothing to accept")
            return
        }
        let descriptors = [listener.descriptor, client.descriptor, server.descriptor]
        #expect(!descriptors.contains(where: isInherited))
    }

    @Test func `a listener that does not block has nothing to accept`() throws {
        let listener = try StreamListener(on: .loopback, backlog: 1)
        try listener.setNonBlocking(true)
        if try listener.accept() != nil { Issue.record("accepted a connection that nobody made") }
    }

    @Test func `a second listener on a port is refused, with a remedy`() throws {
        let listener = try StreamListener(on: .loopback, backlog: 1)
        let address = listener.localAddress
        let error = try #require(throws: SocketError.self) { _ = try StreamListener(on: address, backlog: 1) }
        #expect(
            error.description == "binding to \(address): Address already in use; "
                + "stop the program that has this port, or choose another port")
    }

    @Test func `a listener gets its port back although old connections linger`() throws {
        let address: SocketAddress
        do {
            let listener = try StreamListener(on: .loopback, backlog: 1)
            address = listener.localAddress
            let client = try StreamSocket.connected(to: address)
            // The listener's side closes first and so keeps the port in TIME-WAIT.
            do { _ = try listener.accept() }
            #expect(try client.hear() == "")
        }
        _ = try StreamListener(on: address, backlog: 1)
    }

    @Test func `nothing listening is a refused connection`() throws {
        let free: SocketAddress
        do { free = try StreamListener(on: .loopback, backlog: 1).localAddress }
        let error = try #require(throws: SocketError.self) { _ = try StreamSocket.connected(to: free) }
        #expect(error.errno == ECONNREFUSED)
        #expect(error.operation == .connecting)
    }

    @Test func `an IPv6 listener leaves the port to IPv4`() throws {
        guard hasIPv6 else { return print("skipped: this machine has no ::1") }
        let v6 = try StreamListener(
            on: SocketAddress(Endpoint(address: .v6(IPv6Address(high: 0, low: 0)), port: 0)), backlog: 1)
        let v4 = Endpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: v6.localAddress.endpoint.port)
        let error = #expect(throws: SocketError.self) { _ = try StreamSocket.connected(to: SocketAddress(v4)) }
        #expect(error?.errno == ECONNREFUSED)
    }

    @Test func `writing to an end that is gone is an error and no signal`() throws {
        let listener = try StreamListener(on: .loopback, backlog: 1)
        let client = try StreamSocket.connected(to: listener.localAddress)
        do { _ = try listener.accept() }
        #expect(try client.hear() == "")
        let error = #expect(throws: SocketError.self) {
            // The first one may still go out: the answer to it is the reset.
            for _ in 0..<100 {
                _ = try client.say("anyone?")
                usleep(1000)
            }
        }
        #expect(error?.errno == EPIPE || error?.errno == ECONNRESET)
    }
}
