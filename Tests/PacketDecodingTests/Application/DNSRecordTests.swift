import PacketDecoding
import Testing

@Suite struct DNSRecordTests {
    /// A response about example.org with one record of that name.
    static func response(_ type: String, _ data: String) -> [UInt8] {
        let data = hex(data)
        return datagram(
            to: 53,
            hex("0001 8000 0001 0001 0000 0000 07 6578616d706c65 03 6f7267 00 00ff 0001 c00c") + hex(type)
                + hex("0001 0000003c") + bigEndian(UInt16(data.count)) + data)
    }

    @Test(
        arguments: [
            ("0001", "c0000201", "A 192.0.2.1", ["address=192.0.2.1"]),
            ("0002", "02 6e73 c00c", "NS ns.example.org", ["target=ns.example.org"]),
            ("0005", "c014", "CNAME org", ["target=org"]),
            ("000c", "c00c", "PTR example.org", ["target=example.org"]),
            ("000f", "000a c00c", "MX example.org", ["preference=10", "exchange=example.org"]),
            ("001c", "20010db8 00000000 00000000 00000001", "AAAA 2001:db8::1", ["address=2001:db8::1"]),
            (
                "0006", "c00c 04 726f6f74 c00c 00000001 00000002 00000003 00000004 00000005", "SOA example.org",
                [
                    "primary_server=example.org", "mailbox=root.example.org", "serial=1", "refresh=2", "retry=3",
                    "expire=4", "minimum=5",
                ]
            ),
            ("0010", "02 6869 00 01 0a", "TXT \"hi\"", ["texts[0].text=hi", "texts[1].text=", "texts[2].text=\\x0a"]),
            (
                "0021", "0001 0002 13c4 c00c", "SRV example.org:5060",
                ["priority=1", "weight=2", "port=5060", "target=example.org"]
            ),
            (
                "0041", "0001 00 0001 0003 026832", "HTTPS",
                ["priority=1", "target=.", "parameters=00010003026832"]
            ),
            ("ff00", "0102", "TYPE65280", ["data=0102"]),
            ("0001", "", "A", []),
        ] as [(String, String, String, [String])])
    func data(_ type: String, _ bytes: String, _ words: String, _ expected: [String]) {
        let packet = Self.response(type, bytes)
        #expect(heard(packet) == (["DNS response 0x0001 ANY example.org: \(words)"], nil))
        let found = fields(of: .dns, in: packet, linkType: .ipv4)?.fields ?? []
        let start = found.firstIndex { $0.hasPrefix("answers[0].ttl") } ?? found.count - 1
        #expect(found.dropFirst(start + 1).map { String($0.dropFirst("answers[0].".count)) } == expected)
    }

    @Test(
        "Data of another length than its type's",
        arguments: [
            ("0001", "c00002"), ("001c", "20010db8"), ("0002", "c00c 00"), ("000f", "00"), ("0021", "0001 0002"),
            ("0010", "05 6869"), ("0006", "c00c c00c 00000001"), ("0041", "00"),
        ])
    func badData(_ type: String, _ bytes: String) {
        let packet = Self.response(type, bytes)
        let reason = heard(packet).fault?.reason
        switch reason {
        case .badLength?, .tooShort?: break
        default: Issue.record("\(String(describing: reason))")
        }
        #expect(heard(packet).words.first?.hasPrefix("DNS response 0x0001 ANY example.org") == true)
    }
}
