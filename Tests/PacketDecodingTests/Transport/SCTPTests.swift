import PacketDecoding
import Testing

@Suite struct SCTPTests {
    /// An SCTP packet with a right checksum, from port 1025 to 80.
    static func sctp(_ chunks: String) -> [UInt8] {
        let head = hex("0401 0050 0000abcd")
        let chunks = hex(chunks)
        var code = CRC32C()
        let summed = head + [0, 0, 0, 0] + chunks
        unsafe code.add(summed.span.bytes)
        let value = code.value
        return ipv4(.sctp, head + [0, 8, 16, 24].map { UInt8(value >> $0 & 0xff) } + chunks)
    }

    static let data = sctp("0003 0013 00000001 0002 0003 00000007 61626300")

    @Test func `Ports, tag, checksum and a chunk`() {
        let found = fields(of: .sctp, in: Self.data, linkType: .raw)
        #expect(
            found?.fields.prefix(3) == ["source_port=1025", "destination_port=80", "verification_tag=0x0000abcd"])
        #expect(found?["checksum_status"] == "good")
        #expect(found?["chunks[0].transmission_sequence_number"] == "1")
        #expect(found?.meanings["chunks[0].type"] == "DATA")
    }

    @Test func `A wrong checksum`() {
        let packet = Self.data.dropLast() + [1]
        #expect(fields(of: .sctp, in: Array(packet), linkType: .raw)?["checksum_status"] == "bad")
        #expect(
            fields(of: .sctp, in: Array(packet.dropLast()), linkType: .raw, wireLength: packet.count)?[
                "checksum_status"]
                == "unverified")
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.data, linkType: .raw) }

    @Test(arguments: [
        Refusal(
            "11 bytes", ipv4(.sctp, hex("04010050 00000000 000000")), .sctp, at: 20,
            .tooShort(needed: 12, available: 11))
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
