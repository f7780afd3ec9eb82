import PacketDecoding
import Testing

@Suite struct MulticastListenerTests {
    /// Captured as an interface came up.
    static let report = hex(
        """
        3333 0000 0016 6a8a ccb1 a5e5 86dd 6000 0000 0024 0001 fe80 0000 0000 0000 688a ccff feb1 a5e5 ff02
        0000 0000 0000 0000 0000 0000 0016 3a00 0502 0000 0100 8f00 f050 0000 0001 0400 0000 ff02 0000 0000
        0000 0000 0001 ffb1 a5e5
        """)
    static let group = "ff02 0000 0000 0000 0000 0000 0000 0005"

    @Test func reportOfVersion2() {
        #expect(
            fields(of: .icmpv6, in: Self.report)?.fields == [
                "type=143", "code=0", "checksum=0xf050", "checksum_status=good", "record_count=1",
                "records[0].type=4", "records[0].multicast_address=ff02::1:ffb1:a5e5", "records[0].source_count=0",
            ])
        #expect(
            summary(of: .icmpv6, in: Self.report)
                == "ICMP6, multicast listener report v2, 1 group record(s), length 28")
    }

    @Test func theLengthTellsTheVersionOfAQuery() {
        let version1 = fields(of: .icmpv6, in: icmpv6("8200 0000 2710 0000 \(Self.group)"), linkType: .ipv6)
        #expect(version1?["maximum_response_delay"] == "10000")
        #expect(version1?["multicast_address"] == "ff02::5")
        let message = "8200 0000 2710 0000 \(Self.group) 0a7d 0001 20010db8000000000000000000000001"
        let version2 = fields(of: .icmpv6, in: icmpv6(message), linkType: .ipv6)
        #expect(
            version2?.fields.dropFirst(4) == [
                "maximum_response_code=10000", "multicast_address=ff02::5", "suppress_router_processing=true",
                "robustness=2", "query_interval_code=125", "source_count=1", "sources[0].address=2001:db8::1",
            ])
    }

    @Test func recordsThatClaimMoreThanIsThereEndTheList() {
        let message = "8f00 0000 0000 0002 0100 ffff \(Self.group) 04ff 0000 \(Self.group)"
        let record = fields(of: .icmpv6, in: icmpv6(message), linkType: .ipv6)
        #expect(record?["records[0].source_count"] == "65535")
        #expect(record?["records[0].sources[0].address"] == "4ff:0:ff02::")
        #expect(record?["records[0].sources[1].address"] == nil)
        #expect(record?["records[1].type"] == nil)
    }

    @Test(arguments: [
        Words(
            "ICMP6, multicast listener querymax resp delay: 10000 addr: ff02::5, length 24",
            icmpv6("8200 0000 2710 0000 \(group)")),
        Words(
            "ICMP6, multicast listener reportmax resp delay: 0 addr: ff02::5, length 24",
            icmpv6("8300 0000 0000 0000 \(group)")),
        Words(
            "ICMP6, multicast listener donemax resp delay: 0 addr: ff02::5, length 24",
            icmpv6("8400 0000 0000 0000 \(group)")),
        Words(
            "ICMP6, multicast listener query v2 [gaddr ff02::5], length 28",
            icmpv6("8200 0000 2710 0000 \(group) 027d 0000")),
        Words(
            "ICMP6, multicast listener query v2 [gaddr ff02::5 [invalid number of sources]], length 28",
            icmpv6("8200 0000 2710 0000 \(group) 027d 0002")),
        Words(
            "ICMP6, multicast listener query unknown-version (len 26) , length 26",
            icmpv6("8200 0000 2710 0000 \(group) 027d")),
        Words(
            "ICMP6, multicast listener query v2 [|icmp6]", icmpv6("8200 0000 2710 0000 \(group) 027d 0002"), cutTo: 60),
    ])
    func saysAsTcpdump(_ row: Words) {
        #expect(summary(of: .icmpv6, in: row.bytes, linkType: .ipv6, wireLength: row.wireLength) == row.words)
    }

    @Test func everyTruncationHolds() { expectEveryTruncationHolds(Self.report) }
}
