import Conversations
import PacketDecoding
import Testing

/// Packets that are only counted.
@Suite struct CountingTests {
    /// Random short scripts, with all that a segment can be.
    private func script(_ random: inout SplitMix, _ scene: Scene) -> [Line] {
        let flags: [TCPFlags] = [
            .syn, [.syn, .ack], .ack, [.ack, .psh], [.fin, .ack], .fin, .rst, [.rst, .ack], [.syn, .rst], [],
            [.syn, .fin],
        ]
        let payloads = ["", "", "a", "hello", "Welcome!"]
        return (0..<Int.random(in: 1...4, using: &random)).map { _ in
            let peer = Bool.random(using: &random) ? scene.client : scene.server
            let payload = payloads.randomElement(using: &random) ?? ""
            if Int.random(in: 0..<8, using: &random) == 0 { return peer.datagram(payload) }
            let number = UInt32([99, 100, 101, 5000, 1 << 31].randomElement(using: &random) ?? 0)
            let acknowledged = UInt32([99, 100, 101, 106, 5000].randomElement(using: &random) ?? 0)
            let options: [UInt8] = Bool.random(using: &random) ? [2, 4, 5, 180, 1, 3, 3, 7] : []
            return peer.segment(
                flags.randomElement(using: &random) ?? .syn, payload, from: number, ack: acknowledged
            ).options(options).after(Int64.random(in: -5...5000, using: &random))
        }
    }

    @Test func `packets that are counted make the conversations of those that are observed`() throws {
        var random = SplitMix(state: 9)
        for _ in 0..<3000 {
            let lines = script(&random, Scene())
            var observed = ConversationTable(seed: 1)
            var counted = ConversationTable(seed: 1)
            _ = try play(Scene(), lines, in: &observed)
            count(Scene(), lines, in: &counted)
            for transport in [Transport.tcp, .udp] {
                var expected: [Conversation] = []
                observed.forEach(transport) { expected.append($0) }
                var number = 0
                counted.forEach(transport) {
                    #expect($0 == expected[number], "\(lines)")
                    #expect(counted.summary(transport, number) == expected[number].summary, "\(lines)")
                    number += 1
                }
                #expect(number == expected.count)
            }
        }
    }
}
