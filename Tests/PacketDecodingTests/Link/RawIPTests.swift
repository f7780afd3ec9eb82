import PacketDecoding
import Testing

@Suite struct RawIPTests {
    @Test(arguments: [LinkType.raw, .ipv4])
    func `The version decides`(linkType: LinkType) {
        let v4 = ipv4Packet(17, udpDatagram)
        let v6 = ipv6Packet(17, udpDatagram)
        #expect(walk(v4, linkType: linkType).kinds == [.ipv4, .udp])
        #expect(walk(v6, linkType: linkType).kinds == [.ipv6, .udp])
        expectEveryTruncationHolds(v4, linkType: linkType)
        expectEveryTruncationHolds(v6, linkType: linkType)
    }

    @Test func `Link types 228 and 229 name the header that the version does not fit`() {
        #expect(walk([0x05], linkType: .ipv4).kinds == [.ipv4])
        #expect(walk([0x45], linkType: .ipv6).kinds == [.ipv6])
    }

    @Test(arguments: [
        Refusal("empty", [], .rawIP, .tooShort(needed: 1, available: 0)),
        Refusal("snapped to nothing", [], .rawIP, wireLength: 32, .truncated(needed: 1, captured: 0)),
        Refusal("version 0", [0x05], .rawIP, .badVersion(0)),
        Refusal("version 5", [0x54], .rawIP, .badVersion(5)),
        Refusal("version 15", [0xff], .rawIP, .badVersion(15)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
