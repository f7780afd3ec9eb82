import PacketDecoding
import Testing

@Suite struct LinkTypeTests {
    @Test(
        "Names and meanings",
        arguments: [
            (0, "NULL", "BSD loopback"), (1, "EN10MB", "Ethernet"), (101, "RAW", "Raw IP"),
            (9, "PPP", "PPP"), (50, "PPP_SERIAL", "PPP over serial"), (51, "PPP_ETHER", "PPPoE"),
            (104, "C_HDLC", "Cisco HDLC"), (219, "MPLS", "MPLS with label as link-layer header"),
            (108, "LOOP", "OpenBSD loopback"), (113, "LINUX_SLL", "Linux cooked v1"), (228, "IPV4", "Raw IPv4"),
            (229, "IPV6", "Raw IPv6"), (276, "LINUX_SLL2", "Linux cooked v2"), (147, nil, nil),
        ] as [(UInt32, String?, String?)])
    func name(number: UInt32, name: String?, meaning: String?) {
        #expect(LinkType(rawValue: number).name?.description == name)
        #expect(LinkType(rawValue: number).meaning?.description == meaning)
    }
}
