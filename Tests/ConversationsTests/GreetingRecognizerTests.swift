import Conversations
import PacketDecoding
import Testing

/// One rule for a greeting, packet by packet and in the table.
@Suite struct GreetingRecognizerTests {
    /// What each packet of a script is decoded as once more: `S` from a greeting's server, `C` from its client.
    private func hints(_ scene: Scene, _ lines: [Line]) -> String {
        var bases = SequenceBases(seed: 1)
        var recognizer = GreetingRecognizer(seed: 1)
        return lines.map { line in
            scene.built(line).decoded { packet in
                let opening = packet.firstIndex(of: .tcp).flatMap { bases.bases(for: packet, at: $0)?.opening }
                guard let hint = recognizer.hint(for: packet, opening: opening) else { return "-" }
                return hint.fromServer ? "S" : "C"
            }
        }.joined()
    }

    struct Script: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let hints: String
        let lines: @Sendable (Scene) -> [Line]

        init(_ description: String, _ hints: String, _ lines: @escaping @Sendable (Scene) -> [Line]) {
            testDescription = description
            self.hints = hints
            self.lines = lines
        }
    }

    @Test(arguments: [
        Script("a welcome after the handshake", "---S-CS") {
            [
                $0.client.syn, $0.server.synAck, $0.client.ack, $0.server.data("Welcome!"), $0.client.ack,
                $0.client.data("Michael"), $0.server.data("Hello, Michael!"),
            ]
        },
        Script("a capture that begins with the welcome", "SC") {
            [$0.server.data("Welcome!"), $0.client.data("Michael")]
        },
        Script("a capture that begins just before the welcome", "-SC") {
            [$0.client.ack, $0.server.data("Welcome!"), $0.client.data("Michael")]
        },
        Script("no welcome from the client", "----") {
            [$0.client.syn, $0.server.synAck, $0.client.ack, $0.client.data("Welcome!")]
        },
        Script("no welcome later on", "-----") {
            [
                $0.client.syn, $0.server.synAck, $0.client.ack, $0.server.data("hello"), $0.server.data("Welcome!"),
            ]
        },
        Script("datagrams", "-SC") {
            [$0.client.datagram(""), $0.server.datagram("Welcome!"), $0.client.datagram("Welcome!")]
        },
    ])
    func `both know`(_ script: Script) throws {
        #expect(hints(Scene(serverISN: 90_000), script.lines(Scene(serverISN: 90_000))) == script.hints)
        let steps = try play(Scene(), script.lines(Scene()))
        let known = steps.map { $0.decodingHint == .greeting ? ($0.side == .server ? "S" : "C") : "-" }
        #expect(known.joined() == script.hints)
    }

    @Test func `a SYN on the same ports forgets it`() {
        var scene = Scene()
        let (client, server) = (scene.client, scene.server)
        let first = [client.syn, server.synAck, client.ack, server.data("Welcome!"), client.data("Michael")]
        scene.reopen(clientISN: 7_000_000, serverISN: 8_000_000)
        let second = [scene.client.syn, scene.server.synAck, scene.client.data("GET"), scene.server.data("200")]
        #expect(hints(scene, first + second) == "---SC----")
    }

    @Test func `the latest 1024 are remembered`() {
        var recognizer = GreetingRecognizer(seed: 1)
        var hints: [Bool] = []
        for text in ["Welcome!", "Michael"] {
            for port in 20_001...21_025 as ClosedRange<UInt16> {
                let scene = Scene(clientPort: port)
                let line = text == "Welcome!" ? scene.server.datagram(text) : scene.client.datagram(text)
                hints.append(scene.built(line).decoded { recognizer.hint(for: $0, opening: nil) != nil })
            }
        }
        #expect(hints.indices.filter { !hints[$0] } == [1025])
    }
}
