import Sockets
import Testing

@Suite struct PollerTests {
    @Test func `tells which of many can be read`() throws {
        var poller = try Poller()
        let quiet = try DatagramSocket(on: .loopback)
        let loud = try DatagramSocket(on: .loopback)
        try poller.add(quiet.descriptor, token: 7, interest: .reading)
        try poller.add(loud.descriptor, token: UInt64.max, interest: .reading)
        #expect(try poller.wait(timeout: .zero) == [])
        let message: [UInt8] = [1]
        #expect(try quiet.send(message.span, to: loud.localAddress))
        let events = try poller.wait(timeout: .seconds(10))
        #expect(events.map(\.token) == [UInt64.max])
        #expect(events.first?.readiness.contains(.reading) == true)
        #expect(events.first?.isHungUp == false)

        try poller.change(loud.descriptor, token: 8, interest: .writing)
        #expect(try poller.wait(timeout: .seconds(10)).map(\.token) == [8])
        try poller.change(loud.descriptor, token: 8, interest: [])
        #expect(try poller.wait(timeout: .zero) == [])
    }

    @Test func `a reset is told without any interest, and a closed socket is forgotten`() throws {
        var poller = try Poller()
        let listener = try StreamListener(on: .loopback, backlog: 1)
        let client = try StreamSocket.connected(to: listener.localAddress)
        do {
            guard let server = try listener.accept() else {
                Issue.record("nothing to accept")
                return
            }
            _ = try client.say("unread")
            #expect(try Readiness.wait(for: .reading, on: server.descriptor, timeout: .seconds(10)) == .ready)
            try poller.add(client.descriptor, token: 1, interest: [])
            try poller.add(server.descriptor, token: 2, interest: .reading)
            // Closing a socket that holds unread data resets the connection.
        }
        let events = try poller.wait(timeout: .seconds(10))
        #expect(events.map(\.token) == [1])
        #expect(events.first?.isHungUp == true)
    }
}
