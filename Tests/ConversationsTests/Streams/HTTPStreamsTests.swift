import Conversations
import PacketDecoding
import Testing

/// Where a message of HTTP begins and ends in the segments of a stream (RFC 9112 section 6.3).
@Suite struct HTTPStreamsTests {
    enum Move: Sendable {
        case client(String), server(String)
        /// Bytes that were not captured.
        case lost(Int)
        /// The segment before once more.
        case again
        case syn
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let moves: [Move]
        /// Of each segment: the start lines that it tells.
        let told: [String]

        init(_ description: String, _ moves: [Move], _ told: [String]) {
            testDescription = description
            self.moves = moves
            self.told = told
        }
    }

    private static let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let head = "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let fake = "HTTP/1.1 500 Fake\r\nContent-Length: 9999\r\n\r\n"

    private static func post(_ length: Int) -> String { "POST /p HTTP/1.1\r\nContent-Length: \(length)\r\n\r\n" }
    private static func ok(_ length: Int) -> String { "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n" }
    private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    static let cases = [
        Case(
            "a body that looks like a request", [.client(post(get.utf8.count)), .client(get), .client(get)],
            ["POST /p", "", "GET /a"]),
        Case(
            "a request in the middle of a body", [.client(post(60) + "x"), .client(get), .client(get)],
            ["POST /p", "", ""]),
        Case(
            "a body's end and a request in one segment",
            [.client(post(5) + "ab"), .client("cde" + get), .client(get)], ["POST /p", "GET /a", "GET /a"]),
        Case(
            "a request behind the end that goes on",
            [.client(post(5) + "ab"), .client("cdeGET /b HTTP/1.1\r\nHo"), .client("st: a\r\n\r\n" + get)],
            ["POST /p", "GET /b HTTP/1.1 …", "GET /b, GET /a"]),
        Case(
            "a body that looks like a response",
            [.client(get), .server(ok(fake.utf8.count)), .server(fake), .server(ok(0))],
            ["GET /a", "200 OK", "", "200 OK"]),
        Case(
            "the same where headers came in two segments",
            [
                .client(get), .server("HTTP/1.1 200 OK\r\nContent-Le"), .server("ngth: \(fake.utf8.count)\r\n\r\n"),
                .server(fake),
            ],
            ["GET /a", "200 OK …", "200 OK", ""]),
        Case(
            "the response to HEAD has no body", [.client(head), .server(ok(500)), .client(get), .server(ok(2) + "ab")],
            ["HEAD /a", "200 OK", "GET /a", "200 OK"]),
        Case(
            "HEAD and GET at once", [.client(head + get), .server(ok(500)), .server(ok(2)), .server("ab" + ok(0))],
            ["HEAD /a, GET /a", "200 OK", "200 OK", "200 OK"]),
        Case(
            "requests that were not captured: it may have been HEAD",
            [.server(ok(500)), .server(ok(0)), .server(ok(1))],
            ["200 OK", "200 OK", "200 OK"]),
        Case(
            "not if the body is about HTTP",
            [.server("HTTP/1.1 200 OK\r\nContent-Type: message/http\r\nContent-Length: 44\r\n\r\n"), .server(fake)],
            ["200 OK", ""]),
        Case(
            "204 and 304 have no body, whatever they say",
            [
                .client(get), .server("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"), .client(get),
                .server(ok(0)),
            ],
            ["GET /a", "304 Not Modified", "GET /a", "200 OK"]),
        Case(
            "100 is no answer",
            [.client(post(3)), .server("HTTP/1.1 100 Continue\r\n\r\n"), .client("abc"), .server(ok(0))],
            ["POST /p", "100 Continue", "", "200 OK"]),
        Case(
            "a body until the stream's end",
            [.client(get), .server("HTTP/1.1 200 OK\r\n\r\n"), .server(fake), .server(fake)],
            ["GET /a", "200 OK", "", ""]),
        Case(
            "chunks over segments",
            [
                .client(get), .server(chunked + "1"), .server("0\r\n" + "0123456789abcdef"), .server("\r\n2;x=y\r\n"),
                .server("ab\r\n0\r\nT: v\r\n"), .server("\r\n" + ok(0)),
            ],
            ["GET /a", "200 OK", "", "", "", "200 OK"]),
        Case(
            "a chunk that looks like a response",
            [.client(get), .server(chunked + "2c\r\n"), .server(fake), .server("\r\n0\r\n\r\n"), .server(ok(0))],
            ["GET /a", "200 OK", "", "", "200 OK"]),
        Case(
            "chunks count, not the length beside them (RFC 9112 section 6.3)",
            [
                .client(get), .server("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
                .server("2c\r\n"), .server(fake),
            ],
            ["GET /a", "200 OK", "", ""]),
        Case(
            "what is no chunk ends the following",
            [.client(get), .server(chunked), .server("zz\r\n"), .server(ok(0))], ["GET /a", "200 OK", "", "200 OK"]),
        Case(
            "another protocol after 101",
            [
                .client(get), .server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), .client(get),
                .server(fake),
            ],
            ["GET /a", "101 Switching Protocols", "", ""]),
        Case(
            "HTTP in a tunnel",
            [
                .client("CONNECT a:80 HTTP/1.1\r\n\r\n"), .server("HTTP/1.1 200 OK\r\n\r\n"), .client(get),
                .server(ok(0)),
            ],
            ["CONNECT a:80", "200 OK", "GET /a", "200 OK"]),
        Case(
            "a body that comes again", [.client(post(get.utf8.count)), .client(get), .again, .client(get), .again],
            ["POST /p", "", "", "GET /a", "GET /a"]),
        Case(
            "a hole in a body", [.client(post(100)), .lost(60), .client(get), .client("0123456789ab" + get)],
            ["POST /p", "", "GET /a"]),
        Case("a hole where it ends", [.client(post(100)), .lost(110), .client(get)], ["POST /p", "GET /a"]),
        Case(
            "a hole in chunks", [.client(get), .server(chunked + "ff\r\n"), .lost(10), .server(ok(0))],
            ["GET /a", "200 OK", "200 OK"]),
        Case(
            "a new connection of the same ports", [.client(post(100)), .syn, .client(get)], ["POST /p", "", "GET /a"]),
    ]

