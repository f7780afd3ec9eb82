import PacketDecoding
import Testing

@Suite struct HostIdentityTests {
    /// A first initiator packet (RFC 7401 section 5.3.1) over IPv4, without a checksum.
    static let initiator = ipv4Packet(
        139, hex("3b04 0121 0000 0001 20010020000000000000000000000001 00000000000000000000000000000000"))

    @Test func `An I1 packet`() {
        #expect(
            walk(Self.initiator, linkType: .raw).layers.last
                == Layer(.hostIdentity, at: 20, headerLength: 40, end: 60))
        let fields = fields(of: .hostIdentity, in: Self.initiator, linkType: .raw)
        #expect(
            fields?.fields == [
                "next_header=59", "header_length=40", "type=1", "version=2", "checksum=0x0000",
                "checksum_status=bad", "controls=0x0001", "sender=2001:20::1", "receiver=::",
            ])
        #expect(fields?.meanings["type"] == "I1")
        #expect(summary(of: .hostIdentity, in: Self.initiator, linkType: .raw) == "HIP I1, length 40")
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.initiator, linkType: .raw) }

    @Test(
        arguments: [
            (0x02, "R1"), (0x03, "I2"), (0x04, "R2"), (0x10, "UPDATE"), (0x11, "NOTIFY"), (0x12, "CLOSE"),
            (0x13, "CLOSE_ACK"), (0x7f, "127"), (0x81, "I1"),
        ] as [(UInt8, String)])
    func `Packet names`(type: UInt8, name: String) {
        var packet = Self.initiator
        packet[22] = type
        #expect(summary(of: .hostIdentity, in: packet, linkType: .raw) == "HIP \(name), length 40")
    }

    @Test(arguments: [
        Refusal(
            "shorter than itself", ipv4Packet(139, hex("3b03 0121") + [UInt8](repeating: 0, count: 36)),
            .hostIdentity, at: 20, .badLength(32)),
        Refusal(
            "39 bytes", ipv4Packet(139, hex("3b04 0121") + [UInt8](repeating: 0, count: 35)), .hostIdentity,
            at: 20, .tooShort(needed: 40, available: 39)),
        Refusal(
            "snapped", Array(initiator.prefix(30)), .hostIdentity, at: 20, wireLength: 60,
            .truncated(needed: 40, captured: 10)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
