import PacketDecoding
import Testing

@Suite struct IPv6Tests {
    static let packet = ipv6Packet(17, udpDatagram)

    @Test func `A datagram`() {
        #expect(
            walk(Self.packet, linkType: .raw)
                == Walk(layers: [
                    Layer(.ipv6, at: 0, headerLength: 40, end: 52), Layer(.udp, at: 40, headerLength: 8, end: 52),
                ]))
        let fields = fields(of: .ipv6, in: Self.packet, linkType: .raw)
        #expect(
            fields?.fields == [
                "version=6", "dscp=0", "ecn=0", "flow_label=0x00000", "payload_length=12", "next_header=17",
                "hop_limit=64", "source=2001:db8::1", "destination=2001:db8::2",
            ])
        #expect(fields?.meanings == ["dscp": "CS0, default", "ecn": "not ECN-capable", "next_header": "UDP"])
        #expect(summary(of: .ipv6, in: Self.packet, linkType: .raw) == "")
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.packet, linkType: .raw) }

    @Test func `Traffic class and flow label`() {
        let fields = fields(of: .ipv6, in: hex("6bb9 1c59") + Self.packet.dropFirst(4), linkType: .raw)
        #expect(fields?["dscp"] == "46")
        #expect(fields?["ecn"] == "3")
        #expect(fields?["flow_label"] == "0x91c59")
    }

    @Test func `A snapped capture is decoded as far as it goes`() {
        let found = walk(Array(Self.packet.prefix(44)), linkType: .raw, wireLength: 52)
        #expect(found.layers.first == Layer(.ipv6, at: 0, headerLength: 40, end: 52))
        #expect(found.fault == DecodeError(.udp, at: 40, .truncated(needed: 8, captured: 4)))
    }

    @Test func `Payload length 0 is segmentation offload: the frame's end is the packet's`() {
        let packet = ipv6Packet(17, udpDatagram, payloadLength: 0)
        #expect(walk(packet, linkType: .raw).layers.map(\.end) == [52, 52])
        #expect(fields(of: .ipv6, in: packet, linkType: .raw)?["payload_length"] == "0")
    }

    @Test func `Payload length beyond the frame is believed, and nothing is invented`() {
        let packet = ipv6Packet(17, udpDatagram, payloadLength: 1000)
        #expect(walk(packet, linkType: .raw).layers.map(\.end) == [1040, 52])
        #expect(
            walk(Array(packet.prefix(44)), linkType: .raw).fault
                == DecodeError(.udp, at: 40, .truncated(needed: 8, captured: 4)))
    }

    @Test func `Payload length within the frame cuts what follows`() {
        #expect(
            walk(ipv6Packet(17, udpDatagram, payloadLength: 7), linkType: .raw).fault
                == DecodeError(.udp, at: 40, .tooShort(needed: 8, available: 7)))
    }

    @Test(arguments: [59, 253, 255] as [UInt8])
    func `No next header, and unknown ones, end the walk`(number: UInt8) {
        let found = walk(ipv6Packet(number, udpDatagram), linkType: .raw)
        #expect(found == Walk(layers: [Layer(.ipv6, at: 0, headerLength: 40, end: 52)]))
    }

    @Test func `IPv4 within IPv6`() {
        #expect(walk(ipv6Packet(4, ipv4Packet(17, udpDatagram)), linkType: .raw).kinds == [.ipv6, .ipv4, .udp])
    }

    @Test(arguments: [
        Refusal("empty", ethernetFrame(0x86dd, []), .ipv6, at: 14, .tooShort(needed: 40, available: 0)),
        Refusal("version 4", ethernetFrame(0x86dd, ipv4Packet(17, [])), .ipv6, at: 14, .badVersion(4)),
        Refusal("a lone wrong version", ethernetFrame(0x86dd, [0xf0]), .ipv6, at: 14, .badVersion(15)),
        Refusal(
            "39 bytes", ethernetFrame(0x86dd, Array(packet.prefix(39))), .ipv6, at: 14,
            .tooShort(needed: 40, available: 39)),
        Refusal(
            "snapped to 39 bytes", ethernetFrame(0x86dd, Array(packet.prefix(39))), .ipv6, at: 14, wireLength: 66,
            .truncated(needed: 40, captured: 39)),
    ])
    func refused(_ row: Refusal) { row.check() }
}
