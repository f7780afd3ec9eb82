import PacketDecoding
import Testing

@Suite struct VLANTests {
    static let packet = ipv4Packet(17, udpDatagram)
    static let tagged = ethernetFrame(0x8100, hex("6005 0800") + packet)
    static let stacked = ethernetFrame(0x88a8, hex("000a 9100 f014 8100 0fff 0800") + packet)

    @Test func `A tag`() {
        #expect(walk(Self.tagged).kinds == [.ethernet, .vlan, .ipv4, .udp])
        let fields = fields(of: .vlan, in: Self.tagged)
        #expect(fields?.fields == ["priority=3", "drop_eligible=false", "id=5", "ether_type=0x0800"])
        #expect(fields?.meanings == ["priority": "critical applications", "ether_type": "IPv4"])
        #expect(summary(of: .vlan, in: Self.tagged) == "vlan 5, p 3, ethertype IPv4 (0x0800)")
        #expect(
            summary(of: .ethernet, in: Self.tagged)
                == "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 802.1Q (0x8100), length 50")
    }

    @Test func `Stacked tags of all three TPIDs`() {
        #expect(walk(Self.stacked).kinds == [.ethernet, .vlan, .vlan, .vlan, .ipv4, .udp])
        withPacket(Self.stacked) { packet in
            #expect(packet.summary(1) == "vlan 10, p 0, ethertype 802.1Q-9100 (0x9100)")
            #expect(packet.summary(2) == "vlan 20, p 7, DEI, ethertype 802.1Q (0x8100)")
            #expect(packet.summary(3) == "vlan 4095, p 0, ethertype IPv4 (0x0800)")
            #expect(packet.record(2).fields == ["priority=7", "drop_eligible=true", "id=20", "ether_type=0x8100"])
        }
    }

    @Test(arguments: [tagged, stacked])
    func `Every truncation`(frame: [UInt8]) { expectEveryTruncationHolds(frame) }

    @Test func `A length after the tag leads to LLC and ends the padding`() {
        let frame = ethernetFrame(0x8100, hex("2001 0003 424203") + [UInt8](repeating: 0, count: 39))
        #expect(walk(frame).layers.map(\.end) == [60, 21, 21])
        #expect(walk(frame).kinds == [.ethernet, .vlan, .llc])
        #expect(
            fields(of: .vlan, in: frame)?.fields == ["priority=1", "drop_eligible=false", "id=1", "payload_length=3"])
        #expect(summary(of: .vlan, in: frame) == "vlan 1, p 1, 802.3")
    }

    @Test func `A snapped capture shows the tags it has`() {
        let found = walk(Array(Self.stacked.prefix(20)), wireLength: Self.stacked.count)
        #expect(found.kinds == [.ethernet, .vlan])
        #expect(found.fault == DecodeError(.vlan, at: 18, .truncated(needed: 4, captured: 2)))
    }

    @Test func `More tags than are decoded end the walk with a fault`() {
        let count = PacketDecoder.maximumLayers + 3
        let frame = ethernetFrame(0x8100, Array(repeatElement(hex("0001 8100"), count: count).joined()))
        let found = exercise(frame)
        #expect(found.layers.count == PacketDecoder.maximumLayers)
        #expect(found.fault == DecodeError(.vlan, at: 14 + 4 * (PacketDecoder.maximumLayers - 1), .tooDeep))
    }

    @Test(arguments: [
        Refusal("no tag", ethernetFrame(0x8100, []), .vlan, at: 14, .tooShort(needed: 4, available: 0)),
        Refusal(
            "half a tag", ethernetFrame(0x88a8, hex("0005")), .vlan, at: 14, .tooShort(needed: 4, available: 2)),
    ])
    func refused(_ row: Refusal) { row.check() }
}
