import Conversations
import PacketDecoding
import Testing

/// What Earshot itself calls a segment, where Wireshark's rules make losses of what was none.
@Suite struct JudgementTests {
    let scene = Scene(clientISN: 1000, serverISN: 5000)
    var client: Peer { scene.client }
    var server: Peer { scene.server }
    var handshake: [Line] { [client.syn, server.synAck, client.ack] }

    private func judged(_ lines: [Line]) throws -> [SegmentAnalysis] { try play(scene, lines).map(\.analysis) }

    private static let losses: SegmentAnalysis = [
        .lostSegment, .ackLostSegment, .outOfOrder, .retransmission, .fastRetransmission, .spuriousRetransmission,
    ]

    struct Script: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// After a handshake.
        let lines: @Sendable (Peer, Peer) -> [Line]

        init(_ description: String, _ lines: @escaping @Sendable (Peer, Peer) -> [Line]) {
            testDescription = description
            self.lines = lines
        }
    }

    @Test(arguments: [
        Script("a zero-window probe that was taken") { client, server in
            [
                client.data("abcd"), server.ack.window(0), client.data("e"), server.ack.window(0), server.ack,
                client.data("fgh"), server.ack,
            ]
        },
        Script("a zero-window probe that was not taken, and what follows it") { client, server in
            [
                client.data("abcd"), server.ack.window(0), client.data("e", at: 4), server.ack.window(0),
                client.data("e", at: 4), server.ack.window(0), server.ack, client.data("efgh"), server.ack,
            ]
        },
        Script("a probe with no byte") { client, server in
            [
                client.data("abcd"), server.ack.window(0), client.data("", at: 3), server.ack.window(0),
                server.ack, client.data("efgh"), server.ack,
            ]
        },
        Script("a RST far out of the window") { client, server in
            [
                client.data("one"), server.ack, server.segment([.rst], from: server.next &+ 1_000_000),
                server.data("two"),
                client.ack, server.data("three"), client.ack,
            ]
        },
        Script("a RST that is challenged") { client, server in
            [
                server.segment([.rst], from: server.next &+ 99), client.ack, server.data("two"), client.ack,
            ]
        },
        Script("a null scan, and one of FIN, PSH and URG") { client, server in
            [
                server.segment([], "x", from: server.next &+ 7000),
                server.segment([.fin, .psh, .urg], from: server.next),
                server.data("two"), client.ack,
            ]
        },
        Script("a keep-alive") { client, server in
            [
                client.data("one"), server.ack, client.data("", at: 2), server.ack, client.data("e", at: 2), server.ack,
                client.data("two"), server.ack,
            ]
        },
        Script("an ACK of what was not sent") { client, server in
            [server.segment([.ack], ack: client.next &+ 2_000_000), client.data("one"), server.ack]
        },
    ])
    func `nothing is lost by`(_ script: Script) throws {
        let found = try judged(handshake + script.lines(client, server))
        #expect(found.allSatisfy { $0.isDisjoint(with: Self.losses) }, "\(found)")
    }

    @Test func `a keep-alive may be the first that is captured`() throws {
        for byte in ["", "k"] {
            let steps = try play(
                scene,
                [
                    client.segment([.ack], byte, from: 8999, ack: 700), server.segment([.ack], from: 700, ack: 9000),
                    client.segment([.ack], "hello", from: 9000, ack: 700),
                    server.segment([.ack], "yes", from: 700, ack: 9005),
                ])
            #expect(steps.allSatisfy { $0.analysis.isDisjoint(with: Self.losses) })
        }
    }

    @Test func `what was sent before the capture began is not lost`() throws {
        let steps = try play(
            scene,
            [
                server.segment([.ack], "a", from: 700, ack: 9000),
                client.segment([.ack], "late", from: 12_000, ack: 701),
                client.segment([.ack], "more", from: 12_004, ack: 701),
            ])
        #expect(steps.allSatisfy { $0.analysis.isEmpty })
    }

    @Test func `of a side that is not captured nothing is lost`() throws {
        let lines = [client.syn, client.segment([.ack], ack: 5001)]
        let more = (0..<5).map { client.segment([.ack], "a", ack: 5001 + UInt32($0) * 1000) }
        #expect(try judged(lines + more).allSatisfy(\.isEmpty))
    }

    @Test func `new bytes behind old ones are a retransmission, and no hole`() throws {
        let found = try judged(
            handshake + [client.data("aa"), client.data("bb"), client.data("aabbcc", at: 0), server.ack(upTo: 1007)])
        #expect(found.suffix(2) == [.retransmission, []])
    }

    @Test func `a hole is told once, by the segment behind it or by the ACK`() throws {
        let rows: [(script: (Peer, Peer) -> [Line], expected: [SegmentAnalysis])] = [
            ({ [$0.data("def", at: 3), $0.data("ghi", at: 6), $1.ack(upTo: 1010)] }, [.lostSegment, [], []]),
            ({ [$1.ack(upTo: 1004), $0.data("def", at: 3), $1.ack(upTo: 1007)] }, [.ackLostSegment, [], []]),
            ({ [$0.data("", at: 3), $0.data("", at: 3), $1.ack(upTo: 1004)] }, [.lostSegment, [], []]),
        ]
        for row in rows {
            let scene = Scene(clientISN: 1000, serverISN: 5000)
            let (client, server) = (scene.client, scene.server)
            let steps = try play(scene, [client.syn, server.synAck, client.ack] + row.script(client, server))
            #expect(steps.suffix(3).map(\.analysis) == row.expected)
        }
    }

    @Test func `what fills a hole is out of order at first, later a retransmission`() throws {
        for (time, expected) in [(Int64(10), SegmentAnalysis.outOfOrder), (900_000, .retransmission)] {
            let scene = Scene()
            let (client, server) = (scene.client, scene.server)
            let steps = try play(
                scene,
                [
                    client.syn, server.synAck, client.ack, client.data("def", at: 3),
                    client.data("abc", at: 0).after(time),
                ])
            #expect(steps[4].analysis == expected)
        }
    }

    @Test func `probes and their answers have their names`() throws {
        let found = try judged(
            handshake + [
                client.data("abcd"), server.ack.window(0), client.data("", at: 3), server.ack.window(0),
                client.data("e"), server.ack.window(0), server.ack, client.data("", at: 4), server.ack,
            ])
        #expect(
            found.suffix(9) == [
                [], .zeroWindow, .zeroWindowProbe, [.zeroWindow, .zeroWindowProbeACK], .zeroWindowProbe,
                [.zeroWindow, .zeroWindowProbeACK], .windowUpdate, .keepAlive, .keepAliveACK,
            ])
        #expect(!found.contains { $0.contains(.duplicateACK) })
    }

    /// RFC 5681 section 2.
    @Test func `an ACK is a duplicate while something is on its way`() throws {
        let found = try judged(
            handshake + [
                client.ack, client.data("a"), client.data("b"), server.ack(upTo: 1001), server.ack, server.ack,
            ])
        #expect(found.suffix(6) == [[], [], [], .duplicateACK, [], []])
    }

    @Test func `a challenge ACK is no duplicate`() throws {
        let found = try judged(handshake + [server.segment([.rst], from: server.next &+ 9), client.ack])
        #expect(found.last == .challengeACK)
    }

    struct Feedback: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let syn, answer: TCPFlags
        let counts: Bool
    }

    /// RFC 9293 section 3.5, figure 8: the SYN,ACKs have the numbers of the SYNs.
    @Test func `in a simultaneous open nothing is sent again`() throws {
        let lines = [
            client.segment([.syn]), server.segment([.syn]), client.again([.syn, .ack]), server.again([.syn, .ack]),
            client.data("ask"), server.data("answer"),
        ]
        let steps = try play(scene, lines)
        #expect(steps.allSatisfy { $0.analysis.isEmpty && !$0.notes.contains(.retransmission) })
    }

    /// RFC 9768 section 3.1.2, table 2.
    @Test(arguments: [
        Feedback(testDescription: "answered with CWR", syn: [.ae, .cwr, .ece], answer: .cwr, counts: true),
        Feedback(testDescription: "with CWR and ECE", syn: [.ae, .cwr, .ece], answer: [.cwr, .ece], counts: true),
        Feedback(testDescription: "with AE", syn: [.ae, .cwr, .ece], answer: .ae, counts: true),
        Feedback(testDescription: "with AE and CWR", syn: [.ae, .cwr, .ece], answer: [.ae, .cwr], counts: true),
        Feedback(testDescription: "with ECE", syn: [.ae, .cwr, .ece], answer: .ece, counts: false),
        Feedback(testDescription: "with nothing", syn: [.ae, .cwr, .ece], answer: [], counts: false),
        Feedback(
            testDescription: "with all that was sent", syn: [.ae, .cwr, .ece], answer: [.ae, .cwr, .ece], counts: false),
        Feedback(testDescription: "by RFC 3168", syn: [.cwr, .ece], answer: .ece, counts: false),
    ])
    func `the flags of congestion count where that was agreed`(_ row: Feedback) throws {
        let steps = try play(
            scene,
            [
                client.segment(row.syn.union(.syn)), server.segment(row.answer.union([.syn, .ack])),
                client.segment([.ack, .cwr]), client.segment([.ack, .ece], "a"), server.segment([.ack, .cwr], "b"),
            ])
        let events: SegmentAnalysis = [.congestionEcho, .congestionWindowReduced]
        let isAgreed = row.answer == .ece
        #expect(steps.contains { !$0.analysis.isDisjoint(with: events) } == isAgreed)
        #expect(steps.map(\.congestionCounter) == (row.counts ? [nil, nil, 2, 1, 2] : [nil, nil, nil, nil, nil]))
    }

    @Test func `in midstream the flag AE tells that they count`() throws {
        let steps = try play(scene, [client.segment([.ack, .ece, .ae], "a"), server.segment([.ack, .ece], "b")])
        #expect(steps.map(\.congestionCounter) == [5, 1])
        #expect(steps.allSatisfy { $0.analysis.isEmpty })
    }
}
