import PacketDecoding
import Testing

@testable import Conversations

/// How much memory conversations take.
@Suite struct ConversationStoreTests {
    @Test func `a flood of SYNs shares one detail`() throws {
        var table = ConversationTable(capacity: 2000, seed: 1)
        for port in 1...5000 {
            let scene = Scene(clientPort: UInt16(port))
            _ = try play(scene, [scene.client.syn], in: &table)
        }
        #expect(table.count == 2000)
        #expect(table.evictedCount == 3000)
        #expect(table.detailCount == 1)
        #expect(ConversationStore.restingSize <= 136)
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

    @Test func `chunks keep what they were given`() {
        var array = ChunkedArray<Int>()
        for number in 0..<5000 { array.append(number) }
        array[1024] += 1
        #expect(array.count == 5000)
        #expect((0..<5000).allSatisfy { array[$0] == ($0 == 1024 ? 1025 : $0) })
    }
}
