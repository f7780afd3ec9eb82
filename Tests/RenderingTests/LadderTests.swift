import Conversations
import Foundation
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct LadderTests {
    @Test func theGreetingAt80Columns() {
        #expect(
            Script.greeting.recorded() == """
                TCP 0: 127.0.0.1:40110 ⇄ 127.0.0.1:9999   lo
                    9 packets   7 B →  ← 23 B   no loss
                    Δ ms CLIENT                                           SERVER
                                     │                                 │  LISTEN
                   0.000 SYN-SENT    │──SYN s0 w65495 mss65495────────▶│
                   0.744 ESTABLISHED │◀─SYN,ACK s0 a1──────────────────│  SYN-RECEIVED
                   0.019             │──ACK a1────────────────────────▶│  ESTABLISHED
                                     │                                 │  handshake 0.763 ms
                 ·· greeting ···································································
                   0.155             │◀─PSH s1+8 "Welcome!"────────────│
                   0.052             │──PSH s1+7 "Michael"────────────▶│
                   1.167             │◀─PSH s9+15 "Hello, Michael!"────│  server took 1.167 ms
                 ·· teardown: client closes first ··············································
                   0.027 FIN-WAIT-1  │──FIN s22 a50───────────────────▶│  CLOSE-WAIT
                   1.320 TIME-WAIT   │◀─FIN s50 a23────────────────────│  LAST-ACK
                   0.045             │──ACK a51───────────────────────▶│  CLOSED
                 ·· closed by client after 3.529 ms ············································
                greeting: welcome, 1 name, 1 answer, no exit
                  "Michael": answered after 1.167 ms

                """)
    }

    @Test func widerTerminalsHaveRoomForRemarksAndAcknowledgmentNumbers() {
        var options = LadderOptions()
        options.columns = 120
        let lines = Script.greeting.recorded(options).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines[4...8].joined(separator: "\n") == """
                   0.744 ESTABLISHED │◀─SYN,ACK s0 a1 w64──────────────────────────────────│  SYN-RECEIVED
                   0.019             │──ACK a1────────────────────────────────────────────▶│  ESTABLISHED  handshake 0.763 ms
                 ·· greeting ···········································································································
                   0.155             │◀─PSH s1+8 a1 "Welcome!"─────────────────────────────│
                   0.052             │──PSH s1+7 a9 "Michael"─────────────────────────────▶│
                """)
    }

    @Test func liveLaddersInASCIIHaveTheirTotalsAtTheEnd() {
        var options = LadderOptions()
        options.usesASCII = true
        #expect(
            Script.greeting.live(options) == """
                TCP 0: 127.0.0.1:40110 <-> 127.0.0.1:9999   lo
                      ms CLIENT                                           SERVER
                                     |                                 |  LISTEN
                   0.000 SYN-SENT    |--SYN s0 w65495 mss65495-------->|
                   0.744 ESTABLISHED |<-SYN,ACK s0 a1------------------|  SYN-RECEIVED
                   0.019             |--ACK a1------------------------>|  ESTABLISHED
                                     |                                 |  handshake 0.763 ms
                 .. greeting ...................................................................
                   0.155             |<-PSH s1+8 "Welcome!"------------|
                   0.052             |--PSH s1+7 "Michael"------------>|
                   1.167             |<-PSH s9+15 "Hello, Michael!"----|  server took 1.167 ms
                 .. teardown: client closes first ..............................................
                   0.027 FIN-WAIT-1  |--FIN s22 a50------------------->|  CLOSE-WAIT
                   1.320 TIME-WAIT   |<-FIN s50 a23--------------------|  LAST-ACK
                   0.045             |--ACK a51----------------------->|  CLOSED
                 .. closed by client after 3.529 ms ............................................
                9 packets   7 B ->  <- 23 B   no loss
                greeting: welcome, 1 name, 1 answer, no exit
                  "Michael": answered after 1.167 ms

                """)
    }

    @Test func totalsOfLiveLaddersStandOnce() {
        var scripts = [Script.greeting, Script.greeting, Script()]
        scripts[0].add(.server, after: 5, .rst, s: 51, client: .closed, server: .closed, phase: .teardown)
        scripts[0].end(.closed, by: .client)
        scripts[2].handshake()
        var ladder = LiveLadder()
        var buffer = ByteBuffer()
        for index in scripts.indices {
            for var entry in scripts[index].entries {
                entry.conversation.number = index
                ladder.add(entry.step, preview: entry.payload.span.raw, conversation: entry.conversation, to: &buffer)
            }
        }
        for index in scripts.indices {
            var conversation = scripts[index].conversation
            conversation.number = index
            ladder.finish(conversation, to: &buffer)
        }
        let lines = buffer.text.split(separator: "\n")
        #expect(lines.count { $0.contains(" packets   ") } == 3)
        #expect(lines.count { $0.contains("⇄") } == 3)
        #expect(lines.last == "3 packets   0 B →  ← 0 B   no loss")
        #expect(buffer.text.contains("◀─RST s51"))
    }

    @Test func coloursChangeNothingButColours() {
        var options = LadderOptions()
        options.usesColor = true
        let colored = Script.greeting.recorded(options)
        #expect(colored.contains("│\u{1b}[36m──PSH s1+7 \"Michael\"────────────▶\u{1b}[0m│"))
        #expect(colored.contains("│\u{1b}[33m◀─PSH s1+8 \"Welcome!\"────────────\u{1b}[0m│"))
        var plain = colored
        for code in ["36", "33", "31", "2", "0"] { plain = plain.replacing("\u{1b}[\(code)m", with: "") }
        #expect(plain == Script.greeting.recorded())
    }

    @Test func refusedConnections() {
        var script = Script()
        script.add(.client, after: 0, .syn, client: .synSent, server: .listen, phase: .handshake)
        script.add(
            .server, after: 21, [.rst, .ack], a: 1, client: .closed, server: .closed, phase: .reset,
            notes: [.refused, .reset])
        script.end(.refused, by: .server)
        #expect(
            script.recorded(interface: nil) == """
                TCP 0: 127.0.0.1:40110 ⇄ 127.0.0.1:9999   2 packets   0 B →  ← 0 B   no loss
                    Δ ms CLIENT                                           SERVER
                                     │                                 │  LISTEN
                   0.000 SYN-SENT    │──SYN s0 w64────────────────────▶│
                 ·· refused by server ··························································
                   0.021 CLOSED      │◀─RST s0 a1──────────────────────│  CLOSED
                                     │                                 │  connection refused
                 ·· refused by server after 0.021 ms ···········································

                """)
    }

    @Test func whatIsWorthSayingIsSaid() {
        var script = Script()
        script.add(
            .client, after: 0, [.psh, .ack], s: 1, "again", client: .established, server: .established,
            notes: .midstream)
        script.add(.client, after: 200_000, [.psh, .ack], s: 1, "again", notes: .retransmission)
        script.add(.server, after: 7, .ack, a: 6) { $0.roundTripTime = 7_000 }
        script.add(.server, after: 7, .ack, a: 6) { $0.analysis = .zeroWindow }
        script.add(
            .client, after: 9_999_999, [.fin, .ack], s: 6, a: 1, client: .finWait1, server: .closeWait,
            phase: .teardown, notes: .firstFIN)
        script.add(
            .server, after: -1_000, .ack, s: 1, a: 7, "late", client: .finWait2, phase: .teardown,
            notes: .halfClosedData)
        script.add(
            .server, after: 90_000_000, .rst, s: 5, client: .closed, server: .closed, phase: .reset, notes: .reset)
        script.end(.reset, by: .server)
        #expect(
            script.recorded() == """
                TCP 0: 127.0.0.1:40110 ⇄ 127.0.0.1:9999   lo
                    7 packets   5 B →  ← 4 B   1 retransmission
                    Δ ms CLIENT                                           SERVER
                 ·· the capture begins in the middle of this conversation ······················
                 ·· data ·······································································
                   0.000 ESTABLISHED │──PSH s1+5 "again"──────────────▶│  ESTABLISHED
                 200.000             │──PSH s1+5 "again"──────────────▶│  retransmission
                   0.007             │◀─ACK a6─────────────────────────│  RTT 0.007 ms
                   0.007             │◀─ACK a6─────────────────────────│  zero window
                 ·· teardown: client closes first ··············································
                9999.999 FIN-WAIT-1  │──FIN s6 a1─────────────────────▶│  CLOSE-WAIT
                  -1.000 FIN-WAIT-2  │◀─ACK s1+4 "late"────────────────│  half-closed
                 ·· reset by server ····························································
                90000.00 CLOSED      │◀─RST s5─────────────────────────│  CLOSED  reset
                 ·· reset by server after 100.199 s ············································

                """)
    }

    @Test(
        arguments: [
            ([.lostSegment], "lost segment"), ([.retransmission, .fastRetransmission], "fast retransmission"),
            ([.retransmission, .spuriousRetransmission], "spurious retransmit"), ([.outOfOrder], "out of order"),
            ([.duplicateACK], "duplicate ACK 3"), ([.keepAlive], "keep-alive"), ([.keepAliveACK], "keep-alive ACK"),
            ([.zeroWindowProbe], "zero window probe"), ([.zeroWindow, .zeroWindowProbeACK], "zero window probe ACK"),
            ([.windowUpdate], "window update"), ([.windowFull], "window full"),
            ([.selectiveACK], "SACK: 1.4 kB missing"),
            ([.ackLostSegment], "ACK of lost segment"), ([.reusedPorts], "ports reused"),
            ([.delayedACK], "delayed ACK 40.000 ms"), ([.congestionExperienced], "congestion experienced"),
        ] as [(SegmentAnalysis, String)])
    func theAnalysisIsNamed(analysis: SegmentAnalysis, name: String) {
        var script = Script()
        script.handshake()
        script.add(.server, after: 40_000, .ack, s: 1, a: 2) {
            $0.analysis = analysis
            $0.duplicateACKNumber = 3
            $0.missingBytes = 1448
            if analysis == .delayedACK { $0.roundTripTime = 40_000_000 }
        }
        #expect(script.recorded().contains("│  \(name)\n"))
    }

    @Test func whoWaitedForWhomIsTold() {
        var script = Script()
        script.add(.server, after: 0, [.psh, .ack], s: 1, "a") { $0.responseTime = 5_000_000 }
        script.add(.client, after: 1, [.psh, .ack], s: 1, "b") { $0.responseTime = 3_000_000_000 }
        script.add(.client, after: 1, [.psh, .ack], s: 2, "c") { $0.responseTime = 99_000_000 }
        #expect(script.recorded().contains("│  server took 5.000 ms\n"))
        #expect(script.recorded().contains("│  client idle 3.000 s\n"))
        #expect(script.recorded().components(separatedBy: "client idle").count == 2)
    }

    @Test func yearsOfSilenceAreToldInDays() {
        var script = Script()
        script.add(.client, after: 0, [.psh, .ack], s: 1, "a")
        script.add(.client, after: 0, [.psh, .ack], s: 1, "b") { $0.responseTime = 491_965_089 * 1_000_000_000 }
        #expect(script.recorded().contains("│  client idle 5694 days\n"))
    }

    @Test func encryptedPayloadIsNoText() {
        var script = Script()
        script.add(.client, after: 0, [.psh, .ack], s: 1, "by chance") { $0.application = .tls }
        #expect(script.recorded().contains("PSH s1+9 62 79 20 63 68 61…"))
    }

    @Test func datagramsHaveLengthsAndNoStates() {
        let address = IPAddress.v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: 1))
        var script = Script(
            .udp, client: Endpoint(address: address, port: 5353), server: Endpoint(address: address, port: 53))
        script.send(.client, after: 0)
        script.send(.server, after: 1500, "Welcome!") { $0.responseTime = 1_500_000 }
        script.send(.server, after: 10, "ICMP port unreachable", notes: .icmpError) { $0.payloadLength = 0 }
        #expect(
            script.recorded(interface: "eth0") == """
                UDP 0: [2001:db8::1]:5353 ⇄ [2001:db8::1]:53   eth0
                    2 packets and 1 ICMP error   0 B →  ← 8 B
                    Δ ms CLIENT                                           SERVER
                 ·· data ·······································································
                   0.000             │──0 B───────────────────────────▶│
                   1.500             │◀─8 B "Welcome!"─────────────────│  server took 1.500 ms
                   0.010             │◀─ICMP port unreachable──────────│
                 ·· ended with the capture, lasted 1.510 ms ····································

                """)
    }

    @Test func longHeadersBreakBetweenTheirParts() {
        let address = IPAddress.v6(IPv6Address(high: 0x2001_0db8_1111_2222, low: 0x3333_4444_5555_6666))
        var script = Script(
            client: Endpoint(address: address, port: 65535), server: Endpoint(address: address, port: 65534))
        script.add(.client, after: 0, .ack)
        let lines = script.recorded(interface: "lo").split(separator: "\n")
        #expect(
            lines[0...1] == [
                "TCP 0: [2001:db8:1111:2222:3333:4444:5555:6666]:65535",
                "     ⇄ [2001:db8:1111:2222:3333:4444:5555:6666]:65534   lo",
            ])
    }

    @Test(arguments: [
        ("e\u{1b}[2J", #"e\x1b[2J"#), (#"\Device\NPF_{1A2B"#, #"\Device\NPF_{1A2B"#),
        (#"\Device\NPF_{1A2B3C4D}"#, #"\Device\NPF_{1A2B3C…"#), ("a234567890123456789\u{1b}", "a234567890123456789…"),
    ])
    func interfaceNamesAreEscapedAndCut(name: String, shown: String) {
        let first = Script.greeting.recorded(interface: name).split(separator: "\n")[0]
        #expect(first == "TCP 0: 127.0.0.1:40110 ⇄ 127.0.0.1:9999   \(shown)")
    }

    @Test func lossesAreNotOverlooked() {
        var script = Script()
        script.handshake()
        script.add(.server, after: 1, .ack, s: 1, a: 1)
        script.conversation.server.acknowledgedLostSegments = 2
        #expect(script.recorded().contains("← 0 B   2 ACKs of lost segments\n"))
        script.conversation.client.lostSegments = 1
        #expect(script.recorded().contains("1 lost segment, 2 ACKs of lost segments\n"))
        #expect(!script.recorded().contains("no loss"))
    }

    @Test func oneSideIsNoReasonToSpeakOfNoLoss() {
        var script = Script()
        script.add(.client, after: 0, [.psh, .ack], s: 1, "a")
        script.conversation.completeness = [.acknowledgment, .data]
        #expect(script.recorded().contains("only one side captured"))
        // A SYN asks for an answer, it has none yet.
        script.conversation.completeness = [.syn]
        #expect(script.recorded().contains("no loss"))
    }

    @Test func aLiveLadderThatGoesOnTellsItsPhaseOnce() {
        var other = Script(number: 1)
        other.handshake()
        var ladder = LiveLadder()
        var buffer = ByteBuffer()
        for (index, entry) in Script.greeting.entries.enumerated() {
            ladder.add(entry.step, preview: entry.payload.span.raw, conversation: entry.conversation, to: &buffer)
            let between = other.entries[min(index, other.entries.count - 1)]
            ladder.add(
                between.step, preview: between.payload.span.raw, conversation: between.conversation, to: &buffer)
        }
        let lines = buffer.text.split(separator: "\n")
        #expect(lines.count { $0.contains("·· greeting ··") } == 1)
        #expect(lines.count { $0.contains("·· teardown: client closes first ··") } == 1)
        #expect(lines.count { $0.contains("·· handshake ··") } == 0)
        #expect(lines.count { $0 == "TCP 1: 127.0.0.1:40110 ⇄ 127.0.0.1:9999" } > 1)
    }

    /// A terminal that changes its width gets a header and rows of the new one, and the phase goes on.
    @Test func aLiveLadderFollowsItsTerminal() {
        var ladder = LiveLadder()
        var buffer = ByteBuffer()
        for (index, entry) in Script.greeting.entries.enumerated() {
            if index == 5 { ladder.resize(columns: 100, to: &buffer) }
            if index == 6 { ladder.resize(columns: 100, to: &buffer) }
            ladder.add(entry.step, preview: entry.payload.span.raw, conversation: entry.conversation, to: &buffer)
        }
        let lines = buffer.text.split(separator: "\n").map(String.init)
        let headers = lines.indices.filter { lines[$0].contains("⇄") }
        #expect(headers.count == 2)
        let rows = lines.indices.filter { lines[$0].contains("▶│") || lines[$0].contains("│◀") }
        func arrows(_ rows: [Int]) -> Set<Int> {
            Set(rows.map { row in lines[row].split(separator: "│", omittingEmptySubsequences: false)[1].count })
        }
        let narrow = arrows(rows.filter { $0 < headers[1] })
        let wide = arrows(rows.filter { $0 > headers[1] })
        #expect(narrow.count == 1 && wide.count == 1)
        #expect((narrow.first ?? 0) < (wide.first ?? 0), "\(buffer.text)")
        #expect(lines.count { $0.contains("·· greeting ··") } == 1)
    }

    @Test func namesOfAGreetingMakeRoom() {
        var script = Script()
        for name in ["Maximiliana", "Theodora-Sophie"] {
            script.add(.client, after: 1, [.psh, .ack], s: 1, name) { $0.application = .greeting }
        }
        script.add(.server, after: 1, [.psh, .ack], s: 1, "Hello, MaximilianaTheodora-Sophie!") {
            $0.application = .greeting
        }
        var options = LadderOptions()
        options.columns = 72
        let lines = script.recorded(options).split(separator: "\n")
        #expect(lines.last == #"  "Maximiliana" + "Th…: 2 segments run together, answered after 0.001 ms"#)
        #expect(lines.allSatisfy { $0.count <= 72 })
    }

    @Test func recordsWithoutATimeHaveADash() {
        var script = Script()
        script.add(.client, after: 0, .ack, a: 1) { $0.timestamp = nil }
        #expect(script.recorded().contains("\n       - ?           │──ACK a1────"))
    }

    @Test func narrowTerminalsHaveStatesAndRemarksBeneathTheArrows() {
        var options = LadderOptions()
        options.columns = 40
        #expect(
            Script.greeting.recorded(options) == """
                TCP 0: 127.0.0.1:40110 ⇄ 127.0.0.1:9999
                    lo
                    9 packets   7 B →  ← 23 B   no loss
                    Δ ms CLIENT                   SERVER
                         │                       LISTEN│
                   0.000 │──SYN s0 w65495 mss65495────▶│
                         │SYN-SENT                     │
                   0.744 │◀─SYN,ACK s0 a1──────────────│
                         │ESTABLISHED      SYN-RECEIVED│
                   0.019 │──ACK a1────────────────────▶│
                         │                  ESTABLISHED│
                         │  handshake 0.763 ms         │
                 ·· greeting ···························
                   0.155 │◀─PSH s1+8 "Welcome!"────────│
                   0.052 │──PSH s1+7 "Michael"────────▶│
                   1.167 │◀─PSH s9+15 "Hello, Micha…"──│
                         │  server took 1.167 ms       │
                 ·· teardown: client closes first ······
                   0.027 │──FIN s22 a50───────────────▶│
                         │FIN-WAIT-1         CLOSE-WAIT│
                   1.320 │◀─FIN s50 a23────────────────│
                         │TIME-WAIT            LAST-ACK│
                   0.045 │──ACK a51───────────────────▶│
                         │                       CLOSED│
                 ·· closed by client after 3.529 ms ····
                greeting: welcome, 1 name, 1 answer, no…
                  "Michael": answered after 1.167 ms

                """)
    }

    @Test func simultaneousOpenAndCloseAreTold() {
        var script = Script()
        script.add(.client, after: 0, .syn, client: .synSent, server: .listen, phase: .handshake)
        script.add(.server, after: 5, .syn, client: .synReceived, server: .synSent, phase: .handshake)
        script.add(.client, after: 5, [.syn, .ack], a: 1, server: .established, phase: .handshake)
        script.add(.server, after: 5, [.syn, .ack], a: 1, client: .established, phase: .handshake)
        script.add(
            .client, after: 5, [.fin, .ack], s: 1, a: 1, client: .finWait1, server: .closeWait, phase: .teardown,
            notes: .firstFIN)
        script.add(
            .server, after: 5, [.fin, .ack], s: 1, a: 1, client: .closing, server: .closing, phase: .teardown)
        let lines = script.recorded().split(separator: "\n")
        #expect(lines.count { $0.contains("simultaneous open") } == 1)
        // Nobody listened; a live ladder cannot know that.
        #expect(!lines.contains { $0.contains("LISTEN") })
        #expect(script.live().contains("LISTEN"))
        #expect(lines.count { $0.contains("simultaneous close") } == 1)
        #expect(lines.last { $0.contains("▶│") || $0.contains("│◀") }?.contains("CLOSING") == true)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\u{1b}", true), ("Grüße, 世界", true), ("\u{1}\u{2}\u{3}abcdefghi", true),
        ("\u{1}\u{2}\u{3}abcdefgh", false), ("\u{202e}\u{202e}abcdef", false),
        (String(repeating: "a", count: 31) + "é and on", true),
    ])
    func onlyTextIsPreviewed(payload: String, isShown: Bool) {
        var script = Script()
        script.add(.client, after: 0, [.psh, .ack], s: 1, payload)
        #expect(script.recorded().contains("s1+\(payload.utf8.count) \"") == isShown)
    }

    @Test func `what is given up is told as that, and then makes room`() {
        var script = Script()
        script.handshake()
        var ladder = LadderRecorder()
        for entry in script.entries { ladder.add(entry.step, preview: entry.payload.span.raw) }
        let drawn = text { ladder.render(script.conversation, isGivenUp: true, to: &$0) }
        #expect(drawn.contains("handshake 0.763 ms"))
        #expect(drawn.contains("still open when given up, lasted 0.763 ms"))
        #expect(!drawn.contains("end of the capture"))
        var live = LiveLadder()
        #expect(
            text { live.finish(script.conversation, isGivenUp: true, to: &$0) }.contains("still open when given up"))
        // What comes late begins no ladder in its middle.
        ladder.add(script.entries[2].step, preview: RawSpan())
        #expect(ladder.omittedSteps == 1)
    }
}
