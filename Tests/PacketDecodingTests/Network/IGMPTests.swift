import PacketDecoding
import Testing

@Suite struct IGMPTests {
    /// The message in its packet, its checksum filled in.
    static func igmp(_ message: String) -> [UInt8] { ipv4(.igmp, checksummed(hex(message), at: 2)) }

    static let report3 = igmp("2200 0000 0000 0001 04000002 e0000009 c0000201 c0000202")
    static let query3 = igmp("1101 0000 e0000009 0a3c 0001 c0000201")

    @Test func `A version 3 report`() {
        #expect(
            fields(of: .igmp, in: Self.report3, linkType: .raw)?.fields == [
                "version=3", "type=0x22", "checksum=0x75ee", "checksum_status=good", "record_count=1",
                "records[0].type=4", "records[0].group_address=224.0.0.9", "records[0].source_count=2",
                "records[0].sources[0].address=192.0.2.1", "records[0].sources[1].address=192.0.2.2",
            ])
    }

    @Test func `A version 3 query`() {
        let found = fields(of: .igmp, in: Self.query3, linkType: .raw)
        #expect(found?["version"] == "3")
        #expect(found?["group_address"] == "224.0.0.9")
        #expect(found?["robustness"] == "2")
        #expect(found?["sources[0].address"] == "192.0.2.1")
    }

    @Test(
        "Versions",
        arguments: [
            ("1100 0000 00000000", 1), ("1164 0000 00000000", 2), ("1164 0000 00000000 00000000", 3),
            ("1200 0000 e0000009", 1), ("1600 0000 e0000009", 2), ("1700 0000 e0000009", 2),
            ("9900 0000 00000000", nil),
        ] as [(String, Int?)])
    func version(message: String, version: Int?) {
        let found = fields(of: .igmp, in: Self.igmp(message), linkType: .raw)
        #expect(found?["version"] == version.map { String($0) })
        #expect((found?["group_address"] == nil) == (version == nil))
    }

    @Test(arguments: [(0x64, 100), (0x7f, 127), (0x80, 128), (0xff, 31744)] as [(Int, Int)])
    func `Response times above 127 are floating point numbers`(code: Int, tenths: Int) {
        let digits = String(code, radix: 16)
        let found = fields(of: .igmp, in: Self.igmp("11\(digits) 0000 00000000 00000000"), linkType: .raw)
        #expect(found?["maximum_response_time"] == String(tenths))
    }

    @Test(arguments: [
        Words("igmp query v2", igmp("1164 0000 00000000")),
        Words("igmp query v1", igmp("1100 0000 00000000")),
        Words("igmp query v3 [max resp time 0.1s] [gaddr 224.0.0.9, 1 source(s)]", query3),
        Words("igmp v1 report 224.0.0.9", igmp("1200 0000 e0000009")),
        Words("igmp v2 report 224.0.0.9", igmp("1600 0000 e0000009")),
        Words("igmp leave 224.0.0.9", igmp("1700 0000 e0000009")),
        Words("igmp v3 report, 1 group record(s)", report3),
        Words("igmp v3 report [invalid len 8]", igmp("2200 0000 00000000")),
        Words("igmp-153", igmp("9900 0000 00000000")),
        Words("igmp leave 224.0.0.9 bad igmp cksum", ipv4(.igmp, hex("1700 0001 e0000009"))),
        Words("igmp [|igmp]", ipv4(.igmp, hex("1164 0000 0000"))),
    ])
    func saysAsTcpdump(_ row: Words) { #expect(summary(of: .igmp, in: row.bytes, linkType: .raw) == row.words) }

    @Test(arguments: ["9900 0000 00000000", "0500 0000 00000000", "1600 0000"])
    func `What a checksum covers is unknown of an unknown type and of a cut message`(message: String) {
        #expect(fields(of: .igmp, in: Self.igmp(message), linkType: .raw)?["checksum_status"] == "unverified")
    }

    @Test func `Records that are not there are left out`() {
        let packet = Self.igmp("2200 0000 0000 ffff 0400ffff e0000009")
        #expect(fields(of: .igmp, in: packet, linkType: .raw)?["record_count"] == "65535")
        exercise(packet, linkType: .raw)
    }

    @Test(arguments: [report3, query3])
    func `Every truncation`(packet: [UInt8]) { expectEveryTruncationHolds(packet, linkType: .raw) }
}
