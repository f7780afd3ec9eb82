import PacketDecoding
import Testing

@Suite struct VXLANGenericTests {
    static let packet = VXLANTests.tunnel(4790, hex("0c000001 12345600") + ipv4Packet(17, udpDatagram))

    @Test func `An IPv4 packet within`() {
        #expect(
            fields(of: .vxlanGeneric, in: Self.packet, linkType: .raw)?.fields == [
                "flags=0x0c", "next_protocol=1", "vni=1193046",
            ])
        #expect(
            summary(of: .vxlanGeneric, in: Self.packet, linkType: .raw)
                == "VXLAN-GPE, next protocol IPv4, vni 1193046")
        expectEveryTruncationHolds(Self.packet, linkType: .raw)
    }

    @Test(
        "The number tells what follows, whatever the flags say",
        arguments: [
            ("0c000001", ipv4Packet(17, udpDatagram), [.ipv4, .udp]),
            ("0c000002", ipv6Packet(17, udpDatagram), [.ipv6, .udp]),
            ("08000003", VXLANTests.inner, [.ethernet, .ipv4, .udp]), ("0c000004", hex("00"), []),
            ("08000000", VXLANTests.inner, []),
        ] as [(String, [UInt8], [LayerKind])])
    func next(flags: String, payload: [UInt8], kinds: [LayerKind]) {
        let packet = VXLANTests.tunnel(4790, hex(flags) + hex("00000100") + payload)
        #expect(walk(packet, linkType: .raw).kinds == [.ipv4, .udp, .vxlanGeneric] + kinds)
    }

    @Test(arguments: [
        Refusal(
            "seven bytes", VXLANTests.tunnel(4790, hex("08000000 000001")), .vxlanGeneric, at: 28,
            .tooShort(needed: 8, available: 7))
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
