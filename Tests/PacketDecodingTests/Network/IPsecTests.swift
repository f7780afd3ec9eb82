import PacketDecoding
import Testing

@Suite struct IPsecTests {
    static let header = hex("1104 0000 00000100 00000002 0123456789abcdef01234567")
    static let authenticated = ipv4Packet(51, header + udpDatagram)
    static let encrypted = ipv4Packet(50, hex("00000100 0000000b") + [UInt8](repeating: 0xaa, count: 32))

    @Test func `An authentication header over IPv4`() {
        #expect(walk(Self.authenticated, linkType: .raw).kinds == [.ipv4, .authentication, .udp])
        let fields = fields(of: .authentication, in: Self.authenticated, linkType: .raw)
        #expect(
            fields?.fields == [
                "next_header=17", "header_length=24", "spi=0x00000100", "sequence_number=2",
                "integrity_check_value=0123456789abcdef01234567",
            ])
        #expect(
            summary(of: .authentication, in: Self.authenticated, linkType: .raw)
                == "AH(spi=0x00000100,seq=0x2,icv=0x0123456789abcdef01234567)")
    }

    @Test func `An authentication header over IPv6`() {
        let packet = ipv6Packet(51, Self.header + udpDatagram)
        #expect(walk(packet, linkType: .raw).kinds == [.ipv6, .authentication, .udp])
    }

    @Test func `A length below the fixed part is followed all the same`() {
        let packet = ipv4Packet(51, hex("1100 0000 00000100 00000002") + udpDatagram)
        let found = walk(packet, linkType: .raw)
        #expect(found.kinds == [.ipv4, .authentication, .udp])
        #expect(found.layers[1].headerLength == 8)
        #expect(fields(of: .authentication, in: packet, linkType: .raw)?["sequence_number"] == "2")
    }

    @Test func `Tunnel mode`() {
        let packet = ipv4Packet(51, [4] + Self.header.dropFirst() + ipv4Packet(17, udpDatagram))
        #expect(walk(packet, linkType: .raw).kinds == [.ipv4, .authentication, .ipv4, .udp])
    }

    @Test func `An encrypted payload ends the walk`() {
        #expect(
            walk(Self.encrypted, linkType: .raw)
                == Walk(layers: [
                    Layer(.ipv4, at: 0, headerLength: 20, end: 60),
                    Layer(.encapsulatingSecurity, at: 20, headerLength: 8, end: 60),
                ]))
        let fields = fields(of: .encapsulatingSecurity, in: Self.encrypted, linkType: .raw)
        #expect(fields?.fields == ["spi=0x00000100", "sequence_number=11"])
        #expect(
            summary(of: .encapsulatingSecurity, in: Self.encrypted, linkType: .raw)
                == "ESP(spi=0x00000100,seq=0xb), length 40")
    }

    @Test(arguments: [authenticated, encrypted])
    func `Every truncation`(packet: [UInt8]) { expectEveryTruncationHolds(packet, linkType: .raw) }

    @Test func `A snapped payload keeps its length on the wire`() {
        #expect(
            summary(
                of: .encapsulatingSecurity, in: Array(Self.encrypted.prefix(28)), linkType: .raw, wireLength: 60)
                == "ESP(spi=0x00000100,seq=0xb), length 40")
    }

    @Test(arguments: [
        Refusal(
            "AH, eleven bytes", ipv4Packet(51, Array(header.prefix(11))), .authentication, at: 20,
            .tooShort(needed: 12, available: 11)),
        Refusal(
            "AH beyond the packet", ipv4Packet(51, Array(header.prefix(20))), .authentication, at: 20,
            .tooShort(needed: 24, available: 20)),
        Refusal(
            "AH, snapped", Array(authenticated.prefix(40)), .authentication, at: 20, wireLength: 56,
            .truncated(needed: 24, captured: 20)),
        Refusal(
            "ESP, seven bytes", ipv4Packet(50, hex("00000100 000000")), .encapsulatingSecurity, at: 20,
            .tooShort(needed: 8, available: 7)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
