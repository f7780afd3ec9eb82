import PacketDecoding
import Testing

@Suite struct HTTPBodyTests {
    /// A response with a header and a body.
    static func response(_ status: String, _ headers: String = "", body: String = "") -> String {
        "HTTP/1.1 \(status) x\r\n" + (headers.isEmpty ? "" : headers + "\r\n") + "\r\n" + body
    }

    static func request(_ method: String, _ headers: String = "", body: String = "") -> String {
        "\(method) /\(method) HTTP/1.1\r\n" + (headers.isEmpty ? "" : headers + "\r\n") + "\r\n" + body
    }

    static func words(_ text: String, port: UInt16 = 7000) -> [String] {
        let heard = heard(segment(to: port, Array(text.utf8)))
        #expect(heard.fault == nil)
        return heard.words.map { String($0.dropFirst("HTTP ".count)) }
    }

    static let chunked = "Transfer-Encoding: gzip, Chunked"
    static let chunks = "5;a=b\r\nHello\r\n0a \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
    static let last = response("404")

    @Test(
        "The next response begins where the body ends",
        arguments: [
            response("200", "Content-Length: 5", body: "Hello"), response("200", "Content-Length: 0"),
            response("200", "content-length:5\r\nContent-Length: 5", body: "Hello"),
            response("200", chunked, body: chunks),
            response("200", "Content-Length: 3\r\n" + chunked, body: chunks),
            response("200", chunked, body: "0\r\n\r\n"),
            response("100"), response("103", "Link: </a>"), response("204"), response("304", "Content-Length: 5000"),
            // Answers to HEAD.
            response("200", "Content-Length: 5000"), response("200", chunked), response("200"),
            response("200", "Content-Length: 17\r\nContent-Type: message/http", body: "HTTP/1.1 200 OK\r\n"),
        ])
    func responses(_ first: String) {
        let words = Self.words(first + Self.last + first)
        #expect(words.count == 3)
        #expect(words.dropFirst().first == "404 x")
        #expect(words.first?.hasPrefix(String(first.split(separator: " ")[1])) == true)
    }

    @Test(
        "Where nothing says how long a body is, everything is part of it",
        arguments: [
            response("200", body: "Hello"), response("200", "Content-Length: x", body: "Hello"),
            response("200", "Content-Length: 5\r\nContent-Length: 6", body: "Hello"),
            response("200", "Content-Length: 99999999999999999999", body: "Hello"),
            response("200", "Content-Length: 6000", body: "Hello"),
            response("200", "Transfer-Encoding: gzip", body: "Hello"),
            response("200", chunked, body: "5\r\nHello\r\n"), response("200", chunked, body: "x\r\nHello\r\n0\r\n\r\n"),
            response("200", chunked, body: "4\r\nHello\r\n0\r\n\r\n"),
            response("200", chunked, body: "fffffff\r\nHello\r\n0\r\n\r\n"),
            response("200", chunked, body: "fffffffffffffffffff\r\nHello\r\n0\r\n\r\n"),
            response("200", chunked, body: "0\r\nTrailer: "),
        ])
    func unknown(_ first: String) { #expect(Self.words(first + Self.last).count == 1) }

    @Test(
        "The next request begins where the body ends",
        arguments: [
            request("GET"), request("HEAD"), request("DELETE"), request("POST", "Content-Length: 5", body: "Hello"),
            request("POST", "Content-Length: 2", body: "{}\r\n"), request("PUT", chunked, body: chunks),
        ])
    func requests(_ first: String) {
        let words = Self.words(first + Self.request("OPTIONS") + first)
        #expect(words.count == 3)
        #expect(words.dropFirst().first == "OPTIONS /OPTIONS")
    }

    @Test(
        "What is no message of the same side ends them",
        arguments: [
            request("GET") + response("200"), response("204") + request("GET"), request("GET") + "PRI * HTTP/2.0\r\n",
            response("101") + "\u{1}\u{2}", request("GET") + "\0\0", request("GET") + "\r\n\r\n\r\n" + request("GET"),
        ])
    func others(_ text: String) { #expect(Self.words(text).count == 1) }

    @Test func theLastMayGoOnInTheNextSegment() {
        #expect(Self.words(Self.request("GET") + "GET /b HT") == ["GET /GET", "GET /b HT …"])
        #expect(Self.words(Self.response("100") + "HTTP/1.1 20") == ["100 x", "HTTP/1.1 20 …"])
        let packet = segment(to: 80, Array((Self.request("GET") + "GET /b HTTP/1.1\r\nHost: b").utf8))
        withPacket(packet, linkType: .ipv4) { packet in
            #expect(packet.record(2)["continues"] == nil)
            #expect(packet.record(3)["continues"] == "true")
        }
    }

    @Test func eachBodyIsItsMessages() {
        let text = Self.response("200", "Content-Length: 5", body: "Hello") + Self.response("200", body: "World!")
        withPacket(segment(to: 80, Array(text.utf8)), linkType: .ipv4) { packet in
            #expect(array(packet.payload(at: 2)) == Array("Hello".utf8))
            #expect(array(packet.payload(at: 3)) == Array("World!".utf8))
            #expect(packet.payloadLength(at: 3) == 6)
            #expect(packet.layers[3].offset == packet.layers[2].end)
        }
    }

    @Test func thereIsAnEndToThem() {
        let many = String(repeating: "GET / HTTP/1.1\r\n\r\n", count: 3000)
        let heard = heard(segment(to: 80, Array(many.utf8)))
        #expect(heard.words.count == PacketDecoder.maximumLayers - 2)
        #expect(heard.fault?.reason == .tooDeep)
    }

    @Test(arguments: [
        request("POST", "Content-Length: 5", body: "Hello") + request("GET") + request("PUT", chunked, body: chunks),
        response("200", chunked, body: chunks) + response("304") + response("200", "Content-Length: 5", body: "Hello"),
    ])
    func everyCutHolds(_ text: String) { expectEveryCutHolds(segment(to: 80, Array(text.utf8))) }
}
