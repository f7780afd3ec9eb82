import PacketDecoding
import Testing

@testable import Conversations

/// Which conversation a packet of another VLAN or tunnel belongs to, in scripts.
@Suite struct ConversationNetworksTests {
    private let scene = Scene()
    private var client: Peer { scene.client }
    private var server: Peer { scene.server }

    /// Plays lines, each in its VLANs, a millisecond apart; the conversation of each.
    private func play(
        _ lines: [(Line, [UInt16])], of scene: Scene? = nil, in table: inout ConversationTable
    ) throws -> [Int] {
        var numbers: [Int] = []
        for (line, vlans) in lines {
            let number = numbers.count + 1
            let packet = (scene ?? self.scene).built(line).tagged(vlans)
            let step = try packet.step(
                in: &table, number: number, timestamp: Timestamp(rawValue: Int64(number) * 1_000_000))
            #expect(step.side == line.side)
            numbers.append(step.conversation)
        }
        return numbers
    }

    @Test func `the same ends in two VLANs have two conversations, whose numbers do not mix`() throws {
        let other = Scene(clientISN: 900_000, serverISN: 100)
        var table = ConversationTable(seed: 1)
        let (a, b) = (scene, other)
        let lines: [(Line, [UInt16])] = [
            (a.client.syn, [10]), (b.client.syn, [20]), (a.server.synAck, [10]), (b.server.synAck, [20]),
            (a.client.ack, [10]), (b.client.ack, [20]), (a.client.data("aaaa"), [10]), (b.client.data("bbbb"), [20]),
            (a.server.data("AAAA"), [10]), (b.server.data("BBBB"), [20]),
        ]
        #expect(try play(lines, in: &table) == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
        for number in 0...1 {
            let conversation = try conversation(.tcp, number, of: table)
            #expect(conversation.client.bytes == 4 && conversation.server.bytes == 4)
            #expect(conversation.client.retransmissions == 0 && conversation.server.outOfOrder == 0)
        }
    }

    @Test(
        arguments: [
            ([10], [20]), ([10], []), ([], [20]), ([10, 5], [10, 6]), ([], []), ([0], []),
        ] as [([UInt16], [UInt16])])
    func `two directions in different VLANs are one conversation`(ways: ([UInt16], [UInt16])) throws {
        var table = ConversationTable(seed: 1)
        let lines = [client.syn, server.synAck, client.ack, client.data("a"), server.data("b"), client.fin, server.fin]
        let again = [client.segment([.syn], from: 77), server.segment([.syn, .ack], ack: 78)]
        let numbers = try play((lines + again).map { ($0, $0.side == .client ? ways.0 : ways.1) }, in: &table)
        #expect(numbers == [0, 0, 0, 0, 0, 0, 0, 1, 1])
    }

    @Test func `interleaved handshakes find their own answers`() throws {
        let other = Scene(clientISN: 900_000, serverISN: 100)
        var table = ConversationTable(seed: 1)
        let lines: [(Line, [UInt16])] = [
            (client.syn, [10]), (other.client.syn, [20]), (other.server.synAck, [120]), (server.synAck, [110]),
            (other.client.ack, [20]), (client.ack, [10]),
        ]
        #expect(try play(lines, in: &table) == [0, 1, 1, 0, 1, 0])
    }

    @Test func `from the middle, the other direction's numbers tell`() throws {
        _ = (client.syn, server.synAck)
        let lines: [(Line, [UInt16])] = [
            (client.data("ask"), [10]), (server.data("answer"), [20]), (client.data("more"), [10]),
            (server.ack, [20]),
        ]
        var table = ConversationTable(seed: 1)
        #expect(try play(lines, in: &table) == [0, 0, 0, 0])
        // Not so for any numbers.
        let stranger = client.segment([.ack], "x", from: 77, ack: 88)
        #expect(try play([(stranger, [30])], in: &table) == [1])
    }

    @Test func `what goes on at the next byte is the same connection, what does not is another`() throws {
        let before = [client.syn, server.synAck, client.ack, client.data("GET"), server.data("RESPONSE")]
        let after = [client.data("MORE"), server.data("REPLY")]
        var table = ConversationTable(seed: 1)
        #expect(try play(before.map { ($0, []) } + after.map { ($0, [5]) }, in: &table) == [0, 0, 0, 0, 0, 0, 0])
        table = ConversationTable(seed: 1)
        let far = client.segment([.psh, .ack], "MORE", from: client.next &+ 1000)
        #expect(try play(before.map { ($0, []) } + [(far, [5])], in: &table) == [0, 0, 0, 0, 0, 1])
    }

    @Test func `an answer in another VLAN joins the datagram that waits for it`() throws {
        var table = ConversationTable(seed: 1)
        let lines: [(Line, [UInt16])] = [
            (client.datagram("a"), [10]), (client.datagram("a"), [20]), (server.datagram("b"), [30]),
            (server.datagram("b"), [20]),
        ]
        #expect(try play(lines, in: &table) == [0, 1, 0, 1])
    }

    /// Bounded work, whoever sends the same ends in ever other networks; what was given up leaves nothing behind.
    @Test func `many networks of the same ends take bounded work`() throws {
        var table = ConversationTable(capacity: 100, seed: 1)
        for vlan in 1...4000 {
            let step = try scene.built(client.segment([.syn], from: 7)).tagged([UInt16(vlan)]).step(in: &table)
            #expect(step.conversation == vlan - 1)
        }
        #expect(table.count == 100)
        let step = try scene.built(server.segment([.syn, .ack], ack: 8)).tagged([4001]).step(in: &table)
        #expect((3900..<4000).contains(step.conversation))
    }
}
