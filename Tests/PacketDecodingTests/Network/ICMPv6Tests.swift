import PacketDecoding
import Testing

@Suite struct ICMPv6Tests {
    /// Captured on loopback: the answer to a datagram for a port that nobody listens on.
    static let unreachable = hex(
        """
        0000 0000 0000 0000 0000 0000 86dd 6001 e441 003d 3a40 0000 0000 0000 0000 0000 0000 0000 0001 0000
        0000 0000 0000 0000 0000 0000 0001 0104 6b10 0000 0000 600b 0324 000d 1140 0000 0000 0000 0000 0000
        0000 0000 0001 0000 0000 0000 0000 0000 0000 0000 0001 daeb 0009 000d 0020 6865 6c6c 6f
        """)
    static let datagram = ipv6(.udp, udp("hello"))
    static let segment = ipv6(.tcp, tcp())
    static let fragment = ipv6(.fragment, hex("1100 0001 00000001") + udp("hello"))

    @Test func headerIsEightBytes() { #expect(ICMPv6Header.size == 8) }

    @Test func unreachablePortQuotesTheDatagram() {
        let walk = walk(Self.unreachable)
        #expect(walk.kinds == [.ethernet, .ipv6, .icmpv6, .ipv6, .udp])
        #expect(walk.fault == nil)
        #expect(walk.layers.map { $0.traits.contains(.quoted) } == [false, false, false, true, true])
        #expect(
            fields(of: .icmpv6, in: Self.unreachable)?.fields == [
                "type=1", "code=4", "checksum=0x6b10", "checksum_status=good",
            ])
    }

    @Test(arguments: [
        ("8000 0000 0007 0009", ["type=128", "code=0", "identifier=7", "sequence_number=9"]),
        ("a000 0000 0007 0901", ["type=160", "code=0", "identifier=7", "sequence_number=9", "local=true"]),
        (
            "a102 0000 0007 09 61",
            [
                "type=161", "code=2", "identifier=7", "sequence_number=9", "state=3", "active=false", "ipv4=false",
                "ipv6=true",
            ]
        ),
        ("0200 0000 00000500", ["type=2", "code=0", "mtu=1280"]),
        ("0401 0000 00000028", ["type=4", "code=1", "pointer=40"]),
        ("0300 0000 08000000", ["type=3", "code=0", "length=8", "quote_length=64"]),
    ])
    func fieldsByType(_ message: String, _ expected: [String]) {
        let all = fields(of: .icmpv6, in: icmpv6(message), linkType: .ipv6)?.fields ?? []
        #expect(all.filter { !$0.hasPrefix("checksum") } == expected)
    }

    @Test func extensionObjectsAreNotTheQuotedPackets() {
        let quote = ipv6(.udp, udp("", length: 100), payloadLength: 100)
        let packet = icmpv6("0300 0000 06000000", quoting: quote + hex("2000 dead beef beef"))
        withPacket(packet, linkType: .ipv6) { packet in
            #expect(packet.walk.kinds == [.ipv6, .icmpv6, .ipv6, .udp])
            #expect(packet.quoteEnd(at: 1) == 96)
            #expect(packet.payload(at: 3).byteCount == 0)
        }
    }

    @Test func redirectQuotesThePacketThatItsOptionHolds() {
        let option = hex("0408 0000 00000000") + Self.datagram + hex("000000")
        let packet = icmpv6("8900 0000 00000000", quoting: ipv6Addresses + hex("0501 0000 00000500") + option)
        let walk = walk(packet, linkType: .ipv6)
        #expect(walk.kinds == [.ipv6, .icmpv6, .ipv6, .udp])
        #expect(walk.fault == nil)
        #expect(walk.layers.map { $0.traits.contains(.quoted) } == [false, false, true, true])
        #expect(walk.layers[2].offset == 96)
    }

    @Test func checksumCoversThePseudoHeader() {
        var packet = icmpv6("8000 0000 0007 0009")
        #expect(fields(of: .icmpv6, in: packet, linkType: .ipv6)?["checksum_status"] == "good")
        packet[39] = 3
        #expect(fields(of: .icmpv6, in: packet, linkType: .ipv6)?["checksum_status"] == "bad")
    }

