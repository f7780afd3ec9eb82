import PacketDecoding
import Testing

@Suite struct IPProtocolTests {
    @Test(
        "Names",
        arguments: [
            (0, "hop-by-hop options"), (1, "ICMP"), (2, "IGMP"), (4, "IPIP"), (6, "TCP"), (17, "UDP"), (41, "IPv6"),
            (43, "routing"), (44, "fragment"), (47, "GRE"), (50, "ESP"), (51, "AH"), (58, "ICMPv6"), (59, "none"),
            (60, "destination options"), (132, "SCTP"), (135, "mobility"), (136, "UDP-Lite"), (139, "HIP"),
            (140, "shim6"), (253, nil),
        ] as [(UInt8, String?)])
    func name(number: UInt8, name: String?) { #expect(IPProtocol(rawValue: number).name?.description == name) }
}
