import PacketDecoding
import Testing

@Suite struct EchoMessageTests {
    /// 127.0.0.1 to itself: an echo reply with identifier 1, sequence number 2 and the data ab cd.
    private static let packet: [UInt8] = [
        0x45, 0, 0, 30, 0, 0, 0, 0, 64, 1, 0x7c, 0xdd, 127, 0, 0, 1, 127, 0, 0, 1,
        0, 0, 0x54, 0x2f, 0, 1, 0, 2, 0xab, 0xcd,
    ]

    @Test func reply() throws {
        let message = try #require(EchoMessage(rawIPv4: unsafe Self.packet.span.bytes))
        #expect(message.isReply && message.identifier == 1 && message.sequenceNumber == 2 && message.dataOffset == 28)
    }

    @Test(arguments: 0..<28) func cut(count: Int) {
        #expect(EchoMessage(rawIPv4: unsafe Array(Self.packet[..<count]).span.bytes) == nil)
    }

    /// Version, header length, protocol, type, code, checksum, data.
    @Test(
        arguments: [(0, 0x65), (0, 0x44), (0, 0x4f), (9, 17), (20, 8), (20, 3), (21, 1), (22, 0), (29, 0)]
            as [(Int, UInt8)])
    func refused(offset: Int, value: UInt8) {
        var bytes = Self.packet
        bytes[offset] = value
        #expect(EchoMessage(rawIPv4: unsafe bytes.span.bytes) == nil)
    }

    @Test func requestsAreWritten() throws {
        var bytes: [UInt8] = [9, 9, 9, 9, 9, 9, 9, 9, 0xab, 0xcd]
        var span = bytes.mutableSpan
        EchoMessage.writeRequest(identifier: 1, sequenceNumber: 2, isIPv6: false, into: &span)
        #expect(bytes == [8, 0, 0x4c, 0x2f, 0, 1, 0, 2, 0xab, 0xcd])
        var span6 = bytes.mutableSpan
        EchoMessage.writeRequest(identifier: 1, sequenceNumber: 2, isIPv6: true, into: &span6)
        #expect(bytes == [128, 0, 0, 0, 0, 1, 0, 2, 0xab, 0xcd])
    }
}
