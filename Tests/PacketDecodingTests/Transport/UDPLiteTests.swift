import PacketDecoding
import Testing

@Suite struct UDPLiteTests {
    /// A datagram of 12 bytes whose checksum covers the first `covered`.
    static func datagram(coverage: UInt16, covered: Int) -> [UInt8] {
        let whole = hex("0401 0050") + bigEndian(coverage) + hex("0000 61626364")
        let pseudoHeader = hex("c0000201 c6336402 0088 000c")
        let sum = checksum(of: pseudoHeader + whole.prefix(covered))
        return ipv4(.udpLite, whole.prefix(6) + bigEndian(sum) + whole.dropFirst(8))
    }

    @Test(arguments: [(0, 12), (8, 8), (12, 12)] as [(UInt16, Int)])
    func `The checksum covers what the header says`(coverage: UInt16, covered: Int) {
        let found = fields(of: .udpLite, in: Self.datagram(coverage: coverage, covered: covered), linkType: .raw)
        #expect(found?["checksum_coverage"] == String(coverage))
        #expect(found?["checksum_status"] == "good")
        #expect(found?["payload_length"] == "4")
    }

    @Test(arguments: [1, 7, 13] as [UInt16])
    func `An impossible coverage leaves nothing to verify`(coverage: UInt16) {
        let found = fields(of: .udpLite, in: Self.datagram(coverage: coverage, covered: 12), linkType: .raw)
        #expect(found?["checksum_status"] == "unverified")
    }

    @Test func `In words`() {
        let packet = Self.datagram(coverage: 8, covered: 8)
        #expect(summary(of: .udpLite, in: packet, linkType: .raw) == "UDP-Lite, coverage 8, length 4")
        expectEveryTruncationHolds(packet, linkType: .raw)
    }
}
