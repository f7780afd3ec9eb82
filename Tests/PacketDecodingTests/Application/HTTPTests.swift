import PacketDecoding
import Testing

@Suite struct HTTPTests {
    static let request = "GET /a?b=c HTTP/1.1\r\nHost:  example.org \r\nAccept: */*\r\n\r\n"
    static let response = "HTTP/1.0 200 OK\r\ncontent-TYPE: text/plain\r\nContent-Length: 5\r\n\r\nHello"

    static func packet(_ text: String, port: UInt16 = 7000) -> [UInt8] { segment(to: port, Array(text.utf8)) }

    @Test(
        arguments: [
            (request, "HTTP GET /a?b=c, host example.org"),
            (response, "HTTP 200 OK, 5 bytes of text/plain"),
            ("HTTP/1.1 204\r\n\r\n", "HTTP 204"),
            ("HTTP/1.1 204 \n\n", "HTTP 204"),
            ("POST /\u{1b}[2J HTTP/1.1\r\nContent-Length: 4\r\n\r\nexit", "HTTP POST /\\x1b[2J, 4 bytes"),
            ("OPTIONS * HTTP/1.1\r\n\r\n", "HTTP OPTIONS *"),
            ("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP GET /"),
            (
                "GET /\(String(repeating: "a", count: 100)) HTTP/1.1\r\n\r\n",
                "HTTP GET /\(String(repeating: "a", count: 63))…"
            ),
        ] as [(String, String)])
    func anyPort(_ text: String, _ words: String) { #expect(heard(Self.packet(text)) == ([words], nil)) }

    @Test(
        "What is no start line is no layer",
        arguments: [
            "GET / HTTP/2.0\r\n\r\n", "GET /\r\n", "GETTING / HTTP/1.1\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 ab\r\n",
            "HTTP/2 200\r\n", "POSTCARD from here", "GET\r\n", "the rest of a body",
        ])
    func notHTTP(_ text: String) {
        #expect(heard(Self.packet(text)) == ([], nil))
        #expect(heard(Self.packet(text, port: 9)) == ([], nil))
    }

    @Test func aMethodOfItsOwnIsKnownByThePort() {
        let text = "M-SEARCH * HTTP/1.1\r\n\r\n"
        #expect(heard(Self.packet(text)).words == [])
        #expect(heard(Self.packet(text, port: 8080)).words == ["HTTP M-SEARCH *"])
    }

    @Test func fieldsOfBoth() {
        #expect(
            fields(of: .http, in: Self.packet(Self.request), linkType: .ipv4)?.fields == [
                "message=request", "method=GET", "target=/a?b=c", "version=HTTP/1.1", "host=example.org",
            ])
        #expect(
            fields(of: .http, in: Self.packet(Self.response), linkType: .ipv4)?.fields == [
                "message=response", "status=200", "reason=OK", "version=HTTP/1.0", "content_type=text/plain",
                "content_length=5",
            ])
    }

    @Test func theBodyIsThePayload() {
        let layer = walk(Self.packet(Self.response), linkType: .ipv4).layers[2]
        #expect(layer.headerLength == Self.response.utf8.count - 5)
        #expect(layer.statedPayloadLength == 5)
    }

    @Test func headersThatGoOnInAnotherSegmentAreNoFault() {
        let packet = Self.packet(String(Self.request.prefix(30)))
        #expect(heard(packet) == (["HTTP GET /a?b=c …"], nil))
        #expect(fields(of: .http, in: packet, linkType: .ipv4)?["continues"] == "true")
    }

    @Test func aStartLineThatGoesOnIsShownAsFarAsItGoes() {
        let packet = Self.packet("GET /a?b=c HT")
        #expect(heard(packet) == (["HTTP GET /a?b=c HT …"], nil))
        #expect(
            fields(of: .http, in: packet, linkType: .ipv4)?.fields == ["start_line=GET /a?b=c HT", "continues=true"])
    }

    @Test func whatTheCaptureCutIsAFault() {
        let whole = Self.packet(Self.request)
        let found = heard(Array(whole.prefix(50)), wireLength: whole.count)
        #expect(found.words == ["HTTP GET /a?b=c [|http]"])
        #expect(
            found.fault
                == DecodeError(.http, at: 40, .truncated(needed: Self.request.utf8.count, captured: 10)))
    }

    @Test func aLineIsSearchedForSoFarOnly() {
        let long = "GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\n\r\n"
        #expect(heard(Self.packet(long)).words.first?.hasPrefix("HTTP GET /aaaa") == true)
        #expect(fields(of: .http, in: Self.packet(long), linkType: .ipv4)?["start_line"]?.utf8.count == 8192)
    }

    @Test(
        "A response has a body only where one is there",
        arguments: [
            ("200 OK", "Content-Length: 5\r\nContent-Type: a/b", "", "HTTP 200 OK, content-length 5, a/b"),
            ("200 OK", "Content-Length: 0", "", "HTTP 200 OK, 0 bytes"),
            ("200 OK", "Content-Length: 50", "Hello", "HTTP 200 OK, 50 bytes"),
            ("304 Not Modified", "Content-Length: 5", "", "HTTP 304 Not Modified, content-length 5"),
            ("304 Not Modified", "Content-Length: 5", "Hello", "HTTP 304 Not Modified, content-length 5"),
        ] as [(String, String, String, String)])
    func bodies(_ status: String, _ headers: String, _ body: String, _ words: String) {
        #expect(heard(Self.packet("HTTP/1.1 \(status)\r\n\(headers)\r\n\r\n\(body)")).words == [words])
    }

    @Test func overUDPItIsSomethingElse() {
        #expect(heard(datagram(to: 80, Array(Self.request.utf8))) == ([], nil))
    }

    @Test(arguments: [request, response])
    func everyCutHolds(_ text: String) { expectEveryCutHolds(Self.packet(text)) }
}
