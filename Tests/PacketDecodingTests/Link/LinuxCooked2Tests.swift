import PacketDecoding
import Testing

@Suite struct LinuxCooked2Tests {
    /// UDP over loopback, captured on `any`.
    static let loopback = hex(
        """
        08 00 00 00 00 00 00 01 03 04 00 06 00 00 00 00 00 00 00 00
        45 00 00 20 90 5e 40 00 40 11 ac 6c 7f 00 00 01 7f 00 00 01 d1 1c 15 b3 00 0c fe 1f 61 62 63 64
        """)
    /// An ARP request that went out on a veth pair, captured on `any`.
    static let request = hex(
        """
        08 06 00 00 00 00 00 03 00 01 04 06 02 00 00 00 00 01 00 00
        00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02
        """)

    @Test func `UDP over loopback`() {
        #expect(walk(Self.loopback, linkType: .linuxSLL2).kinds == [.linuxSLL2, .ipv4, .udp])
        let fields = fields(of: .linuxSLL2, in: Self.loopback, linkType: .linuxSLL2)
        #expect(
            fields?.fields == [
                "ether_type=0x0800", "interface_index=1", "arphrd_type=772", "packet_type=0", "address_length=6",
                "source=00:00:00:00:00:00",
            ])
        #expect(fields?.meanings == ["packet_type": "to this host", "arphrd_type": "loopback", "ether_type": "IPv4"])
        #expect(
            summary(of: .linuxSLL2, in: Self.loopback, linkType: .linuxSLL2)
                == "In  ifindex 1 00:00:00:00:00:00 ethertype IPv4 (0x0800), length 52")
    }

    @Test func `An ARP request sent by this host`() {
        #expect(walk(Self.request, linkType: .linuxSLL2).kinds == [.linuxSLL2, .arp])
        #expect(
            summary(of: .linuxSLL2, in: Self.request, linkType: .linuxSLL2)
                == "Out ifindex 3 02:00:00:00:00:01 ethertype ARP (0x0806), length 48")
    }

    @Test(arguments: [loopback, request])
    func `Every truncation`(frame: [UInt8]) { expectEveryTruncationHolds(frame, linkType: .linuxSLL2) }

    @Test(
        "Addresses and protocols",
        arguments: [
            (
                "0800 0000 0000004d 0304 04 00 0000000000000000", [.linuxSLL2, .ipv4, .udp], nil,
                "Out ifindex 77 ethertype IPv4 (0x0800), length 52"
            ),
            (
                "0800 0000 ffffffff 0308 01 04 7f00000100000000", [.linuxSLL2, .ipv4, .udp], "127.0.0.1",
                "B   ifindex 4294967295 ethertype IPv4 (0x0800), length 52"
            ),
            (
                "0800 0000 00000001 0020 02 ff 0102030405060708", [.linuxSLL2, .ipv4, .udp],
                "01:02:03:04:05:06:07:08", "M   ifindex 1 ethertype IPv4 (0x0800), length 52"
            ),
            (
                "0000 0000 00000001 0338 07 00 0000000000000000", [.linuxSLL2], nil,
                "?   ifindex 1 ethertype Unknown (0x0000), length 52"
            ),
        ] as [(String, [LayerKind], String?, String)])
    func headers(header: String, kinds: [LayerKind], source: String?, words: String) {
        let frame = hex(header) + ipv4Packet(17, udpDatagram)
        #expect(walk(frame, linkType: .linuxSLL2).kinds == kinds)
        #expect(fields(of: .linuxSLL2, in: frame, linkType: .linuxSLL2)?["source"] == source)
        #expect(summary(of: .linuxSLL2, in: frame, linkType: .linuxSLL2) == words)
    }

    @Test(arguments: [
        Refusal("empty", [], .linuxSLL2, .tooShort(needed: 20, available: 0)),
        Refusal("a header of version 1", Array(loopback.prefix(16)), .linuxSLL2, .tooShort(needed: 20, available: 16)),
        Refusal(
            "snapped", Array(loopback.prefix(19)), .linuxSLL2, wireLength: 52,
            .truncated(needed: 20, captured: 19)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .linuxSLL2) }
}
