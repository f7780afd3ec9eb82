import Conversations
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct LadderBodyTests {
    /// A handshake, `count` data rows of 1000 bytes each, every tenth a retransmission, and a close.
    static func bulk(_ count: Int) -> Script {
        var script = Script()
        script.handshake()
        for index in 0..<count {
            script.add(
                .client, after: 10, .ack, s: 1 + index * 1000, a: 1, String(repeating: "x", count: 1000),
                notes: index % 10 == 9 ? .retransmission : [])
        }
        script.close()
        return script
    }

    @Test func shortRunsAreShownWhole() {
        let lines = Self.bulk(31).recorded().split(separator: "\n")
        #expect(!lines.contains { $0.contains("…  ") || $0.contains("segments") })
        #expect(lines.count { $0.contains("+1000") } == 31)
    }

    @Test func longRunsKeepTheirEnds() {
        let lines = Self.bulk(4336).recorded().split(separator: "\n")
        let rows = lines.indices.filter { lines[$0].contains("+1000") }
        #expect(rows.count == 24)
        #expect(lines[rows[15]].contains("s15001+1000"))
        #expect(lines[rows[16]].contains("s4328001+1000"))
        #expect(
            lines[rows[15] + 1] == """
                  43.120             │ … 4,312 segments, 4.3 MB, 431 retransmissions …
                """)
    }

    @Test func foldsThatFitStandBetweenTheLifelines() {
        var script = Script(.udp)
        for _ in 0..<40 { script.send(.client, after: 10, "abc") }
        #expect(
            script.recorded().contains("\n   0.160             │ … 16 datagrams, 48 B …          │\n"))
    }

    @Test func fullLaddersFoldNothing() {
        var options = LadderOptions()
        options.isFull = true
        let text = Self.bulk(500).recorded(options)
        #expect(text.split(separator: "\n").count { $0.contains("+1000") } == 500)
    }

    @Test func liveAndRecordedRowsAreTheSame() {
        let recorded = Self.bulk(100).recorded().split(separator: "\n").drop { !$0.contains("CLIENT") }
        let live = Self.bulk(100).live().split(separator: "\n").drop { !$0.contains("CLIENT") }.dropLast(1)
        #expect(Array(recorded) == Array(live))
    }

    @Test func settlingShowsWhatIsHeldBack() {
        var ladder = LiveLadder()
        var buffer = ByteBuffer()
        let script = Self.bulk(100)
        for entry in script.entries.prefix(60) {
            ladder.add(entry.step, preview: entry.payload.span.raw, conversation: entry.conversation, to: &buffer)
        }
        #expect(!buffer.text.contains("segments"))
        ladder.settle(to: &buffer)
        #expect(buffer.text.contains("… 33 segments"))
        #expect(buffer.text.contains("s56001+1000"))
        let before = buffer.count
        ladder.settle(to: &buffer)
        #expect(buffer.count == before)
    }

    @Test func silencesBeginSomethingNew() {
        var script = Script(.udp)
        for index in 0..<400 { script.send(.client, after: index % 40 == 0 ? 1_000_000 : 10, "abc") }
        let lines = script.recorded().split(separator: "\n")
        #expect(lines.count { $0.contains("… 16 datagrams") } == 10)
        // A pause that is as long settles the live ladder, which then is the same.
        var ladder = LiveLadder()
        var buffer = ByteBuffer()
        for (index, entry) in script.entries.enumerated() {
            if index % 40 == 0 { ladder.settle(to: &buffer) }
            ladder.add(entry.step, preview: entry.payload.span.raw, conversation: entry.conversation, to: &buffer)
        }
        ladder.settle(to: &buffer)
        #expect(buffer.text.split(separator: "\n").dropFirst() == lines.dropFirst().dropLast())
    }

    @Test func hostileChangesOfPhaseCannotDefeatFolding() {
        var script = Script()
        for index in 0..<20_000 {
            script.add(.client, after: 1, .ack, phase: index % 2 == 0 ? .data : .teardown)
        }
        #expect(script.recorded().split(separator: "\n").count < 300)
    }

    @Test func conversationsTakeTurnsWithTheirHeaders() {
        var first = Script(number: 0)
        var second = Script(number: 1, client: Endpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: 40111))
        first.handshake()
        second.handshake()
        first.add(.client, after: 5, [.psh, .ack], s: 1, a: 1, "one")
        second.add(.client, after: 5, [.psh, .ack], s: 1, a: 1, "two")
        var ladder = LiveLadder()
        var buffer = ByteBuffer()
        for (a, b) in zip(first.entries, second.entries) {
            for entry in [a, b] {
                ladder.add(entry.step, preview: entry.payload.span.raw, conversation: entry.conversation, to: &buffer)
            }
        }
        ladder.finish(first.conversation, to: &buffer)
        ladder.finish(second.conversation, to: &buffer)
        let lines = buffer.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count { $0.hasPrefix("TCP 0: 127.0.0.1:40110 ⇄") } == 5)
        #expect(lines.count { $0.hasPrefix("TCP 1: 127.0.0.1:40111 ⇄") } == 5)
        #expect(lines.count { $0 == "4 packets   3 B →  ← 0 B   no loss" } == 2)
        #expect(lines.count { $0.contains("still open at the end of the capture") } == 2)
        // An empty line stands before each header but the first.
        for index in lines.indices.dropFirst() where lines[index].contains("⇄") { #expect(lines[index - 1] == "") }
    }

    @Test func recordedConversationsAreSeparatedByAnEmptyLine() {
        var ladder = LadderRecorder()
        let scripts = [
            Script.greeting,
            {
                var other = Script(number: 1); other.handshake(); return other
            }(),
        ]
        for script in scripts {
            for entry in script.entries { ladder.add(entry.step, preview: entry.payload.span.raw) }
        }
        var buffer = ByteBuffer()
        for script in scripts { ladder.render(script.conversation, to: &buffer) }
        // What was rendered is forgotten.
        ladder.render(scripts[0].conversation, to: &buffer)
        let parts = buffer.text.split(separator: "\n\n")
        #expect(parts.count == 2)
        #expect(parts[1].contains("still open at the end of the capture, lasted 0.763 ms"))
    }

    static let columns = [80, 81, 99, 120, 200, 79, 72, 71, 57, 40, 10]

    @Test(arguments: columns, [false, true])
    func noLineIsWiderThanTheTerminal(_ columns: Int, _ usesASCII: Bool) {
        var generator = SeededGenerator(seed: UInt64(columns))
        var options = LadderOptions()
        options.columns = columns
        options.usesASCII = usesASCII
        for _ in 0..<60 {
            let script = Script.random(using: &generator)
            for output in [script.recorded(options, interface: "世界\u{202e}name"), script.live(options)] {
                for line in output.split(separator: "\n") {
                    #expect(Array(line.utf8).span.raw.columns <= max(40, columns))
                    #expect(!line.unicodeScalars.contains { !$0.isPrintable || $0 == "\u{fffd}" })
                    if usesASCII { #expect(line.utf8.allSatisfy { $0 < 0x80 }) }
                }
            }
        }
    }
}

