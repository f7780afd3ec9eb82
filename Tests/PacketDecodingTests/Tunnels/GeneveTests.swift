import PacketDecoding
import Testing

@Suite struct GeneveTests {
    static let v4 = ipv4Packet(17, udpDatagram)
    static let packet = VXLANTests.tunnel(
        6081, hex("0240 6558 00000a00 0102 8001 aabbccdd") + ethernetFrame(0x0800, v4))

    @Test func `Options are skipped`() {
        #expect(walk(Self.packet, linkType: .raw).kinds == [.ipv4, .udp, .geneve, .ethernet, .ipv4, .udp])
        #expect(
            fields(of: .geneve, in: Self.packet, linkType: .raw)?.fields == [
                "version=0", "options_length=8", "control=false", "critical_options=true", "protocol_type=0x6558",
                "vni=10", "options=01028001aabbccdd",
            ])
    }

    @Test(arguments: [
        Words("Geneve, Flags [C], vni 0xa, options [8 bytes]: ", packet),
        Words("Geneve, Flags [none], vni 0x5: ", VXLANTests.tunnel(6081, hex("0000 0800 00000500") + v4)),
        Words("Geneve, Flags [O], vni 0x0", VXLANTests.tunnel(6081, hex("0080 6558 00000000"))),
        Words(
            "Geneve, Flags [none], vni 0x0: geneve-proto-0x1234", VXLANTests.tunnel(6081, hex("0000 1234 00000000 00"))),
    ])
    func saysAsTcpdump(_ row: Words) { #expect(summary(of: .geneve, in: row.bytes, linkType: .raw) == row.words) }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.packet, linkType: .raw) }

    @Test(arguments: [
        Refusal(
            "options longer than the datagram", VXLANTests.tunnel(6081, hex("0200 6558 00000a00 0102")), .geneve,
            at: 28, .tooShort(needed: 16, available: 10))
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
