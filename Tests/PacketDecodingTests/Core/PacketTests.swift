import PacketDecoding
import Testing

@Suite struct PacketTests {
    static let tunnel = ethernetFrame(0x0800, ipv4Packet(41, ipv6Packet(17, udpDatagram)))

    @Test func `Headers are typed by their layer`() {
        withPacket(Self.tunnel) { packet in
            #expect(packet.header(EthernetHeader.self, at: 0)?.etherType == .ipv4)
            #expect(packet.header(IPv4Header.self, at: 1)?.protocolNumber == .ipv6)
            #expect(packet.header(IPv6Header.self, at: 2)?.hopLimit == 64)
            #expect(packet.header(UDPHeader.self, at: 3)?.destinationPort == 5555)
            #expect(packet.header(IPv4Header.self, at: 2) == nil)
        }
    }

    @Test func `A header of which only a part was captured is none`() {
        let bytes = hex("0800")
        let layers = [Layer(.udp, at: 0, headerLength: 8, end: 8, traits: .partial)]
        let header = FrameHeader(number: 1, timestamp: nil, wireLength: 8, linkType: .raw)
        let packet = unsafe Packet(frame: Frame(bytes.span.bytes, header: header), layers: layers.span, fault: nil)
        #expect(packet.header(UDPHeader.self, at: 0) == nil)
        #expect(array(packet.headerBytes(at: 0)) == bytes)
        #expect(array(packet.payload(at: 0)) == [])
    }

    @Test func `Header and payload bytes`() {
        withPacket(Self.tunnel) { packet in
            #expect(array(packet.headerBytes(at: 3)) == Array(udpDatagram.prefix(8)))
            #expect(array(packet.payload(at: 3)) == Array(udpDatagram.suffix(4)))
            #expect(packet.payload(at: 0).byteCount == 72)
        }
        withPacket(Array(Self.tunnel.prefix(84)), wireLength: 86) { packet in
            #expect(array(packet.payload(at: 3)) == hex("6162"))
            #expect(packet.layers[3].statedPayloadLength == 4)
        }
    }

    @Test func `Layers are found by kind and by what carries them`() {
        withPacket(Self.tunnel) { packet in
            #expect(packet.firstIndex(of: .udp) == 3)
            #expect(packet.firstIndex(of: .tcp) == nil)
            #expect(packet.enclosingNetwork(of: 3) == 2)
            #expect(packet.enclosingNetwork(of: 2) == 1)
            #expect(packet.enclosingNetwork(of: 1) == nil)
            #expect(packet.enclosingNetwork(of: 0) == nil)
        }
    }

    @Test func `A quoted layer is not the packet's own`() {
        let layers = [
            Layer(.udp, at: 0, headerLength: 8, end: 8, traits: .quoted), Layer(.udp, at: 8, headerLength: 8, end: 16),
        ]
        let bytes = [UInt8](repeating: 0, count: 16)
        let header = FrameHeader(number: 1, timestamp: nil, wireLength: 16, linkType: .raw)
        let packet = unsafe Packet(frame: Frame(bytes.span.bytes, header: header), layers: layers.span, fault: nil)
        #expect(packet.firstIndex(of: .udp) == 1)
    }
}
