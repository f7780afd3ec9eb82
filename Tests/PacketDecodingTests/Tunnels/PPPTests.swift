import PacketDecoding
import Testing

@Suite struct PPPTests {
    static let v4 = ipv4Packet(17, udpDatagram)

    @Test(
        "Framings",
        arguments: [
            ("ff03 0021", v4, 4, [.ppp, .ipv4, .udp]), ("0021", v4, 2, [.ppp, .ipv4, .udp]),
            ("21", v4, 1, [.ppp, .ipv4, .udp]),
            ("ff03 21", v4, 3, [.ppp, .ipv4, .udp]), ("57", ipv6Packet(17, udpDatagram), 1, [.ppp, .ipv6, .udp]),
            ("0281", hex("00010140") + v4, 2, [.ppp, .mpls, .ipv4, .udp]), ("c021", hex("0101 0004"), 2, [.ppp]),
        ] as [(String, [UInt8], Int, [LayerKind])])
    func framing(header: String, payload: [UInt8], length: Int, kinds: [LayerKind]) {
        let frame = hex(header) + payload
        let found = walk(frame, linkType: .ppp)
        #expect(found.kinds == kinds)
        #expect(found.layers[0].headerLength == length)
        expectEveryTruncationHolds(frame, linkType: .ppp)
    }

    @Test func `Fields of an uncompressed header`() {
        let found = fields(of: .ppp, in: hex("ff03 c021 0101 0004"), linkType: .ppp)
        #expect(found?.fields == ["address=0xff", "control=0x03", "protocol=0xc021"])
        #expect(found?.meanings == ["protocol": "LCP"])
    }

    @Test(arguments: [
        Words("LCP, Conf-Request (0x01), id 2, length 12", hex("c021 0102 000a 0506 01020304")),
        Words("IPCP, Unknown (0x63), id 0, length 6", hex("8021 6300 0004")),
        Words("PAP, length 6", hex("c023 0100 0004")),
        Words("unknown PPP protocol (0x0207)", hex("0207 00")),
        Words("", hex("0021") + v4),
    ])
    func saysAsTcpdump(_ row: Words) { #expect(summary(of: .ppp, in: row.bytes, linkType: .ppp) == row.words) }

    @Test func `Cisco's addresses are no PPP`() {
        #expect(walk(hex("0f00 0800") + Self.v4, linkType: .pppHDLC).kinds == [.ciscoHDLC, .ipv4, .udp])
    }

    @Test(arguments: [
        Refusal("empty", [], .ppp, .tooShort(needed: 2, available: 0)),
        Refusal("half a number", [0xc0], .ppp, .tooShort(needed: 2, available: 1)),
        Refusal("no number", hex("ff03"), .ppp, .tooShort(needed: 4, available: 2)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .ppp) }
}
