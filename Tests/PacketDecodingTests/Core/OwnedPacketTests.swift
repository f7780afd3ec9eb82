import PacketDecoding
import Testing

@Suite struct OwnedPacketTests {
    /// UDP from 10.0.0.1 port 1000 to 10.0.0.2 port 2000, cut within the UDP header by the last argument.
    private static func datagram(_ length: Int = 42) -> OwnedPacket {
        let bytes: [UInt8] = [
            2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
            0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
            3, 0xe8, 7, 0xd0, 0, 8, 0, 0,
        ]
        return OwnedPacket(
            Array(bytes.prefix(length)),
            header: FrameHeader(number: 7, timestamp: nil, wireLength: 42, linkType: .ethernet))
    }

    @Test func headersAreDecodedOnDemand() throws {
        let packet = Self.datagram()
        #expect(packet.header(UDPHeader.self)?.destinationPort == 2000)
        #expect(packet.header(IPv4Header.self)?.source == IPv4Address(10, 0, 0, 1))
        #expect(packet.header(TCPHeader.self) == nil)
        #expect(Self.datagram(40).header(UDPHeader.self) == nil)
    }

    @Test func layersAndFaultsAreValues() {
        let (layers, fault) = Self.datagram().layers()
        #expect(layers.map(\.kind) == [.ethernet, .ipv4, .udp])
        #expect(fault == nil)
        #expect(Self.datagram(30).layers().fault?.layer == .ipv4)
    }

    @Test func itIsTheFrameItWasMadeOf() {
        let packet = Self.datagram()
        #expect(OwnedPacket(packet.frame) == packet)
        #expect(packet.frame.wireLength == 42)
        #expect(packet.withDecoded { $0.payloadLength(at: 1) } == 8)
    }

    /// It goes where a frame cannot.
    @Test func itCrossesTasks() async {
        let packet = Self.datagram()
        #expect(await Task.detached { packet.header(UDPHeader.self)?.sourcePort }.value == 1000)
    }
}
