import PacketDecoding
import Testing

@Suite struct LinuxCookedTests {
    /// UDP over loopback, captured on `any`.
    static let loopback = hex(
        """
        00 00 03 04 00 06 00 00 00 00 00 00 00 00 08 00
        45 00 00 20 90 5e 40 00 40 11 ac 6c 7f 00 00 01 7f 00 00 01 d1 1c 15 b3 00 0c fe 1f 61 62 63 64
        """)
    /// An ARP request that went out on a veth pair, captured on `any`.
    static let request = hex(
        """
        00 04 00 01 00 06 02 00 00 00 00 01 00 00 08 06
        00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02
        """)

    @Test func `UDP over loopback`() {
        #expect(walk(Self.loopback, linkType: .linuxSLL).kinds == [.linuxSLL, .ipv4, .udp])
        let fields = fields(of: .linuxSLL, in: Self.loopback, linkType: .linuxSLL)
        #expect(
            fields?.fields == [
                "packet_type=0", "arphrd_type=772", "address_length=6", "source=00:00:00:00:00:00",
                "ether_type=0x0800",
            ])
        #expect(fields?.meanings == ["packet_type": "to this host", "arphrd_type": "loopback", "ether_type": "IPv4"])
        #expect(
            summary(of: .linuxSLL, in: Self.loopback, linkType: .linuxSLL)
                == " In 00:00:00:00:00:00 ethertype IPv4 (0x0800), length 48")
    }

    @Test func `An ARP request sent by this host`() {
        #expect(walk(Self.request, linkType: .linuxSLL).kinds == [.linuxSLL, .arp])
        #expect(
            summary(of: .linuxSLL, in: Self.request, linkType: .linuxSLL)
                == "Out 02:00:00:00:00:01 ethertype ARP (0x0806), length 44")
    }

    @Test(arguments: [loopback, request])
    func `Every truncation`(frame: [UInt8]) { expectEveryTruncationHolds(frame, linkType: .linuxSLL) }

    @Test func `A snapped capture keeps the length on the wire`() {
        #expect(
            summary(of: .linuxSLL, in: Array(Self.loopback.prefix(16)), linkType: .linuxSLL, wireLength: 1500)
                == " In 00:00:00:00:00:00 ethertype IPv4 (0x0800), length 1500")
    }

    /// A header and the words that tcpdump has for it.
    struct Header: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let kinds: [LayerKind]
        let source: String?
        let words: String

        init(_ name: String, _ bytes: String, _ kinds: [LayerKind], source: String?, _ words: String) {
            testDescription = name
            self.bytes = hex(bytes) + ipv4Packet(17, udpDatagram)
            self.kinds = kinds
            self.source = source
            self.words = words
        }
    }

    @Test(arguments: [
        Header(
            "no address", "0004 0304 0000 0000000000000000 0800", [.linuxSLL, .ipv4, .udp], source: nil,
            "Out ethertype IPv4 (0x0800), length 48"),
        Header(
            "an IPv4 tunnel's address", "0001 0308 0004 7f00000100000000 0800", [.linuxSLL, .ipv4, .udp],
            source: "127.0.0.1", "  B ethertype IPv4 (0x0800), length 48"),
        Header(
            "eight bytes", "0002 0018 0008 0102030405060708 0800", [.linuxSLL, .ipv4, .udp],
            source: "01:02:03:04:05:06:07:08", "  M ethertype IPv4 (0x0800), length 48"),
        Header(
            "more than there is room for", "0003 0020 0014 0102030405060708 0800", [.linuxSLL, .ipv4, .udp],
            source: "01:02:03:04:05:06:07:08", "  P ethertype IPv4 (0x0800), length 48"),
        Header(
            "an unknown packet type", "0005 0001 0006 0200000000010000 88b5", [.linuxSLL], source: "02:00:00:00:00:01",
            "  ? 02:00:00:00:00:01 ethertype Unknown (0x88b5), length 48"),
        Header(
            "raw IEEE 802.3", "0000 0001 0006 0200000000010000 0001", [.linuxSLL], source: "02:00:00:00:00:01",
            " In 02:00:00:00:00:01 802.3, length 48"),
        Header(
            "CAN", "0000 0118 0000 0000000000000000 000c", [.linuxSLL], source: nil,
            " In ethertype Unknown (0x000c), length 48"),
        Header(
            "netlink, whose protocol is no EtherType", "0004 0338 0000 0000000000000000 0800", [.linuxSLL],
            source: nil, "Out ethertype IPv4 (0x0800), length 48"),
    ])
    func `A header with`(_ row: Header) {
        #expect(walk(row.bytes, linkType: .linuxSLL).kinds == row.kinds)
        #expect(fields(of: .linuxSLL, in: row.bytes, linkType: .linuxSLL)?["source"] == row.source)
        #expect(summary(of: .linuxSLL, in: row.bytes, linkType: .linuxSLL) == row.words)
    }

    @Test func `IEEE 802.2 leads to LLC and has no EtherType`() {
        let frame = hex("0002 0001 0006 0200000000010000 0004 424203")
        #expect(walk(frame, linkType: .linuxSLL).kinds == [.linuxSLL, .llc])
        let fields = fields(of: .linuxSLL, in: frame, linkType: .linuxSLL)
        #expect(fields?["ether_type"] == nil)
        #expect(fields?["protocol_type"] == "0x0004")
        #expect(
            summary(of: .linuxSLL, in: frame, linkType: .linuxSLL) == "  M 02:00:00:00:00:01 802.2, length 19")
    }

    @Test func `A VLAN tag follows`() {
        let frame = hex("0000 0001 0006 0200000000010000 8100 2005 0800") + ipv4Packet(17, udpDatagram)
        #expect(walk(frame, linkType: .linuxSLL).kinds == [.linuxSLL, .vlan, .ipv4, .udp])
    }

    @Test(arguments: [
        Refusal("empty", [], .linuxSLL, .tooShort(needed: 16, available: 0)),
        Refusal("one byte short", Array(loopback.prefix(15)), .linuxSLL, .tooShort(needed: 16, available: 15)),
        Refusal(
            "snapped", Array(loopback.prefix(15)), .linuxSLL, wireLength: 48,
            .truncated(needed: 16, captured: 15)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .linuxSLL) }
}
