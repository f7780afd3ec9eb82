import Glibc
import Sockets
import Testing

@Suite struct DatagramSocketTests {
    func receive(_ socket: borrowing DatagramSocket, limit: Int = 100) throws -> (DatagramSocket.Arrival, [UInt8])? {
        var buffer = [UInt8](repeating: 0, count: limit)
        var span = buffer.mutableSpan
        guard let arrival = try socket.receive(into: &span) else { return nil }
        return (arrival, [UInt8](buffer.prefix(arrival.count)))
    }

    @Test(arguments: loopbackAddresses) func `carries datagrams, empty ones too, and tells the sender`(
        address: SocketAddress
    ) throws {
        let server = try DatagramSocket(on: address)
        let client = try DatagramSocket(connectedTo: server.localAddress)
        for message in [[], Array("Michael".utf8)] {
            #expect(try client.send(message.span))
            let (arrival, bytes) = try #require(try receive(server))
            #expect(bytes == message)
            let sender = client.localAddress
            #expect(arrival.sender == sender)
            #expect(!arrival.isTruncated)
            #expect(try server.send(bytes.span, to: arrival.sender))
            #expect(try receive(client)?.1 == message)
        }
    }

    @Test func `says when a datagram was longer than the buffer`() throws {
        let server = try DatagramSocket(on: .loopback)
        let client = try DatagramSocket(connectedTo: server.localAddress)
        let message = [UInt8](0..<11)
        #expect(try client.send(message.span))
        let (arrival, bytes) = try #require(try receive(server, limit: 10))
        #expect(arrival.isTruncated)
        #expect(bytes == Array(0..<10))
    }

    @Test func `has nothing to receive without blocking`() throws {
        let socket = try DatagramSocket(on: .loopback)
        try socket.setNonBlocking(true)
        #expect(try receive(socket) == nil)
        let descriptor = socket.descriptor
        #expect(!isInherited(descriptor))
    }

    @Test func `a second socket on a port is refused`() throws {
        let socket = try DatagramSocket(on: .loopback)
        let address = socket.localAddress
        let error = #expect(throws: SocketError.self) { _ = try DatagramSocket(on: address) }
        #expect(error?.errno == EADDRINUSE)
    }

    @Test func `a connected socket hears that nothing listens`() throws {
        let free: SocketAddress
        do { free = try DatagramSocket(on: .loopback).localAddress }
        let client = try DatagramSocket(connectedTo: free)
        let message: [UInt8] = []
        #expect(try client.send(message.span))
        let error = #expect(throws: SocketError.self) { _ = try receive(client) }
        #expect(error?.errno == ECONNREFUSED)
    }
}
