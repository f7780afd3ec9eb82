import PacketDecoding
import Testing

@Suite struct TLSHelloTests {
    /// A handshake record with one message.
    static func record(_ type: UInt8, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
        let message = [type, 0] + bigEndian(UInt16(length ?? body.count)) + body
        return hex("160301") + bigEndian(UInt16(message.count)) + message
    }

    static func hello(version: String = "0303", _ suites: String, _ extensions: String?) -> [UInt8] {
        let list = extensions.map { bigEndian(UInt16(hex($0).count)) + hex($0) } ?? []
        return hex(version) + Array(repeating: 7, count: 32) + [0] + hex(suites) + list
    }

    static let serverName = "0000 0010 000e 00 000b 6578616d706c652e6f7267"
    static let protocols = "0010 000e 000c 02 6832 08 687474702f312e31"
    static let versions = "002b 0007 06 3a3a 0304 0303"
    static let client = record(1, hello("0004 1301 1302 0100", serverName + protocols + versions))
    static let server = record(2, hello("1301 00", "002b 0002 0304"))

    @Test(arguments: [
        Words("TLS client hello \"example.org\" ALPN h2 http/1.1 TLS 1.3 TLS 1.2", client),
        Words("TLS server hello TLS 1.3 TLS_AES_128_GCM_SHA256", server),
        Words("TLS client hello TLS 1.0", record(1, hello(version: "0301", "0002 002f 0100", nil))),
        Words(
            "TLS server hello TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", record(2, hello("c02f 00", nil))),
        Words("TLS server hello TLS 1.2 0xfefe", record(2, hello("fefe 00", protocols))),
        Words(
            "TLS client hello \"a\\x1bb\" TLS 1.2", record(1, hello("0002 002f 0100", "0000 0008 0006 00 0003 611b62"))),
    ])
    func says(_ row: Words) {
        #expect(heard(segment(to: 443, row.bytes)) == ([row.words], nil))
    }

    @Test func fieldsOfAClient() {
        let found = fields(of: .tls, in: segment(to: 443, Self.client), linkType: .ipv4)
        #expect(
            found?.fields.dropFirst(3) == [
                "records[0].handshake_type=1", "records[0].handshake_length=\(Self.client.count - 9)",
                "records[0].hello_version=0x0303", "records[0].server_name=example.org",
                "records[0].alpn[0].protocol=h2", "records[0].alpn[1].protocol=http/1.1",
                "records[0].supported_versions[0].version=0x3a3a", "records[0].supported_versions[1].version=0x0304",
                "records[0].supported_versions[2].version=0x0303", "records[0].cipher_suite_count=2",
            ])
        #expect(found?.meanings["records[0].supported_versions[0].version"] == "GREASE")
    }

    @Test func fieldsOfAServer() {
        let found = fields(of: .tls, in: segment(to: 443, Self.server), linkType: .ipv4)
        #expect(found?["records[0].selected_version"] == "0x0304")
        #expect(found?["records[0].cipher_suite"] == "0x1301")
    }

    /// The first segment of a hello too long for one tells what lies in it.
    @Test func aHelloThatGoesOnInAnotherSegment() {
        let end = 9 + 43 + 2 + 20
        let packet = segment(to: 443, Array(Self.client.prefix(end)))
        #expect(heard(packet) == (["TLS client hello \"example.org\" …"], nil))
        #expect(fields(of: .tls, in: packet, linkType: .ipv4)?["continues"] == "true")
    }

    /// Wherever a segment ends in a hello, no version stands in for the one that comes later (RFC 8446 section 4.2.1).
    @Test(arguments: [client, server])
    func noVersionBeforeTheExtensionsAreThere(_ payload: [UInt8]) {
        for end in 9..<payload.count {
            let words = heard(segment(to: 443, Array(payload.prefix(end)))).words.first ?? ""
            #expect(words.hasSuffix(" …") && !words.contains("TLS 1.2 …"))
        }
    }

    /// Of a hello in records of `size` bytes each (RFC 8446 section 5.1).
    private func records(_ payload: [UInt8], of size: Int) -> [UInt8] {
        let message = Array(payload.dropFirst(5))
        return stride(from: 0, to: message.count, by: size).flatMap { start -> [UInt8] in
            let piece = message[start..<min(start + size, message.count)]
            return hex("160303") + bigEndian(UInt16(piece.count)) + piece
        }
    }

    @Test(arguments: [1, 3, 4, 5, 9, 50, 80])
    func aHelloOverRecords(_ size: Int) {
        let packet = segment(to: 443, records(Self.client, of: size) + hex("1403030001 01"))
        #expect(
            heard(packet).words == [
                "TLS client hello \"example.org\" ALPN h2 http/1.1 TLS 1.3 TLS 1.2, change cipher spec"
            ])
        let found = fields(of: .tls, in: packet, linkType: .ipv4)
        #expect(found?["records[0].handshake_type"] == "1")
        if size >= 4 { #expect(found?["records[0].server_name"] == "example.org") }
        #expect(found?["records[1].handshake_type"] == nil)
    }

    @Test func anotherRecordEndsAMessage() {
        let cut = Array(records(Self.client, of: 80).prefix(85))
        let packet = segment(to: 443, cut + hex("1503030002 0232"))
        #expect(heard(packet).words == ["TLS client hello \"example.org\", fatal alert decode error"])
    }

    static let retry =
        hex("0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1301 00")
        + hex("000c 002b 0002 0304 0033 0002 11ec")

    @Test func aHelloRetryRequest() {
        let packet = segment(to: 443, Self.record(2, Self.retry))
        #expect(
            heard(packet).words == [
                "TLS hello retry request TLS 1.3 TLS_AES_128_GCM_SHA256, group X25519MLKEM768"
            ])
        let found = fields(of: .tls, in: packet, linkType: .ipv4)
        #expect(found?["records[0].hello_retry_request"] == "true")
        #expect(found?["records[0].selected_group"] == "0x11ec")
        #expect(found?.meanings["records[0].selected_group"] == "X25519MLKEM768")
        // Its answer is in the clear, after a change cipher spec.
        #expect(
            heard(segment(to: 443, hex("1403030001 01") + Self.client)).words.first?
                .hasPrefix("TLS change cipher spec, client hello \"example.org\"") == true)
    }

    static let random = hex("0303") + Array(repeating: 7, count: 32)
    static let noExtensions = hello("0002 002f 0100", nil)

    @Test(arguments: [
        Refusal(
            "a session id beyond the message",
            segment(to: 443, record(1, random + hex("20 0000"))), .tls, at: 40,
            .badLength(32)),
        Refusal(
            "extensions beyond the message",
            segment(to: 443, record(1, noExtensions + hex("0009 0000"))), .tls, at: 40, .badLength(9)),
        Refusal(
            "an extension beyond their list", segment(to: 443, record(1, hello("0002 002f 0100", "0000 0009 0000"))),
            .tls, at: 40, .badLength(9)),
        Refusal("no random", segment(to: 443, record(2, hex("0303 00"))), .tls, at: 40, .badLength(32)),
    ])
    func refusals(_ refusal: Refusal) { refusal.check(linkType: .ipv4) }

    @Test(arguments: [client, server])
    func everyCutHolds(_ payload: [UInt8]) { expectEveryCutHolds(segment(to: 7000, payload)) }
}
