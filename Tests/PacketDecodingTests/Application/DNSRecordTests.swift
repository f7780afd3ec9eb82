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
            (
                "0010", "02 6869 00 01 0a", "TXT \"hi\" \"\" \"\\x0a\"",
                ["texts[0].text=hi", "texts[1].text=", "texts[2].text=\\x0a"]
            ),
            (
                "0021", "0001 0002 13c4 c00c", "SRV example.org:5060",
                ["priority=1", "weight=2", "port=5060", "target=example.org"]
            ),
            (
                "0041", "0001 00 0001 0003 026832", "HTTPS 1 . alpn=\"h2\"",
                [
                    "priority=1", "target=.", "parameters=00010003026832", "service_parameters[0].key=1",
                    "service_parameters[0].protocols[0].text=h2",
                ]
            ),
            (
                "0040",
                "0010 c00c 0001 0006 02 6833 02 6832 0002 0000 0003 0002 20fb 0004 0008 c0000201 c0000202 ff00 0001 7f",
                "SVCB 16 example.org alpn=\"h3,h2\" no-default-alpn port=8443 ipv4hint=192.0.2.1,192.0.2.2 key65280",
                [
                    "priority=16", "target=example.org",
                    "parameters=00010006026833026832000200000003000220fb00040008c0000201c0000202ff0000017f",
                    "service_parameters[0].key=1", "service_parameters[0].protocols[0].text=h3",
                    "service_parameters[0].protocols[1].text=h2", "service_parameters[1].key=2",
                    "service_parameters[1].data=", "service_parameters[2].key=3",
                    "service_parameters[2].port=8443", "service_parameters[3].key=4",
                    "service_parameters[3].addresses[0].address=192.0.2.1",
                    "service_parameters[3].addresses[1].address=192.0.2.2", "service_parameters[4].key=65280",
                    "service_parameters[4].data=7f",
                ]
            ),
            (
                "0101", "80 05 6973737565 636122", "CAA 128 issue \"ca\"\"",
                ["critical=true", "tag=issue", "value=ca\""]
            ),
            ("0101", "80 05 69", "CAA", ["data=800569"]),
            (
                "0023", "0064 000a 01 75 07 4532552b736970 03 215e21 c00c",
                "NAPTR 100 10 \"u\" \"E2U+sip\" \"!^!\" example.org",
                [
                    "order=100", "preference=10", "flags=u", "services=E2U+sip", "expression=!^!",
                    "replacement=example.org",
                ]
            ),
            ("0023", "0064 000a 01 75", "NAPTR", ["data=0064000a0175"]),
            ("000d", "01 61 02 6262", "HINFO \"a\" \"bb\"", ["cpu=a", "operating_system=bb"]),
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

    @Test func ofManyTextsTheRestIsMarked() {
        let texts = (0..<40).map { _ in "01 61" }.joined()
        let words = heard(Self.response("0010", texts)).words
        #expect(words == ["DNS response 0x0001 ANY example.org: TXT" + String(repeating: " \"a\"", count: 32) + " …"])
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