    @Test(arguments: cases) func told(row: Case) {
        var assembler = MessageAssembler(seed: 1)
        var decoder = PacketDecoder()
        var again = PacketDecoder()
        var told: [String] = []
        for (number, packet) in Self.packets(row.moves).enumerated() {
            packet.decoded(number: number + 1) { packet in
                guard let hint = assembler.hint(for: packet) else {
                    return told.append(Self.tell(packet, &assembler, &again))
                }
                told.append(Self.tell(decoder.decode(packet.frame, application: hint), &assembler, &again))
            }
        }
        #expect(told == row.told)
    }

    /// The same by what all packets before one tell of it.
    @Test(arguments: cases) func toldByFlows(row: Case) {
        var flows = FlowKnowledge(seed: 1)
        var decoder = PacketDecoder()
        var whole = PacketDecoder()
        var told: [String] = []
        for (number, packet) in Self.packets(row.moves).enumerated() {
            packet.decoded(number: number + 1) { packet in
                var context = flows.look(up: packet)
                var lines = Self.startLines(packet)
                if let hint = context.hint {
                    let again = decoder.decode(packet.frame, application: hint)
                    flows.add(again, &context)
                    lines = Self.startLines(again)
                }
                guard let part = context.message else { return told.append(lines) }
                guard part.isLast else { return told.append("…") }
                told.append(
                    Self.startLines(
                        whole.decode(
                            flows.message, of: .tcp, application: ApplicationHint(.http, fromServer: false),
                            header: packet.frame.header)))
            }
        }
        #expect(told == row.told)
    }

    private static func tell(
        _ packet: Packet, _ assembler: inout MessageAssembler, _ decoder: inout PacketDecoder
    ) -> String {
        guard let part = assembler.add(packet) else { return startLines(packet) }
        guard part.isLast else { return "…" }
        return startLines(
            decoder.decode(
                assembler.message, of: .tcp, application: ApplicationHint(.http, fromServer: false),
                header: packet.frame.header))
    }

    /// The start lines without their version.
    private static func startLines(_ packet: Packet) -> String {
        (0..<packet.layers.count).filter { packet.layers[$0].kind == .http }.map { index in
            let bytes = packet.headerBytes(at: index)
            let text = String(decoding: (0..<bytes.byteCount).map { bytes.byte(at: $0) }, as: UTF8.self)
            let line = text.split(separator: "\r\n").first.map(String.init) ?? ""
            if packet.layers[index].traits.contains(.continues) {
                return (line.hasPrefix("HTTP/1.1 ") ? String(line.dropFirst(9)) : line) + " …"
            }
            return line.hasPrefix("HTTP/1.1 ") ? String(line.dropFirst(9)) : String(line.dropLast(9))
        }.joined(separator: ", ")
    }

    private static func packets(_ moves: [Move]) -> [BuiltPacket] {
        let client = Endpoint(address: .v4(IPv4Address(192, 0, 2, 1)), port: 40000)
        let server = Endpoint(address: .v4(IPv4Address(192, 0, 2, 2)), port: 80)
        // Numbers that wrap.
        var (sent, answered): (UInt32, UInt32) = (0xffff_ffe0, 0xffff_fff0)
        var isServers = false
        return moves.compactMap { move in
            switch move {
            case .client(let text):
                isServers = false
                defer { sent &+= UInt32(text.utf8.count) }
                return segment(from: client, to: server, sent, answered, text)
            case .server(let text):
                isServers = true
                defer { answered &+= UInt32(text.utf8.count) }
                return segment(from: server, to: client, answered, sent, text)
            case .lost(let count):
                if isServers { answered &+= UInt32(count) } else { sent &+= UInt32(count) }
                return nil
            case .again:
                let text =
                    switch moves.last(where: { if case .client = $0 { true } else { false } }) {
                    case .client(let text)?: text
                    default: ""
                    }
                return segment(from: client, to: server, sent &- UInt32(text.utf8.count), answered, text)
            case .syn:
                (sent, answered) = (5000, 9000)
                return BuiltPacket(
                    tcpFrom: client, to: server, flags: [.syn], sequence: 4999, acknowledgment: 0, payload: [])
            }
        }
    }

    private static func segment(
        from source: Endpoint, to destination: Endpoint, _ sequence: UInt32, _ acknowledgment: UInt32, _ text: String
    ) -> BuiltPacket {
        BuiltPacket(
            tcpFrom: source, to: destination, flags: [.psh, .ack], sequence: sequence, acknowledgment: acknowledgment,
            payload: Array(text.utf8))
    }
}