    @Test func partOfAMessageStillSaysWhatItIs() {
        let walk = walk(ipv6(.icmpv6, hex("8000 abcd 0005")), linkType: .ipv6)
        #expect(walk.fault == DecodeError(.icmpv6, at: 40, .tooShort(needed: 8, available: 6)))
        #expect(walk.layers.last?.traits == .partial)
    }

    @Test(arguments: [
        Words("ICMP6, echo request, id 7, seq 9, length 8", icmpv6("8000 0000 0007 0009")),
        Words("ICMP6, echo reply, id 7, seq 9, length 8", icmpv6("8100 0000 0007 0009")),
        Words(
            "ICMP6, destination unreachable, unreachable route 2001:db8::2, length 61",
            icmpv6("0100 0000 00000000", quoting: datagram)),
        Words(
            "ICMP6, destination unreachable,  unreachable prohibited 2001:db8::2, length 61",
            icmpv6("0101 0000 00000000", quoting: datagram)),
        Words(
            "ICMP6, destination unreachable, beyond scope 2001:db8::2, source address 2001:db8::1, length 61",
            icmpv6("0102 0000 00000000", quoting: datagram)),
        Words(
            "ICMP6, destination unreachable, unreachable address 2001:db8::2, length 61",
            icmpv6("0103 0000 00000000", quoting: datagram)),
        Words(
            "ICMP6, destination unreachable, unreachable port, 2001:db8::2 udp port 9, length 61",
            icmpv6("0104 0000 00000000", quoting: datagram)),
        Words(
            "ICMP6, destination unreachable, unreachable port, 2001:db8::2 tcp port 80, length 68",
            icmpv6("0104 0000 00000000", quoting: segment)),
        Words(
            "ICMP6, destination unreachable, unreachable port, 2001:db8::2 udp port 9, length 69",
            icmpv6("0104 0000 00000000", quoting: fragment)),
        Words("ICMP6, packet too big, mtu 1280, length 61", icmpv6("0200 0000 00000500", quoting: datagram)),
        Words(
            "ICMP6, time exceeded in-transit for 2001:db8::2, length 61",
            icmpv6("0300 0000 00000000", quoting: datagram)),
        Words(
            "ICMP6, time exceeded in-transit (reassembly), length 61", icmpv6("0301 0000 00000000", quoting: datagram)),
        Words(
            "ICMP6, time exceeded in-transit, unknown code (2), length 61",
            icmpv6("0302 0000 00000000", quoting: datagram)),
        Words(
            "ICMP6, parameter problem, erroneous - octet 40, length 61",
            icmpv6("0400 0000 00000028", quoting: datagram)),
        Words(
            "ICMP6, parameter problem, next header - octet 40, length 61",
            icmpv6("0401 0000 00000028", quoting: datagram)),
        Words(
            "ICMP6, parameter problem, option - octet 40, length 61", icmpv6("0402 0000 00000028", quoting: datagram)),
        Words(
            "ICMP6, parameter problem, incomplete header chain - octet 40, length 61",
            icmpv6("0403 0000 00000028", quoting: datagram)),
        Words("ICMP6, parameter problem, code-#4, length 61", icmpv6("0404 0000 00000028", quoting: datagram)),
        Words("ICMP6, unknown icmp6 type (5), length 8", icmpv6("0500 0000 00000000")),
        Words(
            "ICMP6, destination unreachable, unreachable port [|icmp6]",
            icmpv6("0104 0000 00000000", quoting: datagram), cutTo: 90),
        Words(" [|icmp6]", icmpv6("8000 0000 0007 0009"), cutTo: 46),
    ])
    func saysAsTcpdump(_ row: Words) {
        #expect(summary(of: .icmpv6, in: row.bytes, linkType: .ipv6, wireLength: row.wireLength) == row.words)
    }

    @Test func everyTruncationHolds() { expectEveryTruncationHolds(Self.unreachable) }
}
