import PacketDecoding
import Testing

@Suite struct CiscoHDLCTests {
    static let frame = hex("0f00 0800") + ipv4Packet(17, udpDatagram)

    @Test func `An IPv4 packet`() {
        #expect(walk(Self.frame, linkType: .ciscoHDLC).kinds == [.ciscoHDLC, .ipv4, .udp])
        #expect(
            fields(of: .ciscoHDLC, in: Self.frame, linkType: .ciscoHDLC)?.fields == [
                "address=0x0f", "control=0x00", "protocol=0x0800",
            ])
        #expect(
            summary(of: .ciscoHDLC, in: Self.frame, linkType: .ciscoHDLC)
                == "CHDLC, ethertype IPv4 (0x0800), length 36")
    }

    @Test func `The number of RARP is a keep-alive here`() {
        let frame = hex("8f00 8035 00000002 00000040 00000037 ffff")
        #expect(walk(frame, linkType: .ciscoHDLC).kinds == [.ciscoHDLC])
        #expect(summary(of: .ciscoHDLC, in: frame, linkType: .ciscoHDLC) == "CHDLC, SLARP, length 18")
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.frame, linkType: .ciscoHDLC) }

    @Test(arguments: [Refusal("three bytes", hex("0f0008"), .ciscoHDLC, .tooShort(needed: 4, available: 3))])
    func refused(_ row: Refusal) { row.check(linkType: .ciscoHDLC) }
}
