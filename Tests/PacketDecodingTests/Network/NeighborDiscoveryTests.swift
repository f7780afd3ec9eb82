import PacketDecoding
import Testing

@Suite struct NeighborDiscoveryTests {
    /// Captured between two hosts: a solicitation, and the advertisement that answers it.
    static let solicitation = hex(
        """
        3333 ffb1 a5e5 8674 473a 4908 86dd 6000 0000 0020 3aff fe80 0000 0000 0000 8474 47ff fe3a 4908 ff02
        0000 0000 0000 0000 0001 ffb1 a5e5 8700 d176 0000 0000 fe80 0000 0000 0000 688a ccff feb1 a5e5 0101
        8674 473a 4908
        """)
    static let advertisement = hex(
        """
        8674 473a 4908 6a8a ccb1 a5e5 86dd 6000 0000 0020 3aff fe80 0000 0000 0000 688a ccff feb1 a5e5 fe80
        0000 0000 0000 8474 47ff fe3a 4908 8800 7504 6000 0000 fe80 0000 0000 0000 688a ccff feb1 a5e5 0201
        6a8a ccb1 a5e5
        """)
    static let prefixOption = "0304 40c0 00015180 00003840 00000000 20010db8000000000000000000000000"

    @Test func fieldsOfASolicitation() {
        #expect(
            fields(of: .icmpv6, in: Self.solicitation)?.fields == [
                "type=135", "code=0", "checksum=0xd176", "checksum_status=good",
                "target_address=fe80::688a:ccff:feb1:a5e5", "options[0].type=1", "options[0].length=8",
                "options[0].link_layer_address=86:74:47:3a:49:08",
            ])
    }

    @Test func fieldsOfAnAdvertisement() {
        #expect(
            fields(of: .icmpv6, in: Self.advertisement)?.fields == [
                "type=136", "code=0", "checksum=0x7504", "checksum_status=good", "router=false", "solicited=true",
                "override=true", "target_address=fe80::688a:ccff:feb1:a5e5", "options[0].type=2",
                "options[0].length=8", "options[0].link_layer_address=6a:8a:cc:b1:a5:e5",
            ])
    }

    @Test func fieldsOfARouterAdvertisement() {
        let packet = icmpv6("8600 0000 40c0 0708 00000005 00000006 \(Self.prefixOption) 0501 0000 00000500")
        let all = fields(of: .icmpv6, in: packet, linkType: .ipv6)?.fields ?? []
        #expect(
            all.dropFirst(4) == [
                "current_hop_limit=64", "managed=true", "other_configuration=true", "router_lifetime=1800",
                "reachable_time=5", "retransmission_timer=6", "options[0].type=3", "options[0].length=32",
                "options[0].prefix_length=64", "options[0].on_link=true", "options[0].autonomous=true",
                "options[0].valid_lifetime=86400", "options[0].preferred_lifetime=14400",
                "options[0].prefix=2001:db8::", "options[1].type=5", "options[1].length=8", "options[1].mtu=1280",
            ])
    }

    @Test func redirectGivesTargetAndDestination() {
        let packet = icmpv6("8900 0000 00000000", quoting: ipv6Addresses)
        let record = fields(of: .icmpv6, in: packet, linkType: .ipv6)
        #expect(record?["target_address"] == "2001:db8::1")
        #expect(record?["destination_address"] == "2001:db8::2")
        #expect(record?["options"] == "[]")
    }

    @Test(arguments: [
        ("a length of zero", "0100 0000 00000000"),
        ("a length beyond the message", "0102 0000 00000000"),
    ])
    func optionsEndAt(_ what: String, _ option: String) {
        let record = fields(of: .icmpv6, in: icmpv6("8500 0000 00000000 0501 0000 00000500 \(option)"), linkType: .ipv6)
        #expect(record?["options[0].mtu"] == "1280")
        #expect(record?["options[1].type"] == nil)
    }

    @Test(arguments: [
        Words("ICMP6, router solicitation, length 8", icmpv6("8500 0000 00000000")),
        Words("ICMP6, router advertisement, length 16", icmpv6("8600 0000 40c00708 00000005 00000006")),
        Words(
            "ICMP6, neighbor solicitation, who has 2001:db8::2, length 24",
            icmpv6("8700 0000 00000000", quoting: Array(ipv6Addresses.suffix(16)))),
        Words(
            "ICMP6, neighbor advertisement, tgt is 2001:db8::2, length 24",
            icmpv6("8800 0000 00000000", quoting: Array(ipv6Addresses.suffix(16)))),
        Words(
            "ICMP6, redirect, 2001:db8::2 to 2001:db8::1, length 40",
            icmpv6("8900 0000 00000000", quoting: ipv6Addresses)),
        Words(
            "ICMP6, neighbor solicitation [|icmp6]",
            icmpv6("8700 0000 00000000", quoting: Array(ipv6Addresses.suffix(16))), cutTo: 60),
        Words("ICMP6, redirect [|icmp6]", icmpv6("8900 0000 00000000", quoting: ipv6Addresses), cutTo: 66),
    ])
    func saysAsTcpdump(_ row: Words) {
        #expect(summary(of: .icmpv6, in: row.bytes, linkType: .ipv6, wireLength: row.wireLength) == row.words)
    }

    /// The option is listed for the packet in it, though the capture ends there.
    @Test func aRedirectedHeaderThatIsCutIsListed() {
        let redirect = icmpv6(
            "8900 0000 00000000" + String(repeating: "00", count: 32) + "0409 000000000000",
            quoting: ipv6(.udp, udp("")))
        withPacket(Array(redirect.prefix(100)), linkType: .ipv6, wireLength: redirect.count) { packet in
            #expect(packet.record(1)["options[0].type"] == "4")
            #expect(packet.record(1)["options[0].length"] == "72")
        }
    }

    @Test func aSolicitationWithoutTargetIsRefused() {
        let walk = walk(icmpv6("8700 0000 00000000 20010db8"), linkType: .ipv6)
        #expect(walk.fault == DecodeError(.icmpv6, at: 40, .tooShort(needed: 24, available: 12)))
        #expect(walk.layers.last?.traits == .partial)
    }

    @Test(arguments: [solicitation, advertisement])
    func everyTruncationHolds(_ packet: [UInt8]) { expectEveryTruncationHolds(packet) }
}
