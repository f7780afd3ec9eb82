import PacketDecoding
import Testing

@Suite struct ICMPTests {
    /// Captured on loopback: a ping, and the answer to a datagram for a port that nobody listens on.
    static let echo = hex(
        """
        0000 0000 0000 0000 0000 0000 0800 4500 002c 3864 4000 4001 046b 7f00 0001 7f00 0001 0800 ad8a 1234
        0001 0001 0203 0405 0607 0809 0a0b 0c0d 0e0f
        """)
    static let unreachable = hex(
        """
        0000 0000 0000 0000 0000 0000 0800 45c0 003d 387b 0000 4001 4383 7f00 0001 7f00 0001 0303 dcf3 0000
        0000 4500 0021 d4c9 4000 4011 6800 7f00 0001 7f00 0001 ddff 0009 000d fe20 6865 6c6c 6f
        """)

    @Test func headerIsEightBytes() { #expect(ICMPHeader.size == 8) }

    @Test func echoRequestCarriesIdentifierAndSequenceNumber() {
        #expect(walk(Self.echo).kinds == [.ethernet, .ipv4, .icmp])
        #expect(
            fields(of: .icmp, in: Self.echo)?.fields == [
                "type=8", "code=0", "checksum=0xad8a", "checksum_status=good", "identifier=4660", "sequence_number=1",
            ])
    }

    @Test func unreachablePortQuotesTheDatagram() {
        let walk = walk(Self.unreachable)
        #expect(walk.kinds == [.ethernet, .ipv4, .icmp, .ipv4, .udp])
        #expect(walk.fault == nil)
        #expect(walk.layers.map { $0.traits.contains(.quoted) } == [false, false, false, true, true])
        #expect(fields(of: .icmp, in: Self.unreachable)?.meanings["code"] == "port unreachable")
    }

    @Test(arguments: [
        ("0304 0000 0000 0578", ["type=3", "code=4", "mtu=1400"]),
        ("0501 0000 0a000001", ["type=5", "code=1", "gateway=10.0.0.1"]),
        ("0c00 0000 14000000", ["type=12", "code=0", "pointer=20"]),
        ("0b00 0000 00200000", ["type=11", "code=0", "length=32", "quote_length=128"]),
        // Too short for a quote that extension objects follow.
        ("0b00 0000 00110000", ["type=11", "code=0", "length=17", "quote_length=68"]),
        (
            "2a00 0000 004d 03 01",
            ["type=42", "code=0", "identifier=77", "sequence_number=3", "local=true"]
        ),
        (
            "2b00 0000 004d 03 46",
            [
                "type=43", "code=0", "identifier=77", "sequence_number=3", "state=2", "active=true", "ipv4=true",
                "ipv6=false",
            ]
        ),
        ("0400 0000 00000000", ["type=4", "code=0"]),
        (
            "0d00 0000 0007 0009 00000001 00000002 00000003",
            [
                "type=13", "code=0", "identifier=7", "sequence_number=9", "originate_timestamp=1",
                "receive_timestamp=2", "transmit_timestamp=3",
            ]
        ),
        ("0f00 0000 0007 0009", ["type=15", "code=0", "identifier=7", "sequence_number=9"]),
        (
            "1200 0000 0007 0009 ffffff00",
            ["type=18", "code=0", "identifier=7", "sequence_number=9", "address_mask=255.255.255.0"]
        ),
        (
            "0900 0000 0102 0708 c0000201 00000005",
            ["type=9", "code=0", "lifetime=1800", "routers[0].address=192.0.2.1", "routers[0].preference=5"]
        ),
    ])
    func fieldsByType(_ message: String, _ expected: [String]) {
        let all = fields(of: .icmp, in: icmp(message), linkType: .ipv4)?.fields ?? []
        #expect(all.filter { !$0.hasPrefix("checksum") } == expected)
    }

    @Test func quotedMessagesAreNotVerified() {
        let echo = icmp("0800 0000 00010001")
        withPacket(icmp("0b00 0000 00000000", quoting: echo), linkType: .ipv4) { packet in
            #expect(packet.record(1)["checksum_status"] == "good")
            #expect(packet.record(3)["checksum_status"] == "unverified")
        }
    }

