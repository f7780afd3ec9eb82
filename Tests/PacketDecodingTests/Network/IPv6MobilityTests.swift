import PacketDecoding
import Testing

@Suite struct IPv6MobilityTests {
    /// A binding update of sequence number 1; the checksum is right.
    static let update = ipv6Packet(135, hex("3b01 0500 e2de 0001 8000 0010 01020000"))

    @Test func `A binding update`() {
        #expect(
            walk(Self.update, linkType: .raw).layers.last == Layer(.mobility, at: 40, headerLength: 16, end: 56))
        let fields = fields(of: .mobility, in: Self.update, linkType: .raw)
        #expect(
            fields?.fields == [
                "next_header=59", "header_length=16", "type=5", "checksum=0xe2de", "checksum_status=good",
            ])
        #expect(fields?.meanings["type"] == "binding update")
        #expect(summary(of: .mobility, in: Self.update, linkType: .raw) == "mobility: BU")
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.update, linkType: .raw) }

    @Test func `A wrong checksum`() {
        var packet = Self.update
        packet[44] ^= 1
        #expect(fields(of: .mobility, in: packet, linkType: .raw)?["checksum_status"] == "bad")
    }

    @Test(
        arguments: [
            (0, "BRR"), (1, "HoTI"), (2, "CoTI"), (3, "HoT"), (4, "CoT"), (6, "BA"), (7, "BE"), (99, "type-#99"),
        ] as [(UInt8, String)])
    func `Message names`(type: UInt8, name: String) {
        let packet = ipv6Packet(135, hex("3b00") + [type] + hex("00 0000 0000"))
        #expect(summary(of: .mobility, in: packet, linkType: .raw) == "mobility: " + name)
    }

    @Test(arguments: [
        Refusal(
            "five bytes", ipv6Packet(135, hex("3b00 0000 00")), .mobility, at: 40, .tooShort(needed: 6, available: 5)),
        Refusal(
            "six bytes", ipv6Packet(135, hex("3b00 0000 0000")), .mobility, at: 40, .tooShort(needed: 8, available: 6)),
        Refusal(
            "snapped", Array(update.prefix(50)), .mobility, at: 40, wireLength: 56,
            .truncated(needed: 16, captured: 10)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
