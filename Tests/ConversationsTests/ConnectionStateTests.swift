import Conversations
import PacketDecoding
import Testing

/// The states of both ends after each segment, by RFC 9293 figure 5.
@Suite struct ConnectionStateTests {
    /// The ladder of the greeting, row by row.
    @Test func greeting() throws {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let steps = try play(
            scene,
            [
                client.syn, server.synAck.after(744), client.ack.after(19),
                server.data("Welcome!").after(155), client.data("Michael").after(52),
                server.data("Hello, Michael!").after(1167),
                client.fin.after(27), server.fin.after(1320), client.ack.after(45),
            ])
        #expect(
            steps.map(\.states) == [
                "SYN-SENT | LISTEN", "ESTABLISHED | SYN-RECEIVED", "ESTABLISHED | ESTABLISHED",
                "ESTABLISHED | ESTABLISHED", "ESTABLISHED | ESTABLISHED", "ESTABLISHED | ESTABLISHED",
                "FIN-WAIT-1 | CLOSE-WAIT", "TIME-WAIT | LAST-ACK", "TIME-WAIT | CLOSED",
            ])
        #expect(
            steps.map(\.phase) == [
                .handshake, .handshake, .handshake, .data, .data, .data, .teardown, .teardown, .teardown,
            ])
        #expect(
            steps.map(\.notes) == [[.first], [], [.handshakeComplete], [], [], [], [.firstFIN], [], [.closed]])
        #expect(steps.map(\.relativeSequenceNumber) == [0, 0, 1, 1, 1, 9, 8, 24, 9])
        #expect(steps.map(\.relativeAcknowledgmentNumber) == [0, 1, 1, 1, 9, 8, 24, 9, 25])
        #expect(steps[2].handshakeTime == 763_000)
        #expect(steps[5].responseTime == 1_167_000)
        #expect(steps[6].sincePrevious == 27_000)
    }

    @Test func `a RST refuses a SYN`() throws {
        let scene = Scene()
        let refusal = scene.server.segment([.rst, .ack], from: 0, ack: 1001)
        let steps = try play(scene, [scene.client.syn, refusal])
        #expect(steps.map(\.states) == ["SYN-SENT | LISTEN", "CLOSED | CLOSED"])
        #expect(steps[1].notes == [.refused, .reset])
        #expect(steps[1].phase == .reset)
        #expect(steps[1].relativeAcknowledgmentNumber == 1)
    }

    @Test func `a RST without the SYN's acknowledgment refuses nothing`() throws {
        let scene = Scene()
        let steps = try play(scene, [scene.client.syn, scene.server.segment([.rst, .ack], from: 0, ack: 77)])
        #expect(steps[1].notes == .unacceptable)
        #expect(steps[1].states == "SYN-SENT | LISTEN")
    }

    @Test func `a refused client may try the same SYN again`() throws {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let steps = try play(
            scene,
            [
                client.syn, server.segment([.rst, .ack], from: 0, ack: 1001), client.again([.syn]), server.synAck,
                client.ack,
            ])
        #expect(steps.map(\.conversation) == [0, 0, 0, 0, 0])
        #expect(
            steps.map(\.states).suffix(3) == [
                "SYN-SENT | LISTEN", "ESTABLISHED | SYN-RECEIVED", "ESTABLISHED | ESTABLISHED",
            ])
        #expect(steps.map(\.phase) == [.handshake, .reset, .handshake, .handshake, .handshake])
    }

    @Test(arguments: [ConversationSide.client, .server])
    func `either end may reset`(side: ConversationSide) throws {
        let scene = Scene()
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene,
            [
                scene.client.syn, scene.server.synAck, scene.client.ack,
                side == .client ? scene.client.abort : scene.server.rst, scene.client.data("late"),
            ], in: &table)
        #expect(steps[3].states == "CLOSED | CLOSED")
        #expect(steps[3].phase == .reset)
        #expect(steps[4].states == "CLOSED | CLOSED")
        #expect(table.conversation(.tcp, 0)?.outcome == .reset)
        #expect(table.conversation(.tcp, 0)?.closedBy == side)
    }

    @Test func `one side goes on after the other has closed`() throws {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        var table = ConversationTable(seed: 1)
        var steps = try play(
            scene,
            [
                client.syn, server.synAck, client.ack, client.fin, server.ack, server.data("rest"), client.ack,
            ], in: &table)
        #expect(table.conversation(.tcp, 0)?.outcome == .halfClosed)
        steps += try play(scene, [server.fin, client.ack], in: &table)
        #expect(
            steps.map(\.states).suffix(6) == [
                "FIN-WAIT-1 | CLOSE-WAIT", "FIN-WAIT-2 | CLOSE-WAIT", "FIN-WAIT-2 | CLOSE-WAIT",
                "FIN-WAIT-2 | CLOSE-WAIT", "TIME-WAIT | LAST-ACK", "TIME-WAIT | CLOSED",
            ])
        #expect(steps[5].notes == .halfClosedData)
        #expect(steps[8].notes == .closed)
        #expect(table.conversation(.tcp, 0)?.outcome == .closed)
        #expect(table.conversation(.tcp, 0)?.closedBy == .client)
    }

    /// RFC 9293 figure 8.
    @Test func `both ends open at once`() throws {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let steps = try play(
            scene,
            [
                client.syn, server.syn, client.again([.syn, .ack]), server.again([.syn, .ack]), client.data("hi"),
            ])
        #expect(
            steps.map(\.states) == [
                "SYN-SENT | LISTEN", "SYN-RECEIVED | SYN-SENT", "SYN-RECEIVED | ESTABLISHED",
                "ESTABLISHED | ESTABLISHED", "ESTABLISHED | ESTABLISHED",
            ])
        #expect(steps.map(\.conversation) == [0, 0, 0, 0, 0])
        #expect(steps[3].notes.contains(.handshakeComplete))
    }

    /// RFC 9293 figure 13.
    @Test func `both ends close at once`() throws {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let opening = [client.syn, server.synAck, client.ack, client.fin]
        let crossing = server.segment([.fin, .ack], ack: client.next &- 1)
        let steps = try play(scene, opening + [crossing, client.ack, server.ack])
        #expect(
            steps.map(\.states).suffix(4) == [
                "FIN-WAIT-1 | CLOSE-WAIT", "CLOSING | CLOSING", "CLOSING | TIME-WAIT", "TIME-WAIT | TIME-WAIT",
            ])
        #expect(steps[6].notes == .closed)
    }

    @Test func `a FIN may carry the last data and the handshake's end`() throws {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let steps = try play(scene, [client.syn, server.synAck, client.segment([.fin, .ack], "bye")])
        #expect(steps[2].states == "FIN-WAIT-1 | CLOSE-WAIT")
        #expect(steps[2].notes == [.handshakeComplete, .firstFIN])
        #expect(steps[2].phase == .teardown)
    }

    @Test func `a handshake's end that was not captured is inferred from what follows`() throws {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let syn = client.syn
        _ = server.synAck
        let onlyClient = try play(scene, [syn, client.ack, client.data("Michael")])
        #expect(
            onlyClient.map(\.states) == ["SYN-SENT | LISTEN", "ESTABLISHED | ESTABLISHED", "ESTABLISHED | ESTABLISHED"])

        let other = Scene()
        _ = other.client.syn
        let synAck = other.server.synAck
        _ = other.client.data("Michael")
        let onlyServer = try play(other, [synAck, other.server.data("Hello, Michael!")])
        #expect(onlyServer.map(\.states) == ["ESTABLISHED | SYN-RECEIVED", "ESTABLISHED | ESTABLISHED"])
        #expect(onlyServer[0].side == .server)
        #expect(onlyServer[0].notes == [.first, .midstream])
        #expect(onlyServer.map(\.phase) == [.handshake, .data])
    }

    @Test func `in midstream both ends are established once both have acknowledged`() throws {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let steps = try play(scene, [client.data("a"), client.data("b"), server.ack, server.fin, client.ack])
        #expect(
            steps.map(\.states) == [
                "? | ?", "? | ?", "ESTABLISHED | ESTABLISHED", "CLOSE-WAIT | FIN-WAIT-1", "CLOSE-WAIT | FIN-WAIT-2",
            ])
        #expect(steps[0].notes == [.first, .midstream])
        #expect(steps[1].notes == [])
        #expect(steps.map(\.phase) == [.data, .data, .data, .teardown, .teardown])
    }

    @Test func `a RST after the end changes nothing but the states`() throws {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        var table = ConversationTable(seed: 1)
        let steps = try play(
            scene,
            [client.syn, server.synAck, client.ack, client.fin, server.fin, client.ack, server.abort], in: &table)
        #expect(steps[6].states == "CLOSED | CLOSED")
        #expect(steps[6].phase == .teardown)
        #expect(table.conversation(.tcp, 0)?.outcome == .closed)
    }
}
