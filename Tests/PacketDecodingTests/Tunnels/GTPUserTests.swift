import PacketDecoding
import Testing

@Suite struct GTPUserTests {
    static let v4 = ipv4Packet(17, udpDatagram)
    static let packet = VXLANTests.tunnel(2152, hex("36ff 0028 00000001 0009 00 85 01 1009 00") + v4)

    @Test func `Sequence number and an extension header`() {
        #expect(walk(Self.packet, linkType: .raw).kinds == [.ipv4, .udp, .gtpUser, .ipv4, .udp])
        #expect(
            fields(of: .gtpUser, in: Self.packet, linkType: .raw)?.fields == [
                "version=1", "message_type=255", "length=40", "tunnel_endpoint=0x00000001", "sequence_number=9",
            ])
        #expect(summary(of: .gtpUser, in: Self.packet, linkType: .raw) == "GTP-U, teid 0x1, length 40")
    }

    @Test func `An echo carries no packet`() {
        let packet = VXLANTests.tunnel(2152, hex("3201 0004 00000000 0001 0000"))
        #expect(walk(packet, linkType: .raw).kinds == [.ipv4, .udp, .gtpUser])
        #expect(summary(of: .gtpUser, in: packet, linkType: .raw) == "GTP-U, echo request, teid 0x0, length 4")
    }

    @Test func `Other versions are left alone`() {
        #expect(walk(VXLANTests.tunnel(2152, hex("48ff 0000 00000001")), linkType: .raw).kinds == [.ipv4, .udp])
    }

    @Test(arguments: [
        Refusal(
            "an extension header of no length", VXLANTests.tunnel(2152, hex("34ff 0008 00000001 000000 85 00000000")),
            .gtpUser, at: 28, .badLength(0)),
        Refusal(
            "an extension header that is not there", VXLANTests.tunnel(2152, hex("34ff 0004 00000001 000000 85")),
            .gtpUser,
            at: 28, .tooShort(needed: 16, available: 12)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
