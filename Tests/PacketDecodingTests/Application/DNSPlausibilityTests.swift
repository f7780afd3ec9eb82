import PacketDecoding
import Testing

/// Content decides: what a port says is a guess.
@Suite struct DNSPlausibilityTests {
    static let hello: [UInt8] =
        hex("16030100 2d 0100 0029 0303") + Array(repeating: 7, count: 32) + hex("00 0002 1301 0100 0000")
    static let texts: [(String, String?)] = [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP GET /, host x"), ("HTTP/1.1 200 OK\r\n\r\n", "HTTP 200 OK"),
        ("POST /a HT", "HTTP POST /a HT …"), ("OPTIONS * HTTP/1.0\r\n\r\n", "HTTP OPTIONS *"),
        ("SSH-2.0-OpenSSH_9.6\r\n", nil), ("220 mail ESMTP\r\n", nil),
        ("*1\r\n$4\r\nPING\r\n", nil), ("GETTING / on\r\nwith it, and more than a header", nil),
    ]

    @Test("Text on any port", arguments: [53, 80, 443, 8080, 8000, 5353, 123, 4789] as [UInt16], texts)
    func text(_ port: UInt16, _ row: (String, String?)) {
        let heard = heard(segment(to: port, Array(row.0.utf8)))
        #expect(heard.words == (row.1.map { [$0] } ?? []))
        #expect(heard.fault == nil)
    }

    @Test("HTTP and TLS on the greeting's port", arguments: [0, 1, 2, 3])
    func greeting(_ row: Int) {
        #expect(heard(segment(to: 9999, Array(Self.texts[row].0.utf8))).words == [Self.texts[row].1])
        #expect(heard(segment(to: 9999, Self.hello)).words.first?.hasPrefix("TLS client hello") == true)
        #expect(heard(segment(to: 9999, Array("GETA".utf8))).words == ["greeting name \"GETA\""])
    }

    @Test("TLS on any port", arguments: [53, 80, 443, 8080, 7000] as [UInt16])
    func tls(_ port: UInt16) {
        #expect(heard(segment(to: port, Self.hello)).words.first?.hasPrefix("TLS client hello") == true)
    }

    @Test("DNS on a port of something else", arguments: [80, 443, 8000, 9999] as [UInt16])
    func dns(_ port: UInt16) {
        for message in [DNSTests.query, DNSTests.response, DNSTests.answer] {
            #expect(heard(segment(to: port, DNSMessageTests.prefixed(message))).words.first?.hasPrefix("DNS ") == true)
            #expect(heard(datagram(to: port, message)).words.first?.hasPrefix("DNS ") == true)
        }
        // One byte more or less is something else.
        #expect(heard(segment(to: 80, DNSMessageTests.prefixed(DNSTests.query) + [0])).words == [])
        #expect(heard(datagram(to: 443, DNSTests.query.dropLast())).words == [])
        #expect(heard(datagram(to: 443, DNSTests.query + [0])).words == [])
    }

    @Test("What somebody asks for is not doubted")
    func asked() {
        let ports = PortMap(overrides: [(port: 80, kind: .greeting)])
        #expect(
            heard(segment(to: 80, Array("GET / HTTP/1.1\r\n\r\n".utf8)), ports: ports).words.first?.hasPrefix(
                "greeting") == true)
    }

    @Test(
        "A datagram that is no message",
        arguments: [
            "GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe",
            "hello", "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n",
        ])
    func datagrams(_ text: String) {
        for port in [53, 5353, 123, 67, 68] as [UInt16] {
            #expect(heard(datagram(to: port, Array(text.utf8))) == ([], nil), "\(port)")
        }
    }

    @Test(
        "A datagram with a header that makes no sense",
        arguments: [
            ("counts that have no room", "1a2b 0100 ffff ffff ffff ffff 00"),
            ("a question that is not there, and an operation that is none", "1a2b 7800 0001 0000 0000 0000"),
            ("the reserved bit", "1a2b 0140 0001 0000 0000 0000"),
            ("nothing, and bytes after it", "0000 0000 0000 0000 0000 0000 0000 0000"),
            ("the first packet of a tunnel (WireGuard)", "01000000 8f3a11c2 d5a4e0917bcc0a5f2233445566778899aabbccdd"),
            ("a long header of QUIC", "c000000001 08 1122334455667788 00 00 449e"),
            ("a clock", "230006ec 00000000 00000000 00000000 00000000 00000000 00000000 00000000"),
        ])
    func garbage(_ name: String, _ bytes: String) {
        #expect(heard(datagram(to: 53, hex(bytes))) == ([], nil), "\(name)")
    }

    @Test(
        "A bad message is one",
        arguments: [
            "1a2b 0100 0001 0000 0000 0000 c00c 0001 0001", "1a2b 0100 0001 0000 0000 0000 03 7777",
            "1a2b 8180 0001 0003 0000 0001 01 61 00 0001 0001 c00c 0001 0001 0000003c 0004 c000",
            // Stateful operations have no counts.
            "1a2b 3000 0000 0000 0000 0000 0001 0008 00003a98 00003a98",
        ])
    func bad(_ bytes: String) { #expect(heard(datagram(to: 53, hex(bytes))).words.first?.hasPrefix("DNS ") == true) }

    @Test(
        "A segment that is no message",
        arguments: [
            "0020 1a2b 0100 ffff 0000 0000 0000 00 0001 0001", "0800 1a2b 0100 0001 0000 0000 0000 01 61 00 0001 7777",
            "4745 5420 0100 0001 0000 0000 0000 3f",
        ])
    func segments(_ bytes: String) {
        let heard = heard(segment(to: 53, hex(bytes)))
        #expect(heard.words.filter { $0.contains("query 0x1a2b") }.isEmpty)
        #expect(heard.fault == nil)
    }

    @Test("A message whose length spells a method is a message")
    func lengthOfLetters() {
        // "GET " as the length 18245 and the identifier 0x5420.
        let message = hex("4745 5420 8180 0001 0500 0000 0000 01 61 00 0001 0001")
        let found = heard(segment(to: 53, message + hex("c00c 0001 0001 0000003c 0004 c0000201")))
        #expect(found.words.first?.hasPrefix("DNS response 0x5420 A a") == true)
    }
}
