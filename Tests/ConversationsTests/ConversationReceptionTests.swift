import Conversations
import PacketDecoding
import Testing

/// Which segments count, and which RST ends a connection: RFC 9293 section 3.10.7, RFC 5961 section 3.2.
@Suite struct ConversationReceptionTests {
    let scene = Scene(clientISN: 1000, serverISN: 5000)
    var client: Peer { scene.client }
    var server: Peer { scene.server }

    struct Script: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let lines: @Sendable (Peer, Peer) -> [Line]

        init(_ description: String, _ lines: @escaping @Sendable (Peer, Peer) -> [Line]) {
            testDescription = description
            self.lines = lines
        }
    }

    /// What both sides say after the SYN,ACK: `GET`, `RESPONSE`.
    private func talk() -> [Line] { [client.ack, client.data("GET"), server.data("RESPONSE"), client.ack] }

    /// The bytes of both streams.
    private func streams(_ lines: [Line]) throws -> (client: String, server: String) {
        var table = ConversationTable(seed: 1)
        var reassembler = StreamReassembler()
        var log = StreamLog()
        for (number, line) in lines.enumerated() {
            let step = try scene.built(line).step(in: &table, number: number + 1)
            let payload = line.payload
            unsafe reassembler.observe(step, payload.span.bytes, into: &log)
        }
        reassembler.finish(into: &log)
        return (log.client, log.server)
    }

    /// Numbers other than those of the SYN,ACK that follows, and the very same.
    private static let before: [Script] = [
        Script("data") { client, server in [server.segment([.psh, .ack], "FAKE", from: 700)] },
        Script("data with the right number") { client, server in [server.segment([.ack], "FAKE", from: 5001)] },
        Script("more data than follows") { client, server in [server.segment([.ack], "FAKE FAKE FAKE", from: 5001)] },
        Script("data behind a hole") { client, server in [server.segment([.ack], "FAKE", from: 5003)] },
        Script("data twice") { client, server in
            [server.segment([.ack], "FAKE", from: 5001), server.segment([.ack], "FAKE", from: 5005)]
        },
        Script("data around 2^32") { client, server in [server.segment([.ack], "FAKE", from: .max - 1)] },
        Script("a FIN") { client, server in [server.segment([.fin, .ack], from: 700)] },
        Script("a FIN with the right number") { client, server in [server.segment([.fin, .ack], from: 5001)] },
        Script("data and a FIN") { client, server in [server.segment([.fin, .ack], "FAKE", from: 5001)] },
        Script("a RST without ACK") { client, server in [server.segment([.rst], from: 5001)] },
        Script("a RST of another number") { client, server in [server.segment([.rst, .ack], from: 0, ack: 957)] },
        Script("a SYN,ACK of another number") { client, server in
            [server.segment([.syn, .ack], from: 700, ack: 900), client.segment([.rst], from: 900)]
        },
        Script("data with a FIN from the client, which has no answer") { client, server in
            [client.segment([.fin, .ack], "FAKE", from: 1001, ack: 77)]
        },
        Script("no flags") { client, server in [server.segment([], "FAKE", from: 5001)] },
        Script("an ACK of an old connection, and its RST") { client, server in
            [
                server.segment([.ack], "old", from: 800, ack: 5900), client.segment([.rst], from: 5900),
                client.again([.syn]),
            ]
        },
    ]

    @Test(arguments: before)
    func `before the SYN,ACK nothing counts`(_ script: Script) throws {
        let lines = [client.syn] + script.lines(client, server) + [server.synAck] + talk()
        var table = ConversationTable(seed: 1)
        let steps = try play(scene, lines, in: &table)
        let last = try #require(steps.last)
        #expect(last.states == "ESTABLISHED | ESTABLISHED")
        #expect(last.relativeAcknowledgmentNumber == 9)
        #expect(steps.suffix(5).map(\.relativeSequenceNumber) == [0, 1, 1, 1, 4])
        #expect(steps.allSatisfy { !$0.notes.contains(.retransmission) })
        let totals = try conversation(.tcp, 0, of: table)
        #expect(totals.client.bytes == 3)
        #expect(totals.server.bytes == 8)
        #expect(totals.outcome == .open)
        #expect(totals.closedBy == nil)
        let (client, server) = try streams(lines)
        #expect(client == "GET[open]")
        #expect(server == "RESPONSE[open]")
    }

    @Test func `where the SYN,ACK was not captured, data counts`() throws {
        let opening = [client.syn]
        _ = server.synAck
        let lines = opening + [server.data("Welcome!"), client.ack, client.data("hi"), server.fin, client.ack]
        var table = ConversationTable(seed: 1)
        let steps = try play(scene, lines, in: &table)
        #expect(steps[1].notes == .early)
        #expect(try conversation(.tcp, 0, of: table).server.bytes == 8)
        let (client, server) = try streams(lines)
        #expect(client == "hi[open]")
        #expect(server == "Welcome![finished]")
    }

    @Test func `data that the capture ends with is not lost`() throws {
        let (_, server) = try streams([client.syn, server.segment([.ack], "FAKE", from: 700)])
        #expect(server == "FAKE[open]")
    }

    @Test func `a SYN,ACK that was captured late changes nothing`() throws {
        let syn = client.syn
        let answer = server.synAck
        let lines = [syn, client.ack, client.data("GET"), answer, server.data("RESPONSE")]
        let (client, server) = try streams(lines)
        #expect(client == "GET[open]")
        #expect(server == "RESPONSE[open]")
    }

    /// RFC 9293 section 3.5.1, figure 10.
    @Test func `recovery of a half-open connection is no reset`() throws {
        let lines =
            [client.syn, server.segment([.ack], from: 300, ack: 100), client.segment([.rst], from: 100)]
            + [client.again([.syn]), server.synAck] + talk()
        let steps = try play(scene, lines)
        #expect(steps[1].notes == [.unacceptable, .foreign])
        #expect(steps[2].notes == .unacceptable)
        #expect(steps[2].states == "SYN-SENT | LISTEN")
        #expect(steps.map(\.phase).prefix(6).allSatisfy { $0 == .handshake })
        #expect(steps.allSatisfy { !$0.notes.contains(.retransmission) })
    }

    /// RFC 9293 section 3.10.7.4: its receiver drops it. Or the capture lacks what it acknowledges: who can tell?
    @Test func `what is said beside an acknowledgment of what was never sent is counted as it is shown`() throws {
        let lines = [client.syn, server.synAck] + talk() + [client.segment([.ack], "MORE", ack: 3_000_000)]
        let steps = try play(scene, lines)
        #expect(steps.last?.notes == .unacceptable)
        #expect(steps.last?.newPayloadLength == 4)
        #expect(try streams(lines).client == "GETMORE[open]")
    }

    /// RFC 5961 section 5.2: nobody who is in the connection acknowledges what was acknowledged so long ago.
    @Test func `what is said beside an acknowledgment older than any window displaces nothing`() throws {
        let lines =
            [client.syn, server.synAck] + talk() + [
                server.segment([.psh, .ack], "EVIL", from: server.next, ack: client.next &- 200_000), client.ack,
                server.data("GOOD"), client.ack,
            ]
        let steps = try play(scene, lines)
        #expect(steps[6].notes == [.unacceptable, .foreign])
        #expect(steps[6].newPayloadLength == 0)
        #expect(try streams(lines).server == "RESPONSEGOOD[open]")
    }

    /// RFC 9293 section 3.10.7.4, RFC 5961 section 4.
    @Test(arguments: ["", "FAKE"])
    func `a SYN,ACK within a connection takes no number of it`(carried: String) throws {
        let lines =
            [client.syn, server.synAck] + talk() + [
                server.segment([.syn, .ack], carried, from: server.next), server.data("MORE"), client.ack,
            ]
        let steps = try play(scene, lines)
        #expect(steps[6].notes == .unacceptable)
        #expect(steps[6].newPayloadLength == 0)
        #expect(steps[7].newPayloadLength == 4)
        #expect(try streams(lines).server == "RESPONSEMORE[open]")
    }

    /// RFC 9293 section 3.5.1, figure 9: the server still has the connection before.
    @Test func `recovery of a half-open connection that was captured is no retransmission`() throws {
        var table = ConversationTable(seed: 1)
        _ = try play(scene, [client.syn, server.synAck] + talk(), in: &table)
        let old = server.ack
        let number = client.next
        let lines = [
            client.segment([.syn], from: 700_000), old, client.segment([.rst], from: number),
            client.segment([.syn], from: 700_000),
        ]
        let steps = try play(scene, lines, in: &table)
        #expect(steps.map(\.conversation) == [1, 0, 0, 1])
        #expect(steps.allSatisfy { !$0.analysis.contains(.retransmission) })
    }

    struct Reset: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let lines: @Sendable (Peer, Peer) -> [Line]
        let outcome: ConversationOutcome
        let by: ConversationSide?
        /// Of the last line.
        let notes: StepNotes

        init(
            _ description: String, _ outcome: ConversationOutcome, by: ConversationSide?, _ notes: StepNotes,
            _ lines: @escaping @Sendable (Peer, Peer) -> [Line]
        ) {
            testDescription = description
            self.outcome = outcome
            self.by = by
            self.notes = notes
            self.lines = lines
        }
    }

    @Test(arguments: [
        Reset("at the next number", .reset, by: .server, .reset) { client, server in [server.abort] },
        Reset("at what the receiver acknowledged last", .reset, by: .client, .reset) { client, server in
            [server.ack, client.data("lost"), client.segment([.rst], from: 1001)]
        },
        Reset("within what its receiver has not acknowledged", .open, by: nil, .challenged) { client, server in
            [server.ack, client.data("on its way"), client.segment([.rst], from: client.next &- 5)]
        },
        Reset("in answer to the server's FIN", .reset, by: .client, .reset) { client, server in
            [server.fin, client.ack, client.rst]
        },
        Reset("in answer to data after the client's FIN", .reset, by: .client, .reset) { client, server in
            [client.fin, server.ack, server.data("more"), client.segment([.rst], from: client.next)]
        },
        Reset("in place of the last ACK", .reset, by: .client, .reset) { client, server in
            [client.fin, server.fin, client.segment([.rst], from: client.next)]
        },
        Reset("after the end", .closed, by: .client, []) { client, server in
            [client.fin, server.fin, client.ack, client.abort]
        },
        Reset("in the window", .open, by: nil, .challenged) { client, server in
            [server.segment([.rst], from: server.next &+ 99)]
        },
        Reset("at the end of the window", .open, by: nil, .challenged) { client, server in
            [server.segment([.rst], from: server.next &+ 65534)]
        },
        Reset("just past the window", .open, by: nil, .unacceptable) { client, server in
            [server.segment([.rst], from: server.next &+ 65535)]
        },
        Reset("before the window", .open, by: nil, .unacceptable) { client, server in
            [server.segment([.rst, .ack], from: server.next &- 1)]
        },
        Reset("past a window of zero", .open, by: nil, .unacceptable) { client, server in
            [client.ack.window(0), server.segment([.rst], from: server.next &+ 1)]
        },
        Reset("with any ACK, at the next number", .reset, by: .server, .reset) { client, server in
            [server.segment([.rst, .ack], from: server.next, ack: 77)]
        },
        Reset("in half of a close", .halfClosed, by: .client, .challenged) { client, server in
            [client.fin, server.ack, server.segment([.rst], from: server.next &+ 9)]
        },
    ])
    func `a RST ends a connection where its receiver takes it`(_ row: Reset) throws {
        var table = ConversationTable(seed: 1)
        let lines = [client.syn, server.synAck, client.ack] + row.lines(client, server)
        let steps = try play(scene, lines, in: &table)
        #expect(steps.last?.notes == row.notes)
        let totals = try conversation(.tcp, 0, of: table)
        #expect(totals.outcome == row.outcome)
        #expect(totals.closedBy == row.by)
        #expect((steps.last?.phase == .reset) == (row.outcome == .reset))
    }

    @Test func `where windows are scaled, a RST in a scaled one is challenged`() throws {
        let scale: [UInt8] = [1, 3, 3, 7]
        let steps = try play(
            scene,
            [
                client.syn.options(scale), server.synAck.options(scale), client.ack.window(1000),
                server.segment([.rst], from: server.next &+ 127_999),
                server.segment([.rst], from: server.next &+ 128_000),
            ])
        #expect(steps.suffix(2).map(\.notes) == [.challenged, .unacceptable])
    }

    @Test func `a RST may come around 2^32`() throws {
        let scene = Scene(clientISN: 1000, serverISN: .max - 1)
        let (client, server) = (scene.client, scene.server)
        let steps = try play(
            scene,
            [
                client.syn, server.synAck, client.ack, server.segment([.rst], from: 9), server.data("ab"), client.ack,
                server.abort,
            ])
        #expect(steps[3].notes == .challenged)
        #expect(steps[6].notes == .reset)
    }

    @Test func `a RST that begins a capture ends what it is of`() throws {
        var table = ConversationTable(seed: 1)
        _ = try play(scene, [server.segment([.rst, .ack], from: 9000, ack: 77)], in: &table)
        #expect(try conversation(.tcp, 0, of: table).outcome == .reset)
    }

    @Test(arguments: [ConversationSide.client, .server])
    func `where both ends go on after a RST, the end is what came after`(side: ConversationSide) throws {
        var table = ConversationTable(seed: 1)
        let forged = side == .client ? client.segment([.rst], from: 1001) : server.segment([.rst], from: 5001)
        let opening = [client.syn, server.synAck, client.ack, forged]
        var steps = try play(scene, opening + [client.data("GET"), server.data("OK")], in: &table)
        #expect(steps[3].notes == .reset)
        #expect(steps[3].states == "CLOSED | CLOSED")
        #expect(steps[5].notes == .revived)
        #expect(steps[5].states == "ESTABLISHED | ESTABLISHED")
        #expect(steps[5].phase == .data)
        #expect(try conversation(.tcp, 0, of: table).outcome == .open)
        steps = try play(scene, [client.fin, server.fin, client.ack], in: &table, firstFrame: 7)
        #expect(steps[2].notes == .closed)
        #expect(try conversation(.tcp, 0, of: table).outcome == .closed)
        #expect(try conversation(.tcp, 0, of: table).closedBy == .client)
        #expect(try conversation(.tcp, 0, of: table).server.bytes == 2)
    }

    @Test func `what was on its way does not bring a connection back`() throws {
        var table = ConversationTable(seed: 1)
        let opening = [client.syn, server.synAck, client.ack, client.data("GET")]
        let late = client.again([.ack], "GET")
        _ = try play(
            scene, opening + [client.abort, server.data("OK"), server.ack, late, server.data("more")], in: &table)
        #expect(try conversation(.tcp, 0, of: table).outcome == .reset)
        #expect(try conversation(.tcp, 0, of: table).closedBy == .client)
    }

    @Test func `after a RST the same ports may open again`() throws {
        var table = ConversationTable(seed: 1)
        let first = [client.syn, server.synAck, client.ack, client.abort]
        var again = scene
        again.reopen(clientISN: 90_000, serverISN: 1)
        let second = [again.client.syn, again.server.synAck, again.client.ack, again.client.data("GET")]
        let steps = try play(scene, first + second, in: &table)
        #expect(steps.map(\.conversation) == [0, 0, 0, 0, 1, 1, 1, 1])
        #expect(steps[7].states == "ESTABLISHED | ESTABLISHED")
        #expect(try conversation(.tcp, 0, of: table).outcome == .reset)
    }
}
