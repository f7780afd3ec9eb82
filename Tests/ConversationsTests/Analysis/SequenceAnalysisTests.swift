import Conversations
import PacketDecoding
import Testing

/// What each segment is among the others; times are microseconds after the line before.
@Suite struct SequenceAnalysisTests {
    let scene = Scene()
    var client: Peer { scene.client }
    var server: Peer { scene.server }

    /// A handshake of 10 ms.
    var handshake: [Line] { [client.syn, server.synAck.after(5000), client.ack.after(5000)] }

    private func analysis(_ lines: [Line]) throws -> [SegmentAnalysis] {
        try play(scene, lines).map(\.wiresharkAnalysis)
    }

    @Test func `a connection without trouble has nothing to say`() throws {
        let lines =
            handshake + [client.data("one"), server.ack, server.data("two"), client.fin, server.fin, client.ack]
        #expect(try analysis(lines).allSatisfy(\.isEmpty))
    }

    @Test func `what comes again late is a retransmission`() throws {
        let lines = handshake + [client.data("one"), client.again([.psh, .ack], "one").after(200_000)]
        #expect(try analysis(lines).last == .retransmission)
    }

    @Test func `a SYN that comes again is a retransmission`() throws {
        #expect(try analysis([client.syn, client.again([.syn]).after(1_000_000)]).last == .retransmission)
    }

    @Test func `what was acknowledged comes again in vain`() throws {
        let lines = handshake + [client.data("one"), server.ack, client.again([.psh, .ack], "one").after(200_000)]
        #expect(try analysis(lines).last == [.retransmission, .spuriousRetransmission])
    }

    @Test(arguments: [
        (Int64(19_999), SegmentAnalysis([.retransmission, .fastRetransmission])),
        (Int64(20_001), SegmentAnalysis.retransmission),
    ])
    func `duplicate ACKs ask for what is missing`(after time: Int64, expected: SegmentAnalysis) throws {
        let acknowledged = client.next &+ 1
        var lines = handshake
        lines += [client.data("one"), client.data("two"), client.data("three")]
        lines += [server.ack(upTo: acknowledged), server.ack(upTo: acknowledged), server.ack(upTo: acknowledged)]
        lines += [client.data("one", at: 0).after(time)]
        let steps = try play(scene, lines)
        #expect(steps[8].wiresharkAnalysis == .duplicateACK)
        #expect(steps[8].analysis == .duplicateACK)
        #expect(steps[8].duplicateACKNumber == steps[7].duplicateACKNumber + 1)
        #expect(steps[9].analysis == expected)
    }

    @Test(arguments: [(Int64(9_999), SegmentAnalysis.outOfOrder), (Int64(10_001), SegmentAnalysis.retransmission)])
    func `what was overtaken by less than a round trip is out of order`(
        after time: Int64, expected: SegmentAnalysis
    ) throws {
        let one = client.segment([.psh, .ack], "one", from: 1001)
        let lines = handshake + [client.data("two", at: 3), one.after(time)]
        let found = try analysis(lines)
        #expect(found[3] == .lostSegment)
        #expect(found[4] == expected)
    }

    @Test func `an ACK of what was not captured is told once`() throws {
        let lines = handshake + [server.ack(upTo: 1500), server.ack(upTo: 1600), client.ack]
        #expect(try analysis(lines).suffix(3) == [.ackLostSegment, [], .duplicateACK])
    }

    @Test func `a keep-alive and its answer`() throws {
        let lines =
            handshake + [
                client.data("one"), server.ack, client.segment([.ack], from: client.first &+ 3 &- 1).after(9_000_000),
                server.ack,
            ]
        #expect(try analysis(lines).suffix(2) == [.keepAlive, .keepAliveACK])
    }

