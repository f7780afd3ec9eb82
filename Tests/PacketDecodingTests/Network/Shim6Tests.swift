import PacketDecoding
import Testing

@Suite struct Shim6Tests {
    static let payload = ipv6Packet(140, hex("1100 8102 03040506") + udpDatagram)
    static let control = ipv6Packet(140, hex("3b01 0200 1234 0000 0000000000000007"))

    @Test func `A payload extension`() {
        #expect(walk(Self.payload, linkType: .raw).kinds == [.ipv6, .shim6, .udp])
        #expect(
            fields(of: .shim6, in: Self.payload, linkType: .raw)?.fields == [
                "next_header=17", "header_length=8", "payload_extension=true", "context_tag=0x010203040506",
            ])
        #expect(summary(of: .shim6, in: Self.payload, linkType: .raw) == "shim6")
    }

    @Test func `A control message`() {
        #expect(walk(Self.control, linkType: .raw).kinds == [.ipv6, .shim6])
        let fields = fields(of: .shim6, in: Self.control, linkType: .raw)
        #expect(
            fields?.fields == [
                "next_header=59", "header_length=16", "payload_extension=false", "type=2", "checksum=0x1234",
            ])
        #expect(fields?.meanings["type"] == "R1")
        #expect(summary(of: .shim6, in: Self.control, linkType: .raw) == "shim6 R1, length 16")
    }

    @Test(arguments: [payload, control])
    func `Every truncation`(packet: [UInt8]) { expectEveryTruncationHolds(packet, linkType: .raw) }

    @Test(arguments: [
        Refusal(
            "seven bytes", ipv6Packet(140, hex("3b00 0200 123400")), .shim6, at: 40, .tooShort(needed: 8, available: 7)),
        Refusal(
            "a message beyond the packet", ipv6Packet(140, hex("3b01 0200 1234 0000")), .shim6, at: 40,
            .tooShort(needed: 16, available: 8)),
        Refusal(
            "snapped", Array(control.prefix(50)), .shim6, at: 40, wireLength: 56,
            .truncated(needed: 16, captured: 10)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