    @Test func extensionObjectsAreNotTheQuotedPackets() {
        // 128 bytes of quote: an IP header, eight bytes of a longer datagram, padding; then an extension header.
        let quote = ipv4(.udp, udp("", length: 200), totalLength: 220) + Array(repeating: 0, count: 100)
        let packet = icmp("0b00 0000 00200000", quoting: quote + hex("2000 dead beef beef"))
        withPacket(packet, linkType: .ipv4) { packet in
            #expect(packet.walk.kinds == [.ipv4, .icmp, .ipv4, .udp])
            #expect(packet.quoteEnd(at: 1) == 156)
            #expect(packet.payload(at: 3).byteCount == 100)
            #expect(packet.payload(at: 1).byteCount == 136)
            #expect(packet.record(3)["checksum_status"] == "not_present")
        }
    }

    @Test func aQuoteEndsWithItsMessageNotWithTheFrame() {
        // The quoted segment is cut after eight bytes; what follows in the frame is padding.
        let quote = Array(ipv4(.tcp, tcp(payload: "0123456789")).prefix(28))
        let packet = icmp("0300 0000 00000000", quoting: quote)
        withPacket(packet + [UInt8](repeating: 0xee, count: 18), linkType: .ipv4) { packet in
            #expect(packet.walk.kinds == [.ipv4, .icmp, .ipv4, .tcp])
            #expect(packet.fault == DecodeError(.tcp, at: 48, .truncated(needed: 20, captured: 8)))
            #expect(packet.header(TCPHeader.self, at: 3) == nil)
            #expect(packet.ports(at: 3)! == (1025, 80))
            #expect(
                packet.record(3).fields == ["source_port=1025", "destination_port=80", "sequence_number=1000"])
        }
    }

    @Test func quotedPacketIsNoFragmentBecauseItsErrorIs() {
        let message = checksummed(hex("0300 0000 00000000") + ipv4(.udp, udp("hello")), at: 2)
        let walk = walk(ipv4(.icmp, message, fragment: 0x2000), linkType: .ipv4)
        #expect(walk.layers.map { $0.traits.contains(.fragment) } == [false, true, false, false])
        #expect(
            fields(of: .icmp, in: ipv4(.icmp, message, fragment: 0x2000), linkType: .ipv4)?["checksum_status"]
                == "unverified")
    }

    @Test func checksumIsBadWhenABitIsWrong() {
        var packet = Self.echo
        packet[packet.count - 1] ^= 1
        #expect(fields(of: .icmp, in: packet)?["checksum_status"] == "bad")
        #expect(
            fields(of: .icmp, in: Array(packet.dropLast()), wireLength: packet.count)?["checksum_status"]
                == "unverified")
    }

    @Test(arguments: [
        ("three bytes", "080000", DecodeError.Reason.tooShort(needed: 8, available: 3), 0),
        ("six bytes", "0800 f7fa 0005", .tooShort(needed: 8, available: 6), 1),
        ("a time stamp without times", "0d00 0000 00070009", .tooShort(needed: 20, available: 8), 1),
        ("a mask request without a mask", "1100 0000 00070009", .tooShort(needed: 12, available: 8), 1),
        ("a router advertisement without routers", "0900 0000 02020708", .tooShort(needed: 24, available: 8), 1),
    ])
    func refuses(_ what: String, _ message: String, _ reason: DecodeError.Reason, noted: Int) {
        let walk = walk(ipv4(.icmp, hex(message)), linkType: .ipv4)
        #expect(walk.fault == DecodeError(.icmp, at: 20, reason))
        #expect(walk.kinds == [.ipv4] + Array(repeating: .icmp, count: noted))
    }

    @Test func partOfAMessageStillSaysWhatItIs() {
        #expect(
            fields(of: .icmp, in: Array(Self.echo.prefix(40)), wireLength: Self.echo.count)?.fields == [
                "type=8", "code=0", "checksum=0xad8a", "checksum_status=unverified", "identifier=4660",
            ])
    }

    @Test(arguments: [
        echo, unreachable,
        [UInt8](repeating: 0, count: 12) + hex("0800") + icmp("0900 0000 0102 0708 c0000201 00000005"),
    ])
    func everyTruncationHolds(_ packet: [UInt8]) { expectEveryTruncationHolds(packet) }
}
