import Conversations
import PacketDecoding
import Testing

/// Retransmissions, times and totals.
@Suite struct ConversationDetailTests {
    let scene: Scene
    var client: Peer { scene.client }
    var server: Peer { scene.server }
    /// Three lines; each test goes on from frame 4.
    let handshake: [Line]

    init() {
        scene = Scene()
        handshake = [scene.client.syn, scene.server.synAck, scene.client.ack]
    }

    struct Repetition: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let lines: @Sendable (Scene) -> [Line]
        /// Indices of the lines that are retransmissions.
        let repeated: [Int]

        init(_ description: String, repeated: [Int], _ lines: @escaping @Sendable (Scene) -> [Line]) {
            testDescription = description
            self.lines = lines
            self.repeated = repeated
        }
    }

    @Test(arguments: [
        Repetition("a SYN", repeated: [1]) { [$0.client.syn, $0.client.again([.syn])] },
        Repetition("a SYN,ACK", repeated: [2]) {
            [$0.client.syn, $0.server.synAck, $0.server.again([.syn, .ack])]
        },
        Repetition("all of a segment", repeated: [1]) {
            [$0.client.data("Michael"), $0.client.again([.ack], "Michael")]
        },
        Repetition("a FIN", repeated: [1]) { [$0.client.fin, $0.client.again([.fin, .ack])] },
        Repetition("data now with a FIN", repeated: [1]) {
            [$0.client.data("Michael"), $0.client.segment([.fin, .ack], "Michael", from: $0.client.next &- 7)]
        },
        Repetition("part of a segment", repeated: [1]) {
            [$0.client.data("Michael"), $0.client.data("elTracy", at: 5)]
        },
        Repetition("no ACK", repeated: []) { [$0.client.data("Michael"), $0.server.ack, $0.server.ack] },
        Repetition("no segment out of order", repeated: [3]) {
            [
                $0.client.data("abc"), $0.client.data("ghi", at: 6), $0.client.data("def", at: 3),
                $0.client.data("def", at: 3),
            ]
        },
        Repetition("no keep-alive, with or without its byte", repeated: []) {
            [
                $0.client.data("Michael"), $0.server.ack, $0.client.data("", at: 6), $0.client.data("l", at: 6),
                $0.server.ack,
            ]
        },
        Repetition("a last byte that was not acknowledged", repeated: [1]) {
            [$0.client.data("Michael"), $0.client.data("l", at: 6)]
        },
        Repetition("nothing that a RST carries", repeated: []) {
            [$0.client.data("Michael"), $0.client.segment([.rst, .ack], "Michael", from: $0.client.next &- 7)]
        },
        Repetition("nothing from before the capture", repeated: []) {
            [$0.client.segment([.ack], "later", from: 9000), $0.client.segment([.ack], "early", from: 8995)]
        },
    ])
    func `it is a retransmission to repeat`(_ row: Repetition) throws {
        let steps = try play(Scene(), row.lines(Scene()))
        #expect(steps.indices.filter { steps[$0].notes.contains(.retransmission) } == row.repeated)
    }

    @Test func `bytes are counted once`() throws {
        var table = ConversationTable(seed: 1)
        _ = try play(
            scene,
            handshake + [
                client.data("abc"), client.data("ghi", at: 6), client.data("def", at: 3), client.data("cdefg", at: 2),
                client.data("ijkl", at: 8), server.data("ok"),
            ], in: &table)
        let conversation = try conversation(.tcp, 0, of: table)
        #expect(conversation.client.bytes == 12)
        #expect(conversation.client.packets == 7)
        #expect(conversation.server.bytes == 2)
        #expect(conversation.server.packets == 2)
        #expect(conversation.packets == 9)
    }

    @Test func `bytes are counted once under heavy loss`() throws {
        var table = ConversationTable(seed: 1)
        // Every other one of 600 segments is lost at first, and so is every fourth of those sent again.
        let lost = stride(from: 1, to: 600, by: 2).map { UInt32($0 * 10) }
        let first = (0..<600).filter { $0 % 2 == 0 }.map { client.data("0123456789", at: UInt32($0 * 10)) }
        let again = lost.enumerated().filter { $0.offset % 4 != 0 }.map { client.data("0123456789", at: $0.element) }
        let whole = lost.map { client.data("0123456789", at: $0) }
        _ = try play(scene, handshake + first + again, in: &table)
        #expect(try conversation(.tcp, 0, of: table).client.bytes == 3000 + 2250)
        _ = try play(scene, whole, in: &table, firstFrame: 1000)
        #expect(try conversation(.tcp, 0, of: table).client.bytes == 6000)
    }

    @Test func `retransmissions counted are those named`() throws {
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene,
            handshake + [
                client.data("abc"), client.data("ghi", at: 6), client.data("def", at: 3).after(900_000),
                client.again([.ack], "ghi").after(900_000), client.data("ghi", at: 6).after(1), server.ack,
                client.data("def", at: 3).after(900_000), client.again([.ack], "").after(20),
            ], in: &table)
        let named = steps.count { $0.side == .client && $0.analysis.contains(.retransmission) }
        #expect(named == 4)
        #expect(try conversation(.tcp, 0, of: table).client.retransmissions == named)
    }

    @Test func `an ACK of new data times its round trip`() throws {
        let steps = try play(
            scene,
            handshake + [
                client.data("one").after(10), client.data("two").after(5), server.ack.after(100),
                server.ack.after(50),
            ])
        #expect(steps.map(\.roundTripTime) == [nil, nil, nil, nil, nil, 100_000, nil])
    }

    @Test func `an ACK of part of what is on its way times that`() throws {
        let one = client.data("one").after(10)
        let upTo = client.next
        let steps = try play(
            scene,
            handshake + [one, client.data("two").after(5), server.ack(upTo: upTo).after(100), server.ack.after(50)])
        #expect(steps.suffix(2).map(\.roundTripTime) == [105_000, 150_000])
    }

    /// Karn's algorithm, RFC 6298 section 3.
    @Test func `data sent twice has no round trip time`() throws {
        let steps = try play(
            scene,
            handshake + [
                client.data("one"), client.again([.ack], "one").after(200), server.ack.after(30),
                client.data("two").after(10), server.ack.after(20),
            ])
        #expect(steps.suffix(3).map(\.roundTripTime) == [nil, nil, 20_000])
    }

    @Test func `a side's first payload after the other's has a response time`() throws {
        let steps = try play(
            scene,
            handshake + [
                client.data("GET ").after(10), client.data("/").after(10), server.ack.after(5),
                server.data("200 ").after(300), server.data("OK").after(10), client.data("GET ").after(40),
                client.again([.ack], "GET ").after(500), server.data("200").after(20),
            ])
        #expect(
            steps.dropFirst(3).map(\.responseTime) == [nil, nil, nil, 305_000, nil, 40_000, nil, 520_000])
    }

    @Test func `a clock that steps back gives no times`() throws {
        let steps = try play(scene, handshake + [client.data("a"), server.segment([.ack], "b").after(-1000)])
        #expect(steps[4].sincePrevious == -1_000_000)
        #expect(steps[4].roundTripTime == nil)
        #expect(steps[4].responseTime == nil)
    }

    @Test func `a conversation lasts from its earliest packet to its latest`() throws {
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene,
            [client.syn, server.synAck.after(-5000), client.ack.after(9000), client.data("a").after(-2000)], in: &table)
        let conversation = try conversation(.tcp, 0, of: table)
        #expect(conversation.firstTime == steps[1].timestamp)
        #expect(conversation.lastTime == steps[2].timestamp)
        #expect(conversation.firstFrame == 1)
        #expect(steps.map(\.sincePrevious) == [0, -5_000_000, 9_000_000, -2_000_000])
    }

    @Test func `frames without a time have none`() throws {
        var table = ConversationTable(seed: 1)
        for line in handshake {
            let step = try scene.built(line).step(in: &table)
            #expect(step.timestamp == nil)
            #expect(step.sincePrevious == 0)
        }
        let conversation = try conversation(.tcp, 0, of: table)
        #expect(conversation.firstTime == nil)
        #expect(conversation.handshakeTime == nil)
        #expect(conversation.serverState == .established)
    }

    @Test func `numbers count on past 2^32`() throws {
        let scene = Scene(clientISN: .max - 2, serverISN: 0x8000_0000)
        let (client, server) = (scene.client, scene.server)
        let lines =
            [client.syn, server.synAck, client.ack] + (0..<3).flatMap { _ in [client.data("Michael"), server.ack] }
        let steps = try play(scene, lines)
        #expect(steps.map(\.relativeSequenceNumber) == [0, 0, 1, 1, 1, 8, 1, 15, 1])
        #expect(steps.map(\.relativeAcknowledgmentNumber) == [0, 1, 1, 1, 8, 1, 15, 1, 22])
        #expect(steps.allSatisfy { !$0.notes.contains(.retransmission) })
    }

    @Test func `in midstream the first byte seen is number 1`() throws {
        let steps = try play(
            scene,
            [
                client.segment([.ack], "later", from: 9000, ack: 700),
                server.segment([.ack], "x", from: 700, ack: 9005),
                client.segment([.ack], "early", from: 8995, ack: 701),
            ])
        #expect(steps.map(\.relativeSequenceNumber) == [1, 1, -4])
        #expect(steps.map(\.relativeAcknowledgmentNumber) == [1, 6, 2])
    }

    @Test func `of two answers to a SYN the later one counts`() throws {
        let steps = try play(
            scene,
            [
                client.syn, server.segment([.syn, .ack], from: 800, ack: client.next), server.synAck, client.ack,
                server.data("a"),
            ])
        #expect(steps.map(\.relativeSequenceNumber) == [0, 0, 0, 1, 1])
        #expect(steps.map(\.conversation) == [0, 0, 0, 0, 0])
        #expect(steps.allSatisfy { !$0.notes.contains(.retransmission) })
    }

    @Test func `of two answers to a SYN the one that is acknowledged counts`() throws {
        var table = ConversationTable(seed: 1)
        let syn = client.syn
        let answer = server.synAck
        let steps = try play(
            scene,
            [
                syn, answer, server.segment([.syn, .ack], from: 800), client.ack, server.data("ab"),
                client.ack,
            ], in: &table)
        #expect(steps.map(\.relativeSequenceNumber) == [0, 0, 0, 1, 1, 1])
        #expect(steps.map(\.relativeAcknowledgmentNumber) == [0, 1, 1, 1, 1, 3])
        #expect(steps[3].notes == .handshakeComplete)
        #expect(try conversation(.tcp, 0, of: table).server.bytes == 2)
    }

    @Test func `a SYN that comes late belongs to what it began`() throws {
        var table = ConversationTable(seed: 1)
        let syn = client.syn
        let steps = try play(scene, [client.data("a"), syn, client.again([.syn], "")], in: &table)
        #expect(steps[1].conversation == 0)
        #expect(steps[1].relativeSequenceNumber == 0)
        #expect(!steps[1].notes.contains(.retransmission))
        #expect(table.conversation(.tcp, 0)?.sawBeginning == true)
    }

    struct Stray: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let line: @Sendable (Scene) -> Line

        init(_ description: String, _ line: @escaping @Sendable (Scene) -> Line) {
            testDescription = description
            self.line = line
        }
    }

    /// RFC 9293 section 3.10.7.4.
    @Test(arguments: [
        Stray("a RST ahead of the window") { $0.server.segment([.rst], from: $0.server.next &+ 2_000_000_000) },
        Stray("a RST just past the window") { $0.server.segment([.rst], from: $0.server.next &+ 70_000) },
        Stray("a RST in the window") { $0.server.segment([.rst], from: $0.server.next &+ 60_000) },
        Stray("a RST one behind the next number") { $0.server.segment([.rst], from: $0.server.next &+ 1) },
        Stray("a RST before the next number") { $0.server.segment([.rst], from: $0.server.next &- 1) },
        Stray("a RST behind the window") { $0.server.segment([.rst], from: $0.server.next &- 100_000) },
        Stray("a FIN ahead of the window") { $0.server.segment([.fin, .ack], from: $0.server.next &+ 1_000_000_000) },
        Stray("an ACK of what was not sent") { $0.server.segment([.ack], ack: $0.client.next &+ 1_000_000_000) },
        Stray("a segment without flags") { $0.server.segment([], "none", from: $0.server.next) },
        Stray("a FIN without ACK") { $0.server.segment([.fin], from: $0.server.next) },
        Stray("FIN, PSH and URG") { $0.server.segment([.fin, .psh, .urg], from: $0.server.next) },
        Stray("a FIN with such an ACK") { $0.server.segment([.fin, .ack], from: $0.server.next, ack: 0x7000_0000) },
    ])
    func `a connection goes on after`(_ stray: Stray) throws {
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene,
            handshake + [
                client.data("one"), stray.line(scene), server.ack.after(10), client.data("two"), server.ack.after(20),
                client.fin, server.fin, client.ack,
            ], in: &table)
        #expect(steps[4].states == "ESTABLISHED | ESTABLISHED")
        #expect(!steps[4].notes.isDisjoint(with: [.unacceptable, .challenged]))
        #expect(steps[4].phase == .data)
        #expect(steps.map(\.roundTripTime)[5...7] == [10_000, nil, 20_000])
        #expect(steps[8].notes == .firstFIN)
        #expect(steps[10].notes == .closed)
        #expect(try conversation(.tcp, 0, of: table).outcome == .closed)
        #expect(try conversation(.tcp, 0, of: table).closedBy == .client)
    }

    @Test(arguments: [
        Stray("a FIN") { $0.server.segment([.fin, .ack], from: $0.server.next &+ 60_000) },
        Stray("a FIN that acknowledges more than was captured") {
            $0.server.segment([.fin, .ack], ack: $0.client.next &+ 60_000)
        },
    ])
    func `what was lost from the capture does not keep back`(_ stray: Stray) throws {
        let steps = try play(scene, handshake + [stray.line(scene)])
        #expect(steps[3].states != "ESTABLISHED | ESTABLISHED")
    }

    @Test func `header fields are handed on`() throws {
        let packet = BuiltPacket(
            tcpFrom: scene.clientEnd, to: scene.serverEnd, flags: [.syn, .ece], sequence: 7, window: 64240,
            options: [2, 4, 5, 180])
        var table = ConversationTable(seed: 1)
        let step = try packet.step(in: &table, number: 3)
        #expect(step.maximumSegmentSize == 1460)
        #expect(step.window == 64240)
        #expect(step.flags == [.syn, .ece])
        #expect(step.frame == 3)
    }

    @Test func `the server's Welcome makes it a greeting`() throws {
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene,
            handshake + [server.data("Welcome!"), client.ack, client.data("Michael"), server.data("Hello, Michael!")],
            in: &table)
        #expect(steps.map(\.application) == [nil, nil, nil, .greeting, nil, .greeting, .greeting])
        #expect(steps.map(\.decodingHint) == [nil, nil, nil, .greeting, nil, .greeting, .greeting])
        #expect(table.conversation(.tcp, 0)?.application == .greeting)
    }

    @Test func `what the decoder found needs no hint`() throws {
        var packet = scene.built(client.data("Michael"))
        packet.layers = [
            Layer(.ipv4, at: 0, headerLength: 20, end: 47), Layer(.tcp, at: 20, headerLength: 20, end: 47),
            Layer(.greeting, at: 40, headerLength: 7, end: 47),
        ]
        var table = ConversationTable(seed: 1)
        let step = try packet.step(in: &table)
        #expect(step.application == .greeting)
        #expect(step.decodingHint == nil)
        #expect(table.conversation(.tcp, 0)?.application == .greeting)
    }

    @Test(
        arguments: [
            ("the client's second message", [ConversationSide.client, .client], ["hello", "Welcome!"]),
            ("the server's second message", [.server, .server], ["hello", "Welcome!"]),
            ("the client's first after the server's", [.server, .client], ["hello", "Welcome!"]),
            ("a little less", [.server, .client], ["Welcome", "!"]),
        ] as [(String, [ConversationSide], [String])])
    func `Welcome makes no greeting in`(_ place: String, sides: [ConversationSide], texts: [String]) throws {
        let lines = zip(sides, texts).map { side, text in (side == .client ? client : server).data(text) }
        let steps = try play(scene, handshake + lines)
        #expect(steps.allSatisfy { $0.application == nil }, "\(place)")
    }
}
