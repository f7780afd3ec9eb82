import PacketDecoding
import Testing

@testable import Conversations

/// Who is the client of a conversation whose SYN was not captured.
@Suite struct RoleJudgeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let ports: (client: UInt16, server: UInt16)
        let evidence: RoleEvidence
        let lines: @Sendable (Scene) -> [Line]

        init(
            _ description: String, _ client: UInt16, _ server: UInt16, _ evidence: RoleEvidence,
            _ lines: @escaping @Sendable (Scene) -> [Line]
        ) {
            testDescription = description
            ports = (client, server)
            self.evidence = evidence
            self.lines = lines
        }
    }

    /// The server speaks first in each; `client` is who must come out as that.
    @Test(arguments: [
        Case("HTTP from a port of its own", 40_000, 3000, .content) { [$0.server.data("HTTP/1.1 200 OK\r\n")] },
        Case("an ACK of the server's, then its answer", 40_000, 33_000, .content) {
            [$0.server.ack, $0.server.data("HTTP/1.0 404 Not Found\r\n")]
        },
        Case("a request after an ACK of the server's", 50_000, 50_051, .content) {
            [$0.server.ack, $0.client.data("GET /a HTTP/1.1\r\n")]
        },
        Case("the preface of HTTP/2", 40_000, 40_001, .content) {
            [$0.server.ack, $0.client.data("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
        },
        Case("gRPC's port, though both may be clients'", 40_000, 50_051, .servicePort) { [$0.server.ack] },
        Case("a TLS alert", 40_000, 443, .servicePort) { [$0.server.bytes([21, 3, 3, 0, 2, 1, 0])] },
        Case("a TLS server hello from anywhere", 40_000, 45_000, .content) {
            [$0.server.bytes([22, 3, 3, 0, 80, 2, 0, 0, 76, 3, 3] + [UInt8](repeating: 7, count: 70))]
        },
        Case("a TLS client hello to anywhere", 40_000, 45_000, .content) {
            [$0.server.ack, $0.client.bytes([22, 3, 1, 0, 80, 1, 0, 0, 76, 3, 3] + [UInt8](repeating: 7, count: 70))]
        },
        Case("an encrypted handshake record tells nothing", 45_000, 40_000, .firstPacket) {
            [$0.client.bytes([22, 3, 3, 0, 80, 2, 0x5e, 0x81, 76, 0x99, 0x12] + [UInt8](repeating: 7, count: 70))]
        },
        Case("PostgreSQL", 40_000, 5432, .servicePort) { [$0.server.bytes([0x5a, 0, 0, 0, 5, 0x49])] },
        Case("PostgreSQL against an old system's client port", 5431, 5432, .servicePort) { [$0.server.ack] },
        Case("Redis", 20_001, 6379, .servicePort) { [$0.server.data("$3\r\nabc\r\n")] },
        Case("MQTT's CONNECT", 40_000, 41_883, .content) {
            [$0.server.ack, $0.client.bytes([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0])]
        },
        Case("SMTP's banner", 40_000, 40_025, .content) { [$0.server.data("220 mail.example.org ESMTP\r\n")] },
        Case("SSH, where both say the same", 40_000, 22, .servicePort) { [$0.server.data("SSH-2.0-OpenSSH_9.6\r\n")] },
        Case("FTP's data connection, which the FTP server opens", 20, 50_000, .servicePort) { [$0.server.ack] },
        Case("BGP", 51_000, 179, .servicePort) { [$0.server.data("x")] },
        Case("a mail about HTTP", 40_000, 25, .servicePort) {
            [$0.client.data("HTTP/1.1 500 is what it said\r\n"), $0.client.data("220 and this\r\n")]
        },
        Case("a file about HTTP", 20, 50_000, .servicePort) { [$0.server.ack, $0.client.data("HTTP/1.1 200 OK\r\n")] },
        Case("NFS from a reserved port", 800, 2049, .servicePort) { [$0.server.ack] },
        Case("a port of the clients' range against a lower one", 60_000, 3001, .ephemeralPort) { [$0.server.ack] },
        Case("a FIN first", 60_000, 3001, .ephemeralPort) { [$0.server.fin] },
        Case("a RST first", 60_000, 8080, .servicePort) { [$0.server.rst] },
        Case("a keep-alive first", 60_000, 8080, .servicePort) { [$0.server.segment([.ack], from: 4999, ack: 1001)] },
        Case("nothing but the order", 50_000, 40_000, .firstPacket) { [$0.client.data("x"), $0.server.data("y")] },
        Case("nothing but the order, below", 5000, 6000, .firstPacket) { [$0.client.data("x"), $0.server.data("y")] },
        Case("a DNS answer", 44_444, 53, .content) { [$0.server.datagram(dns(isAnswer: true))] },
        Case("a DNS answer between servers", 53, 53, .content) { [$0.server.datagram(dns(isAnswer: true))] },
        Case("a DNS answer over TCP", 53, 53, .content) { [$0.server.bytes([0, 12] + dns(isAnswer: true))] },
        Case("multicast DNS is among equals", 5353, 5353, .firstPacket) { [$0.client.datagram(dns(isAnswer: true))] },
        Case("NTP's server mode", 123, 123, .content) {
            [$0.server.datagram([0x24] + [UInt8](repeating: 0, count: 47))]
        },
        Case("NTP's symmetric mode", 123, 123, .firstPacket) {
            [$0.client.datagram([0x21] + [UInt8](repeating: 0, count: 47))]
        },
        Case("DHCP", 68, 67, .servicePort) { [$0.server.datagram([9])] },
        Case("DHCPv6", 546, 547, .servicePort) { [$0.server.datagram([2, 0, 0, 1])] },
        Case("QUIC, the server first", 50_000, 443, .servicePort) { [$0.server.datagram([0x41, 2, 3, 4])] },
    ])
    func `the client is known`(_ known: Case) throws {
        for version in [4, 6] {
            let scene = Scene(version: version, clientPort: known.ports.client, serverPort: known.ports.server)
            var table = ConversationTable(seed: 1)
            let lines = known.lines(scene)
            let steps = try play(scene, lines, in: &table)
            let transport = steps[0].transport
            let conversation = try conversation(transport, 0, of: table)
            #expect(conversation.key.client == scene.clientEnd)
            #expect(conversation.roleEvidence == known.evidence)
            #expect(steps.last?.side == lines.last?.side)
        }
    }

    @Test func `totals, times, states and closer change places with the roles`() throws {
        let scene = Scene(clientPort: 45_000, serverPort: 44_000)
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene,
            [
                scene.server.data("....").after(1), scene.client.ack.after(2), scene.client.data("hello").after(100),
                scene.server.data("HTTP/1.1 200 OK\r\n").after(30), scene.client.fin.after(7), scene.server.ack,
            ], in: &table)
        #expect(steps.map(\.side) == [.client, .server, .server, .server, .client, .server])
        #expect(steps.map { $0.notes.contains(.rolesChanged) } == [false, false, false, true, false, false])
        #expect(steps[3].responseTime == 30_000)
        #expect(steps[4].clientState == .finWait1)
        let conversation = try conversation(.tcp, 0, of: table)
        #expect(conversation.key == ConversationKey(transport: .tcp, client: scene.clientEnd, server: scene.serverEnd))
        #expect(conversation.client.bytes == 5)
        #expect(conversation.server.bytes == 21)
        #expect(conversation.server.thinkTime == 30_000)
        #expect(conversation.client.thinkTime == 102_000)
        #expect(conversation.closedBy == .client)
        #expect(conversation.clientState == .finWait2)
    }

    @Test(arguments: [true, false])
    func `a SYN elsewhere tells who listens, before and after`(isBefore: Bool) throws {
        let scene = Scene(clientPort: 3000, serverPort: 50_000)
        let other = Scene(clientPort: 41_000, serverPort: 50_000)
        for hasAnswer in [true, false] {
            var table = ConversationTable(seed: 1)
            let opening = [other.client.syn] + (hasAnswer ? [other.server.synAck] : [])
            if isBefore { _ = try play(other, opening, in: &table) }
            _ = try play(scene, [scene.server.data("a")], in: &table)
            if !isBefore { _ = try play(other, opening, in: &table) }
            var changed: [Int] = []
            table.settleRoles { changed.append($1) }
            #expect(changed == (isBefore ? [] : [0]))
            let conversation = try conversation(.tcp, isBefore ? 1 : 0, of: table)
            #expect(conversation.key.server.port == 50_000)
            #expect(conversation.server.bytes == 1)
            #expect(conversation.roleEvidence == (hasAnswer ? .listener : .attempt))
        }
    }

    @Test func `live, a later SYN corrects with the next packet`() throws {
        let scene = Scene(clientPort: 3000, serverPort: 50_000)
        let other = Scene(clientPort: 41_000, serverPort: 50_000)
        var table = ConversationTable(seed: 1)
        _ = try play(scene, [scene.server.data("a"), scene.client.data("b"), scene.server.ack], in: &table)
        _ = try play(other, [other.client.syn, other.server.synAck], in: &table)
        let steps = try play(scene, [scene.server.data("c"), scene.client.data("d")], in: &table)
        #expect(steps.map(\.side) == [.server, .client])
        #expect(steps.map { $0.notes.contains(.rolesChanged) } == [true, false])
    }

    @Test func `at a port at which anybody answers a host listens`() throws {
        var other = Scene(clientPort: 41_000, serverPort: 40_900)
        other.serverEnd = Endpoint(address: .v4(IPv4Address(198, 51, 100, 7)), port: 40_900)
        let scene = Scene(clientPort: 41_001, serverPort: 40_900)
        var table = ConversationTable(seed: 1)
        _ = try play(other, [other.client.syn, other.server.synAck], in: &table)
        let steps = try play(scene, [scene.server.data("a")], in: &table)
        #expect(steps[0].side == .server)
        #expect(try conversation(.tcp, 1, of: table).roleEvidence == .servicePort)
    }

    /// A scan of the client's port must not turn what was said.
    @Test func `a SYN without answer is weaker than what was said`() throws {
        let scene = Scene(clientPort: 40_000, serverPort: 44_000)
        var scan = Scene(clientPort: 41_000, serverPort: 40_000)
        scan.serverEnd = scene.clientEnd
        var table = ConversationTable(seed: 1)
        _ = try play(scene, [scene.client.data("GET / HTTP/1.1\r\n")], in: &table)
        _ = try play(scan, [scan.client.syn], in: &table)
        let steps = try play(scene, [scene.server.data("HTTP/1.1 200 OK\r\n")], in: &table)
        table.settleRoles()
        #expect(steps[0].side == .server)
        #expect(try conversation(.tcp, 0, of: table).key.client == scene.clientEnd)
    }

    @Test func `ports reused the other way round leave what was said`() throws {
        let scene = Scene(clientPort: 40_000, serverPort: 80)
        var table = ConversationTable(seed: 1)
        _ = try play(scene, [scene.server.data("HTTP/1.1 200 OK\r\n"), scene.client.ack], in: &table)
        let steps = try play(
            scene,
            [
                scene.server.segment([.syn], from: 900_000),
                scene.client.segment([.syn, .ack], from: 700_000, ack: 900_001),
            ],
            in: &table)
        table.settleRoles()
        #expect(steps.map(\.conversation) == [1, 1])
        #expect(steps.map(\.side) == [.client, .server])
        #expect(try conversation(.tcp, 0, of: table).key.client == scene.clientEnd)
        #expect(try conversation(.tcp, 1, of: table).key.client == scene.serverEnd)
    }

    @Test func `its own SYN, captured late, is stronger than all`() throws {
        let scene = Scene(clientPort: 22, serverPort: 50_000)
        let (syn, synAck) = (scene.client.syn, scene.server.synAck)
        let steps = try play(scene, [scene.client.ack, syn, synAck, scene.server.data("HTTP/1.1 200 OK\r\n")])
        #expect(steps.map(\.side) == [.server, .client, .server, .server])
        #expect(steps[1].notes.contains(.rolesChanged))
        #expect(steps.map(\.conversation) == [0, 0, 0, 0])
    }

    @Test func `what is the same evidence does not turn it back`() throws {
        let scene = Scene(clientPort: 40_000, serverPort: 41_000)
        let steps = try play(
            scene,
            [
                scene.server.data("HTTP/1.1 200 OK\r\n"), scene.client.data("HTTP/1.1 200 OK\r\n"),
                scene.server.data("GET / HTTP/1.1\r\n"),
            ])
        #expect(steps.map(\.side) == [.server, .client, .server])
    }

    @Test func `streams go on where they were`() throws {
        let scene = Scene(clientPort: 45_000, serverPort: 44_000)
        var table = ConversationTable(seed: 1)
        var streams = StreamReassembler()
        var heard = Heard()
        let lines = [
            scene.server.data("one "), scene.client.data("ask"), scene.server.data("HTTP/1.1 200 OK"),
            scene.client.data("!"),
        ]
        for (number, line) in lines.enumerated() {
            let step = try scene.built(line).step(in: &table, number: number + 1, timestamp: nil)
            unsafe streams.observe(step, line.payload.span.bytes, into: &heard)
        }
        streams.finish(into: &heard)
        #expect(heard.said == ["client 0 one ", "server 0 ask", "server 4 HTTP/1.1 200 OK", "client 3 !"])
    }

    private struct Heard: StreamConsumer {
        var said: [String] = []

        mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
            let text = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
            said.append("\(place.side) \(place.offset) \(text)")
        }
        mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {}
    }

    @Test func `listeners take no more than their memory`() {
        var book = ListenerBook()
        let hasher = FlowHasher(seed: 1)
        let kind = FlowKind(.tcp, isIPv6: false)
        let real = hasher.hashEnd(AddressWords(IPv4Address(10, 0, 0, 1)), 443, kind)
        book.note(real, port: 443, isAnswering: true)
        for address in 0..<8 as Range<UInt8> {
            for port in UInt16.min ... .max {
                book.note(
                    hasher.hashEnd(AddressWords(IPv4Address(192, 0, 2, address)), port, kind), port: port,
                    isAnswering: false)
            }
        }
        #expect(book.size <= ListenerBook.capacity)
        // A scan, which nobody answers, pushes none out that did.
        #expect(book.standing(real) == .answered)
        #expect(book.isAnswered(443))
        #expect(!book.isAnswered(444))
    }
}

private func dns(isAnswer: Bool) -> [UInt8] { [0, 1, isAnswer ? 0x81 : 1, 0, 0, 0, 0, 0, 0, 0, 0, 0] }

extension Peer {
    fileprivate func bytes(_ payload: [UInt8]) -> Line {
        var line = segment([.psh, .ack])
        line.payload = payload
        next &+= UInt32(payload.count)
        return line
    }

    fileprivate func datagram(_ payload: [UInt8]) -> Line { Line(side: side, content: .datagram, payload: payload) }
}
