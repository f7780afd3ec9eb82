import PacketDecoding
import Testing

@Suite struct DNSTests {
    /// Captured on loopback.
    static let query =
        hex("1a2b 0100 0001 0000 0000 0001 03777777 07 6578616d706c65 03 6f7267 00 0001 0001")
        + hex("00 0029 04d0 00000000 0000")
    static let response =
        hex("1a2b 8580 0001 0002 0000 0001 03777777 07 6578616d706c65 03 6f7267 00 0001 0001")
        + hex("c00c 0005 0001 0000012c 0006 03776562 c010 c02d 0001 0001 0000003c 0004 c0000201")
        + hex("00 0029 04d0 00000000 0000")
    static let answer =
        hex("1a2b 8580 0001 0001 0000 0000 07 6578616d706c65 03 6f7267 00 0001 0001")
        + hex("c00c 0001 0001 0000003c 0004 c0000201")

    @Test func aQueryOverUDP() {
        let packet = datagram(to: 53, Self.query)
        #expect(walk(packet, linkType: .ipv4).kinds == [.ipv4, .udp, .dns])
        #expect(heard(packet) == (["DNS query 0x1a2b A www.example.org"], nil))
        #expect(
            fields(of: .dns, in: packet, linkType: .ipv4)?.fields == [
                "id=0x1a2b", "response=false", "opcode=0", "authoritative=false", "truncated=false",
                "recursion_desired=true", "recursion_available=false", "response_code=0", "question_count=1",
                "answer_count=0", "authority_count=0", "additional_count=1", "questions[0].name=www.example.org",
                "questions[0].type=1", "questions[0].class=1", "additionals[0].name=.", "additionals[0].type=41",
                "additionals[0].udp_payload_size=1232", "additionals[0].extended_response_code=0",
                "additionals[0].version=0", "additionals[0].dnssec_ok=false",
            ])
    }

    @Test func aResponseFollowsItsPointers() {
        let packet = datagram(to: 53, Self.response)
        #expect(
            heard(packet) == (["DNS response 0x1a2b A www.example.org: CNAME web.example.org, A 192.0.2.1"], nil))
        let found = fields(of: .dns, in: packet, linkType: .ipv4)
        #expect(found?["answers[0].name"] == "www.example.org")
        #expect(found?["answers[0].target"] == "web.example.org")
        #expect(found?["answers[1].name"] == "web.example.org")
        #expect(found?["answers[1].ttl"] == "60")
        #expect(found?["answers[1].address"] == "192.0.2.1")
        #expect(found?.meanings["answers[1].type"] == "A")
    }

    @Test(arguments: [
        ("2800", "DNS update response 0x1a2b"), ("0003", "DNS response 0x1a2b no such name"),
        ("000b", "DNS response 0x1a2b stateful type not implemented"), ("000c", "DNS response 0x1a2b error 12"),
        ("1800", "DNS opcode 3 response 0x1a2b"),
    ])
    func operationAndCode(_ flags: String, _ words: String) {
        let flags = hex(flags)
        let message = hex("1a2b") + [flags[0] | 0x80, flags[1]] + hex("0000 0000 0000 0000")
        #expect(heard(datagram(to: 53, message)).words == [words])
    }

    @Test func multicastHasItsOwnBits() {
        let question = hex("0000 0000 0001 0000 0000 0000 03666f6f 05 6c6f63616c 00 000c 8001")
        #expect(heard(datagram(to: 5353, question)) == (["mDNS query PTR foo.local"], nil))
        let asked = fields(of: .mdns, in: datagram(to: 5353, question), linkType: .ipv4)
        #expect(asked?["questions[0].class"] == "1")
        #expect(asked?["questions[0].unicast_response"] == "true")
        let answer = hex("0000 8400 0000 0001 0000 0000 03666f6f 05 6c6f63616c 00 0001 8001 00000078 0004 0a090002")
        #expect(heard(datagram(to: 5353, answer)) == (["mDNS response: foo.local A 10.9.0.2"], nil))
        #expect(fields(of: .mdns, in: datagram(to: 5353, answer), linkType: .ipv4)?["answers[0].cache_flush"] == "true")
    }

    @Test(arguments: [query, response, answer])
    func everyTruncationHolds(_ message: [UInt8]) {
        expectEveryTruncationHolds(datagram(to: 53, message), linkType: .ipv4)
        expectEveryCutHolds(segment(to: 53, bigEndian(UInt16(message.count)) + message))
    }

    @Test(
        "The bits above the header's four",
        arguments: [
            ("8007", "01", 23, "DNS response 0x1a2b bad cookie A e: A 192.0.2.1"),
            ("8000", "01", 16, "DNS response 0x1a2b bad version A e: A 192.0.2.1"),
            ("8005", "00", 5, "DNS response 0x1a2b refused A e: A 192.0.2.1"),
            ("800f", "ff", 4095, "DNS response 0x1a2b error 4095 A e: A 192.0.2.1"),
            ("8000", "00", 0, "DNS response 0x1a2b A e: A 192.0.2.1"),
            // A query's bits say nothing of how it went.
            ("0000", "01", 16, "DNS query 0x1a2b A e"),
        ] as [(String, String, Int, String)])
    func extendedCode(_ flags: String, _ high: String, _ code: Int, _ words: String) {
        let answer = "c00c 0001 0001 0000003c 0004 c0000201"
        let message = hex(
            "1a2b \(flags) 0001 0001 0000 0002 01 65 00 0001 0001 \(answer) \(answer) 00 0029 04d0 \(high)000000 0000")
        let packet = datagram(to: 53, message)
        #expect(heard(packet) == ([words], nil))
        let found = fields(of: .dns, in: packet, linkType: .ipv4)
        #expect(found?["response_code"] == String(code))
        #expect(found?["additionals[1].extended_response_code"] == String(UInt8(high, radix: 16) ?? 0))
    }

    @Test("Only an OPT record among the additionals has such bits, and only the first")
    func whichRecordExtends() {
        let option = "00 0029 04d0 01000000 0000"
        let answer = datagram(to: 53, hex("1a2b 8000 0000 0001 0000 0001 \(option) c00c 0001 0001 00000000 0000"))
        #expect(fields(of: .dns, in: answer, linkType: .ipv4)?["response_code"] == "0")
        let two = datagram(to: 53, hex("1a2b 8000 0000 0000 0000 0002 00 0029 04d0 00000000 0000 \(option)"))
        #expect(fields(of: .dns, in: two, linkType: .ipv4)?["response_code"] == "0")
        // Its four bytes that hold them were not captured.
        let cut = datagram(to: 53, hex("1a2b 8003 0000 0000 0000 0001 00 0029 04d0"))
        #expect(fields(of: .dns, in: cut, linkType: .ipv4)?["response_code"] == "3")
    }
}
