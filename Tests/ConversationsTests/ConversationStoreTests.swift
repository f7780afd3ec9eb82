import PacketDecoding
import Testing

@testable import Conversations

/// How much memory conversations take.
@Suite struct ConversationStoreTests {
    @Test func `a flood of SYNs takes no detail`() throws {
        var table = ConversationTable(capacity: 2000, seed: 1)
        for port in 1...5000 {
            let scene = Scene(clientPort: UInt16(port))
            _ = try play(scene, [scene.client.syn], in: &table)
        }
        #expect(table.count == 2000)
        #expect(table.evictedCount == 3000)
        #expect(table.detailCount == 0)
        #expect(ConversationStore.restingSize.first <= 104)
        #expect(ConversationStore.restingSize.second <= 40)
    }

    @Test func `a SYN that rested is what it was`() throws {
        var table = ConversationTable(seed: 1)
        let scene = Scene()
        let options: [UInt8] = [2, 4, 5, 180, 1, 3, 3, 7]
        let steps = try play(
            scene,
            [
                scene.client.syn.options(options), scene.client.again([.syn]).after(7),
                scene.server.synAck.options(options).after(20), scene.client.ack.after(30),
            ], in: &table)
        #expect(steps[1].notes == .retransmission)
        #expect(steps[1].sincePrevious == 7000)
        #expect(steps[3].handshakeTime == 57_000)
        #expect(steps[3].scaledWindow == 65535 << 7)
        let conversation = try conversation(.tcp, 0, of: table)
        #expect(conversation.client.maximumSegmentSize == 1460)
        #expect(conversation.client.packets == 3)
        #expect(conversation.firstFrame == 1)
    }

    @Test func `a conversation that rests is told like any other`() throws {
        var table = ConversationTable(seed: 1)
        _ = try play(Scene(), [Scene().client.syn], in: &table, firstFrame: 9)
        let conversation = try conversation(.tcp, 0, of: table)
        #expect(conversation.packets == 1)
        #expect(conversation.firstFrame == 9)
        #expect(conversation.sawBeginning)
        #expect(conversation.clientState == .synSent)
        #expect(conversation.completeness == .syn)
        #expect(conversation.firstTime == conversation.lastTime)
    }

    @Test func `two packets rest, and are told like any others`() throws {
        var table = ConversationTable(seed: 1)
        for port in 40_001...40_500 as ClosedRange<UInt16> {
            let scene = Scene(clientPort: port)
            switch port % 4 {
            case 0: _ = try play(scene, [scene.client.syn, scene.server.synAck.after(9)], in: &table)
            case 1: _ = try play(scene, [scene.client.syn, scene.server.rst.after(9)], in: &table)
            case 2: _ = try play(scene, [scene.client.data("Hi there"), scene.server.data("abc").after(9)], in: &table)
            default:
                _ = try play(
                    scene, [scene.client.datagram("ask"), scene.server.datagram("answer").after(9)], in: &table)
            }
        }
        #expect(table.detailCount == 0)
        for transport in [Transport.tcp, .udp] {
            var summaries: [ConversationSummary] = []
            var totals: [ConversationSummary] = []
            table.forEachSummary(transport) { summaries.append($0) }
            table.forEach(transport) { totals.append($0.summary) }
            #expect(summaries == totals)
            #expect(table.summary(transport, 1) == totals[1])
        }
        let opened = try conversation(.tcp, 2, of: table)
        #expect(opened.key.client.port == 40_004)
        #expect(opened.serverState == .synReceived)
        #expect(opened.packets == 2)
        let refused = try conversation(.tcp, 0, of: table)
        #expect(refused.outcome == .refused)
        #expect(refused.isOver)
        let spoken = try conversation(.tcp, 1, of: table)
        #expect(spoken.client.bytes == 8)
        #expect(spoken.server.bytes == 3)
        #expect(spoken.server.thinkTime == 9000)
        let asked = try conversation(.udp, 0, of: table)
        #expect(asked.client.bytes == 3)
        #expect(asked.server.longestPayload == 6)
        #expect(asked.server.thinkTime == 9000)
    }

    @Test func `a handshake of which two packets were captured is timed`() throws {
        var table = ConversationTable(seed: 1)
        let scene = Scene()
        _ = scene.server.synAck
        _ = try play(scene, [scene.client.syn, scene.client.ack.after(30)], in: &table)
        #expect(try conversation(.tcp, 0, of: table).handshakeTime == 30_000)
        // Without the SYN,ACK nobody can tell for how long that waited.
        #expect(table.summary(.tcp, 0)?.handshakeRoundTripTime == nil)
        #expect(table.detailCount == 1)
    }

    @Test func `what rested with payload goes on where it was`() throws {
        var table = ConversationTable(seed: 1)
        let scene = Scene()
        let steps = try play(
            scene,
            [
                scene.client.segment([.ack], "abc", from: 100, ack: 500),
                scene.client.segment([.ack], "ghi", from: 106, ack: 500).after(5),
                scene.server.segment([.ack], from: 500, ack: 103).after(10),
                scene.client.segment([.ack], "def", from: 103, ack: 500).after(900_000),
            ], in: &table)
        #expect(steps[2].acknowledgedFrame == 1)
        #expect(steps[2].roundTripTime == 15_000)
        #expect(steps[3].analysis == .retransmission)
        #expect(try conversation(.tcp, 0, of: table).client.bytes == 9)
    }

    @Test func `the first given up changes no number`() throws {
        var table = ConversationTable(capacity: 3, seed: 1)
        for port in 40_001...40_003 as ClosedRange<UInt16> {
            let scene = Scene(clientPort: port)
            _ = try play(scene, [port == 40_002 ? scene.client.datagram("a") : scene.client.syn], in: &table)
        }
        #expect(table.conversation(.tcp, 1)?.key.client.port == 40_003)
        #expect(table.conversation(.udp, 0)?.key.client.port == 40_002)
        #expect(table.conversation(.udp, 1)?.number == nil)
        _ = try play(Scene(clientPort: 9), [Scene(clientPort: 9).client.syn], in: &table)
        #expect(table.conversation(.tcp, 0)?.number == nil)
        #expect(table.conversation(.tcp, 1)?.key.client.port == 40_003)
        #expect(table.conversation(.tcp, 2)?.key.client.port == 9)
        #expect(table.conversation(.udp, 0)?.key.client.port == 40_002)
    }

    @Test func `chunks keep what they were given`() {
        var array = ChunkedArray<Int>()
        for number in 0..<5000 { array.append(number) }
        array[1024] += 1
        #expect(array.count == 5000)
        #expect((0..<5000).allSatisfy { array[$0] == ($0 == 1024 ? 1025 : $0) })
    }
}