extension Script {
    /// Steps that no honest conversation has.
    static func random(using generator: inout SeededGenerator) -> Script {
        let states: [TCPState] = [
            .unknown, .closed, .listen, .synSent, .synReceived, .established, .finWait1, .finWait2, .closeWait,
            .closing, .lastAck, .timeWait,
        ]
        let extremes: [Int64] = [
            0, 1, -1, 999, 40_000_000, 9_999_999_999, 86_400_000_000_000, .max, .min, -5_000_000_000,
        ]
        let address = IPv6Address(high: .random(in: 0...(.max), using: &generator), low: generator.next())
        let endpoint = Endpoint(address: .v6(address), port: .random(in: 0...65535, using: &generator))
        var script = Script(Bool.random(using: &generator) ? .tcp : .udp, client: endpoint, server: endpoint)
        for _ in 0..<Int.random(in: 1...80, using: &generator) {
            let alphabet: [Unicode.Scalar] = [
                "a", "\u{1b}", "\u{202e}", "世", "👋", "\u{301}", "\"", "\n", "é", "\u{9b}",
            ]
            let payload = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...60, using: &generator)).compactMap { _ in
                        alphabet.randomElement(using: &generator)
                    }))
            script.add(
                Bool.random(using: &generator) ? .client : .server, after: 0,
                TCPFlags(rawValue: .random(in: 0...0x1ff, using: &generator)), payload,
                client: states.randomElement(using: &generator), server: states.randomElement(using: &generator),
                phase: [.handshake, .data, .teardown, .reset].randomElement(using: &generator) ?? .data,
                notes: StepNotes(rawValue: .random(in: 0...0x1ff, using: &generator))
            ) {
                $0.sincePrevious = extremes.randomElement(using: &generator) ?? 0
                $0.relativeSequenceNumber = .random(in: -4_294_967_296...4_294_967_296, using: &generator)
                $0.relativeAcknowledgmentNumber = .random(in: -4_294_967_296...4_294_967_296, using: &generator)
                $0.window = .random(in: 0...65535, using: &generator)
                $0.maximumSegmentSize = .random(in: 0...65535, using: &generator)
                $0.payloadLength = .random(in: 0...Int(Int32.max), using: &generator)
                $0.handshakeTime = Bool.random(using: &generator) ? extremes.randomElement(using: &generator) : nil
                $0.roundTripTime = Bool.random(using: &generator) ? extremes.randomElement(using: &generator) : nil
                $0.responseTime = Bool.random(using: &generator) ? extremes.randomElement(using: &generator) : nil
                if Int.random(in: 0..<9, using: &generator) == 0 { $0.timestamp = nil }
            }
        }
        script.end(
            [.open, .halfClosed, .closed, .reset, .refused].randomElement(using: &generator) ?? .open, by: .client)
        return script
    }
}
