import PacketDecoding
import Testing

@Suite struct RawIPTests {
    @Test(arguments: [LinkType.raw, .ipv4, .ipv6])
    func `The version decides, whatever the link type promises`(linkType: LinkType) {
        let v4 = ipv4Packet(17, udpDatagram)
        let v6 = ipv6Packet(17, udpDatagram)
        #expect(walk(v4, linkType: linkType).kinds == [.ipv4, .udp])
        #expect(walk(v6, linkType: linkType).kinds == [.ipv6, .udp])
        expectEveryTruncationHolds(v4, linkType: linkType)
        expectEveryTruncationHolds(v6, linkType: linkType)
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