    @Test func `a window that is full, closed, probed and opened`() throws {
        var lines = [client.syn, server.synAck.window(3), client.ack]
        lines += [client.data("one"), server.ack.window(0)]
        let probe = client.segment([.ack], "x", from: client.next)
        lines += [probe.after(500_000), server.ack.window(0), server.ack.window(500)]
        #expect(
            try analysis(lines).suffix(5)
                == [.windowFull, .zeroWindow, .zeroWindowProbe, [.zeroWindow, .zeroWindowProbeACK], .windowUpdate])
    }

    @Test func `windows are scaled where both SYNs offer it`() throws {
        let scale: (UInt8) -> [UInt8] = { [1, 3, 3, $0] }
        var steps = try play(
            scene, [client.syn.options(scale(7)), server.synAck.options(scale(2)), client.ack, server.ack])
        #expect(steps[2].scaledWindow == 65535 << 7)
        #expect(steps[3].scaledWindow == 65535 << 2)
        let other = Scene(clientPort: 5)
        steps = try play(other, [other.client.syn.options(scale(7)), other.server.synAck, other.client.ack])
        #expect(steps[2].scaledWindow == 65535)
        let midstream = Scene(clientPort: 6)
        #expect(try play(midstream, [midstream.client.ack])[0].scaledWindow == nil)
    }

    @Test func `ports that had a connection before`() throws {
        var scene = scene
        var table = ConversationTable(seed: 1)
        _ = try play(scene, handshake, in: &table)
        scene.reopen(clientISN: 3_000_000_000, serverISN: 8_000_000)
        #expect(try play(scene, [scene.client.syn], in: &table)[0].analysis == .reusedPorts)
    }

    @Test func `an ACK that was held back`() throws {
        let lines =
            handshake + [
                client.data("one"), server.ack.after(5000), client.data("two"), server.ack.after(45_000),
            ]
        let steps = try play(scene, lines)
        #expect(steps[4].analysis == [])
        #expect(steps[6].analysis == .delayedACK)
        #expect(steps[6].roundTripTime == 45_000_000)
        #expect(steps[6].smoothedRoundTripTime == 10_000_000)
        #expect(steps[6].acknowledgedFrame == 6)
    }

    @Test func `holes that a selective ACK tells of`() throws {
        let acknowledged = client.next &+ 1
        let blocks =
            big(acknowledged &+ 300) + big(acknowledged &+ 400) + big(acknowledged &+ 100) + big(acknowledged &+ 200)
        let line = server.segment([.ack], ack: acknowledged).options([1, 1, 5, 18] + blocks)
        let step = try #require(try play(scene, handshake + [line]).last)
        #expect(step.analysis.contains(.selectiveACK))
        #expect(step.missingBlocks == 2)
        #expect(step.missingBytes == 200)
    }

    @Test func `what is on its way`() throws {
        let steps = try play(
            scene, handshake + [client.data("one"), client.data("two"), server.ack, client.data("three")])
        #expect(steps.map(\.bytesInFlight) == [nil, nil, nil, 3, 6, nil, 5])
    }

    @Test func `marks of congestion`() throws {
        let lines =
            handshake + [
                client.segment([.ack, .ece], "one"), client.segment([.ack, .cwr], "two"),
                client.segment([.syn, .ece, .cwr]),
            ]
        let found = try play(scene, lines).map(\.analysis)
        #expect(found[3] == .congestionEcho)
        #expect(found[4] == .congestionWindowReduced)
        #expect(found[5].isDisjoint(with: [.congestionEcho, .congestionWindowReduced]))
    }

    @Test func `the capture's completeness, with and without the last segment`() throws {
        var table = ConversationTable(seed: 1)
        _ = try play(scene, handshake + [client.data("one"), server.rst], in: &table)
        let conversation = try conversation(.tcp, 0, of: table)
        #expect(conversation.completeness == [.syn, .synAck, .acknowledgment, .data, .rst])
        #expect(conversation.completenessBeforeLast == [.syn, .synAck, .acknowledgment, .data])
        #expect(conversation.initialRoundTripTime == 10_000_000)
    }

    @Test func `in a simultaneous open nothing comes twice`() throws {
        let serverSYN = server.syn
        var table = ConversationTable(seed: 1)
        let clientAnswer = { client.segment([.syn, .ack], from: client.first &- 1) }
        let serverAnswer = { server.segment([.syn, .ack], from: server.first &- 1) }
        let steps = try play(
            scene, [client.syn, serverSYN, clientAnswer(), serverAnswer(), serverAnswer().after(500_000)], in: &table)
        #expect(steps[3].states == "ESTABLISHED | ESTABLISHED")
        #expect(steps[2].notes.isDisjoint(with: .retransmission))
        #expect(steps[3].notes.isDisjoint(with: .retransmission))
        #expect(steps[4].notes.contains(.retransmission))
        let conversation = try conversation(.tcp, 0, of: table)
        #expect(conversation.server.bytes == 0)
    }

    @Test func `a handshake repeats no ACK where numbers begin anew`() throws {
        let scene = Scene(clientISN: .max, serverISN: .max)
        let steps = try play(
            scene, [scene.client.syn, scene.server.synAck, scene.client.ack, scene.client.data("a"), scene.server.ack])
        #expect(steps.map(\.wiresharkAnalysis) == [[], [], [], [], []])
    }
}
