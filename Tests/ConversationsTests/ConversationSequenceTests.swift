import Conversations
import PacketDecoding
import Testing

@Suite struct ConversationSequenceTests {
    private struct Failed: Error {}

    private static let server = Endpoint(address: .v4(IPv4Address(10, 0, 0, 2)), port: 9999)
    private static func client(_ port: UInt16) -> Endpoint {
        Endpoint(address: .v4(IPv4Address(10, 0, 0, 1)), port: port)
    }

    private static func packet(_ built: BuiltPacket, _ number: Int) -> OwnedPacket {
        OwnedPacket(
            built.bytes,
            header: FrameHeader(
                number: number, timestamp: Timestamp(rawValue: Int64(number) * 1000), wireLength: built.bytes.count,
                linkType: built.linkType))
    }

    /// An open connection, a refused one, and a datagram.
    private static let packets: [OwnedPacket] = [
        BuiltPacket(tcpFrom: client(1001), to: server, flags: .syn, sequence: 1),
        BuiltPacket(udpFrom: client(1002), to: server, payload: [1, 2, 3]),
        BuiltPacket(tcpFrom: client(1003), to: server, flags: .syn, sequence: 1),
        BuiltPacket(tcpFrom: server, to: client(1003), flags: [.rst, .ack], sequence: 0, acknowledgment: 2),
        BuiltPacket(tcpFrom: server, to: client(1001), flags: [.syn, .ack], sequence: 5, acknowledgment: 2),
        BuiltPacket(tcpFrom: client(1001), to: server, flags: .ack, sequence: 2, acknowledgment: 6),
    ].enumerated().map { packet($1, $0 + 1) }

    /// Packets that come one by one, then perhaps an error.
    private static func stream(_ failure: Failed? = nil) -> AsyncThrowingStream<OwnedPacket, any Error> {
        AsyncThrowingStream { continuation in
            for packet in packets { continuation.yield(packet) }
            continuation.finish(throwing: failure)
        }
    }

    @Test func allOfThemWithTheirTotals() throws {
        let conversations = try Self.packets.map { Result<OwnedPacket, Failed>.success($0) }.conversations()
        #expect(conversations.map(\.key.client.port) == [1001, 1003, 1002])
        #expect(conversations.map(\.outcome) == [.open, .refused, .open])
        #expect(conversations.map(\.packets) == [3, 2, 1])
        try #require(conversations.count == 3)
        #expect(conversations[0].handshakeTime == 5000)
        #expect(conversations[2].client.bytes == 3)
    }

    @Test func thePacketsErrorIsThrown() {
        #expect(throws: Failed.self) {
            let results: [Result<OwnedPacket, Failed>] = [.success(Self.packets[0]), .failure(Failed())]
            _ = try results.conversations()
        }
    }

    @Test func whatIsOverComesFirst() async throws {
        var conversations: [Conversation] = []
        for try await conversation in Self.stream().conversations() { conversations.append(conversation) }
        #expect(conversations.map(\.key.client.port) == [1003, 1001, 1002])
        #expect(conversations.map(\.outcome) == [.refused, .open, .open])
    }

    @Test func errorsEndTheSequence() async {
        var count = 0
        await #expect(throws: Failed.self) {
            for try await _ in Self.stream(Failed()).conversations() { count += 1 }
        }
        #expect(count == 1)
    }

    @Test func stepsInTheOrderOfTheirPackets() async throws {
        let steps = try Self.packets.map { Result<OwnedPacket, Failed>.success($0) }.steps().map { try $0.get() }
        #expect(steps.map(\.frame) == [1, 2, 3, 4, 5, 6])
        #expect(steps.map(\.conversation) == [0, 0, 1, 1, 0, 0])
        #expect(steps.map(\.side) == [.client, .client, .client, .server, .server, .client])
        var later: [ConversationStep] = []
        for try await step in Self.stream().steps() { later.append(step) }
        #expect(later.map(\.frame) == steps.map(\.frame) && later.map(\.phase) == steps.map(\.phase))
    }

    @Test func stepsEndWithTheError() throws {
        let results: [Result<OwnedPacket, Failed>] = [.success(Self.packets[0]), .failure(Failed())]
        #expect(results.steps().map { (try? $0.get())?.frame } == [1, nil])
    }
}
