import Conversations
import PacketDecoding
import Testing

/// tcpdump's rule for relative numbers in one-line output.
@Suite struct SequenceBasesTests {
    /// The numbers as printed: sequence, then acknowledgment.
    private func printed(_ scene: Scene, _ lines: [Line], in bases: inout SequenceBases) -> [[UInt32]] {
        lines.map { line in
            scene.built(line).decoded { packet in
                guard let index = packet.firstIndex(of: .tcp), let header = packet.header(TCPHeader.self, at: index)
                else { return [] }
                let known = bases.bases(for: packet, at: index).flatMap { $0.isRelative ? $0 : nil }
                return [
                    header.sequenceNumber.rawValue &- (known?.sequence ?? 0),
                    header.acknowledgmentNumber.rawValue &- (known?.acknowledgment ?? 0),
                ]
            }
        }
    }

    private func printed(_ scene: Scene, _ lines: [Line]) -> [[UInt32]] {
        var bases = SequenceBases(seed: 1)
        return printed(scene, lines, in: &bases)
    }

    @Test(arguments: [4, 6])
    func `absolute on SYN, relative after`(version: Int) {
        let scene = Scene(version: version)
        let (client, server) = (scene.client, scene.server)
        let lines = [
            client.syn, server.synAck, client.ack, server.data("Welcome!"), client.data("Michael"), server.ack,
        ]
        #expect(printed(scene, lines) == [[1000, 0], [5000, 1001], [1, 1], [1, 1], [1, 9], [9, 8]])
    }

    @Test func `absolute on the first segment seen, relative from there`() {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let lines = [
            client.segment([.ack], "abc", from: 700, ack: 90), client.segment([.ack], "def", from: 703, ack: 90),
            server.segment([.ack], "x", from: 90, ack: 706),
        ]
        // The other side counts from the number before its first, this one from its first.
        #expect(printed(scene, lines) == [[700, 90], [3, 1], [1, 6]])
    }

    @Test func `without ACK absolute, and not remembered`() {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let lines = [
            client.segment([.rst], from: 700), server.segment([.ack], from: 90, ack: 701),
            client.segment([.rst], from: 701), client.segment([.ack], from: 701, ack: 90),
        ]
        #expect(printed(scene, lines) == [[700, 0], [90, 701], [701, 0], [1, 0]])
    }

    @Test func `a SYN,ACK counts anew on reused ports, a SYN does not`() {
        let scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let lines = [
            client.syn, server.synAck, client.ack,
            client.segment([.syn], from: 40_000), client.segment([.ack], from: 1001, ack: 5001),
            server.segment([.syn, .ack], from: 60_000, ack: 40_001),
            client.segment([.ack], from: 40_001, ack: 60_001),
        ]
        #expect(
            printed(scene, lines) == [
                [1000, 0], [5000, 1001], [1, 1], [40_000, 0], [1, 1], [60_000, 40_001], [1, 1],
            ])
    }

    @Test func `numbers wrap`() {
        let scene = Scene(clientISN: .max, serverISN: .max - 3)
        let (client, server) = (scene.client, scene.server)
        let lines = [client.syn, server.synAck, server.data("Welcome!"), client.ack]
        #expect(printed(scene, lines).suffix(2) == [[1, 1], [1, 9]])
    }

    @Test func `past the capacity the first conversation is forgotten`() {
        var bases = SequenceBases(capacity: 2, seed: 1)
        let scenes = (1...3).map { Scene(clientPort: UInt16($0)) }
        let segment = scenes[0].client.segment([.ack], from: 700, ack: 90)
        for scene in scenes.prefix(2) {
            #expect(printed(scene, [segment, segment], in: &bases) == [[700, 90], [0, 1]])
        }
        #expect(printed(scenes[2], [segment], in: &bases) == [[700, 90]])
        #expect(printed(scenes[1], [segment], in: &bases) == [[0, 1]])
        #expect(printed(scenes[2], [segment], in: &bases) == [[0, 1]])
        #expect(printed(scenes[0], [segment], in: &bases) == [[700, 90]])
        #expect(printed(scenes[2], [segment], in: &bases) == [[0, 1]])
        #expect(printed(scenes[1], [segment], in: &bases) == [[700, 90]])
    }
}
