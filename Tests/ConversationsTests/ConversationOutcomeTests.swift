import Conversations
import PacketDecoding
import Testing

/// What a conversation is called at the end of the capture.
@Suite struct ConversationOutcomeTests {
    let scene = Scene(clientISN: 1000, serverISN: 5000)
    var client: Peer { scene.client }
    var server: Peer { scene.server }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let outcome: ConversationOutcome
        let lines: @Sendable (Peer, Peer) -> [Line]

        init(
            _ description: String, _ outcome: ConversationOutcome, _ lines: @escaping @Sendable (Peer, Peer) -> [Line]
        ) {
            testDescription = description
            self.outcome = outcome
            self.lines = lines
        }
    }

    static let rows: [Row] = [
        Row("a SYN", .unanswered) { client, _ in [client.syn] },
        Row("a SYN with payload", .unanswered) { client, _ in [client.segment([.syn], "early")] },
        Row("a SYN three times", .unanswered) { client, _ in [client.syn, client.again([.syn]), client.again([.syn])] },
        Row("a SYN,ACK without a third segment", .unfinished) { client, server in [client.syn, server.synAck] },
        Row("a SYN,ACK three times", .unfinished) { client, server in
            [client.syn, server.synAck, server.again([.syn, .ack]), server.again([.syn, .ack])]
        },
        Row("a SYN,ACK alone", .unfinished) { client, server in [server.segment([.syn, .ack], ack: 77)] },
        Row("an ACK of an old connection", .unfinished) { client, server in
            [client.syn, server.segment([.ack], from: 9, ack: 7)]
        },
        Row("a handshake", .open) { client, server in [client.syn, server.synAck, client.ack] },
        Row("data alone", .open) { client, _ in [client.data("a")] },
        Row("a handshake without its SYN,ACK", .open) { client, server in
            [client.syn, client.segment([.ack], "a", ack: 9)]
        },
        // A server's data waits for the end of the handshake (RFC 9293 section 3.10.2): the client's ACK is missing.
        Row("a RST in answer to what the server says", .reset) { client, server in
            [client.syn, server.synAck, server.data("220 ready"), client.abort]
        },
        Row("a RST in answer to a SYN,ACK", .halfOpenScan) { client, server in
            [client.syn, server.synAck, client.abort]
        },
        Row("a RST of the server's after its SYN,ACK", .reset) { client, server in
            [client.syn, server.synAck, server.abort]
        },
        Row("a RST after the handshake", .reset) { client, server in
            [client.syn, server.synAck, client.ack, client.abort]
        },
        Row("a RST in answer to a SYN,ACK that nobody asked for", .reset) { client, server in
            [server.segment([.syn, .ack], ack: 77), client.segment([.rst], from: 77)]
        },
        Row("a RST in answer to a SYN", .refused) { client, server in
            [client.syn, server.segment([.rst, .ack], from: 0, ack: client.next)]
        },
        Row("a RST in answer to a SYN with payload", .refused) { client, server in
            [client.segment([.syn], "early"), server.segment([.rst, .ack], from: 0, ack: client.next)]
        },
        Row("a SYN again after that", .unanswered) { client, server in
            [client.syn, server.segment([.rst, .ack], from: 0, ack: client.next), client.again([.syn])]
        },
    ]

    @Test(arguments: rows)
    func `a conversation has the state that its packets show`(_ row: Row) throws {
        var table = ConversationTable(seed: 1)
        let lines = row.lines(client, server)
        _ = try play(scene, lines, in: &table)
        #expect(try conversation(.tcp, 0, of: table).outcome == row.outcome)
        #expect(table.summary(.tcp, 0)?.outcome == row.outcome)
        var counted = ConversationTable(seed: 1)
        count(scene, lines, in: &counted)
        #expect(counted.summary(.tcp, 0)?.outcome == row.outcome)
        #expect(try conversation(.tcp, 0, of: counted).outcome == row.outcome)
    }

    @Test func `a round trip is that of a SYN,ACK`() throws {
        var table = ConversationTable(seed: 1)
        _ = try play(
            scene, [client.syn, server.segment([.rst, .ack], from: 0, ack: client.next).after(10)], in: &table)
        #expect(try conversation(.tcp, 0, of: table).initialRoundTripTime == nil)
        var other = ConversationTable(seed: 1)
        _ = try play(
            scene,
            [
                client.again([.syn]), server.segment([.ack], from: 9, ack: 7).after(10), client.again([.syn]).after(10),
                server.synAck.after(20), client.ack.after(5),
            ], in: &other)
        #expect(try conversation(.tcp, 0, of: other).initialRoundTripTime == 25_000)
    }

    /// RFC 7413 section 4.2.2.
    @Test func `with data on the SYN, the third ACK completes the handshake`() throws {
        let steps = try play(
            scene,
            [
                client.segment([.syn], "GET"), server.synAck.after(1000), server.data("OK").after(1000),
                client.ack.after(1000), server.data("more"),
            ])
        #expect(
            steps.map(\.states).suffix(3) == [
                "ESTABLISHED | SYN-RECEIVED", "ESTABLISHED | ESTABLISHED", "ESTABLISHED | ESTABLISHED",
            ])
        #expect(steps[3].notes.contains(.handshakeComplete))
        #expect(steps[3].handshakeTime == 3_000_000)
    }

    @Test(arguments: [true, false])
    func `a SYN that is answered replaces what was there`(isAnswered: Bool) throws {
        var table = ConversationTable(seed: 1)
        var again = scene
        again.reopen(clientISN: 90_000, serverISN: 7)
        _ = try play(
            scene,
            [client.syn, server.synAck, client.ack, client.data("a"), again.client.syn]
                + (isAnswered ? [again.server.synAck, again.client.ack] : []), in: &table)
        #expect(try conversation(.tcp, 0, of: table).outcome == (isAnswered ? .replaced : .open))
        #expect(table.summary(.tcp, 0)?.outcome == (isAnswered ? .replaced : .open))
        #expect(try conversation(.tcp, 0, of: table).isOver == isAnswered)
        #expect(try conversation(.tcp, 1, of: table).outcome == (isAnswered ? .open : .unanswered))
    }
}
