import Conversations
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct ExpertReportTests {
    private static func step(_ frame: Int, _ change: (inout ConversationStep) -> Void) -> ConversationStep {
        var step = ConversationStep(transport: .tcp, conversation: 0, side: .client, frame: frame, timestamp: nil)
        change(&step)
        return step
    }

    /// IPv4 and UDP whose UDP checksum is 0x1234, in a record of `wireLength` bytes.
    private static func datagram(_ captured: Int, wireLength: Int = 28) -> OwnedPacket {
        let bytes: [UInt8] = [
            0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0x66, 0xcf, 10, 0, 0, 1, 10, 0, 0, 2, 3, 0xe8, 7, 0xd0, 0, 8, 0x12,
            0x34,
        ]
        return OwnedPacket(
            Array(bytes.prefix(captured)),
            header: FrameHeader(number: captured, timestamp: nil, wireLength: wireLength, linkType: .ipv4))
    }

    /// A router's time exceeded with as much of a TCP header as RFC 792 asks for, and one with half of its IP header.
    @Test func aQuoteThatIsNotWholeIsNoFault() {
        for quoted in [28, 10] {
            let quote: [UInt8] = [
                0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0x66, 0xce, 10, 0, 0, 1, 10, 0, 0, 2, 3, 0xe8, 7, 0xd0, 0, 0, 0, 1,
            ]
            let message: [UInt8] = [11, 0, 0, 0, 0, 0, 0, 0] + quote.prefix(quoted)
            let header: [UInt8] = [
                0x45, 0, 0, UInt8(20 + message.count), 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 9, 10, 0, 0, 1,
            ]
            let bytes = header + message
            var report = ExpertReport()
            let frame = FrameHeader(number: 1, timestamp: nil, wireLength: bytes.count, linkType: .ipv4)
            OwnedPacket(bytes, header: frame).withDecoded { report.add($0) }
            let lines = text { $0.expertRecords(report) }
            #expect(lines.contains("\"error_message\"") && !lines.contains("malformed"), "\(lines)")
        }
    }

    /// UDP over IPv6 with checksum 0: only a tunnel may send that (RFC 8200 section 8.1).
    @Test(arguments: [(4789, false), (6000, true)] as [(UInt16, Bool)])
    func aTunnelNeedsNoChecksumOverIPv6(port: UInt16, isBad: Bool) {
        let address = [UInt8](repeating: 0, count: 15)
        let inner: [UInt8] = [8, 0, 0, 0, 0, 0, 1, 0]
        let bytes: [UInt8] =
            [0x60, 0, 0, 0, 0, 16, 17, 64] + address + [1] + address + [2]
            + [200, 0, UInt8(port >> 8), UInt8(port & 255), 0, 16, 0, 0] + inner
        var report = ExpertReport()
        let frame = FrameHeader(number: 1, timestamp: nil, wireLength: bytes.count, linkType: .ipv6)
        OwnedPacket(bytes, header: frame).withDecoded { report.add($0) }
        #expect(text { $0.expertRecords(report) }.contains("bad_checksum") == isBad)
    }

    @Test func whatBecameOfFragmentsIsTold() {
        var report = ExpertReport()
        report.addOverlap(frame: 3)
        report.addAbandoned(1200)
        report.addIncomplete(0)
        #expect(
            text { $0.expertTable(report) } == """
                severity  observation                           count  first frames
                warning   overlapping fragments                     1  3
                note      datagram given up for memory          1,200

                """)
    }

    @Test func theWorstComesFirstThenTheMostFrequent() {
        var report = ExpertReport()
        report.add(Self.step(1) { $0.notes = .handshakeComplete })
        for frame in 2...8 { report.add(Self.step(frame) { $0.analysis = .duplicateACK }) }
        report.add(Self.step(9) { $0.analysis = [.retransmission, .fastRetransmission] })
        report.add(Self.step(10) { $0.analysis = [.zeroWindow] })
        report.add(Self.step(11) { $0.notes = .reset })
        report.add(Self.step(12) { $0.notes = .reset })
        Self.datagram(28).withDecoded { report.add($0) }
        report.addIncomplete(2)
        #expect(
            text { $0.expertTable(report) } == """
                severity  observation                           count  first frames
                error     udp bad checksum                          1  28
                warning   tcp connection reset                      2  11, 12
                warning   tcp zero window                           1  10
                note      tcp duplicate ack                         7  2, 3, 4, 5, 6, …
                note      datagram incomplete                       2
                note      tcp retransmission                        1  9
                note      tcp fast retransmission                   1  9
                chat      tcp connection opened                     1  1

                """)
    }

    @Test func severalLayersOfOneFrameCountOnce() {
        var report = ExpertReport()
        report.add(Self.step(3) { $0.analysis = .duplicateACK })
        report.add(Self.step(3) { $0.analysis = .duplicateACK })
        report.add(Self.step(4) { $0.analysis = .duplicateACK })
        #expect(text { $0.expertTable(report) }.contains("tcp duplicate ack                         2  3, 4\n"))
    }

    /// Whether it lies in one segment or in several; `close notify` and what is encrypted say nothing is wrong.
    @Test func tlsAlertsInTheClearAreTold() {
        var report = ExpertReport()
        var decoder = PacketDecoder()
        let alerts: [[UInt8]] = [
            [21, 3, 3, 0, 2, 2, 40], [21, 3, 3, 0, 2, 1, 0, 21, 3, 3, 0, 2, 2, 48], [21, 3, 3, 0, 2, 2, 250],
            [21, 3, 3, 0, 2, 1, 0], [21, 3, 3, 0, 18] + Array(repeating: 90, count: 18),
        ]
        for (index, alert) in alerts.enumerated() {
            let frame = FrameHeader(number: index + 1, timestamp: nil, wireLength: alert.count, linkType: .raw)
            report.add(
                message: decoder.decode(unsafe alert.span.bytes, of: .tcp, application: nil, header: frame))
        }
        let lines = text { $0.expertTable(report) }.split(separator: "\n").dropFirst().map(String.init)
        #expect(
            lines == [
                "warning   tls alert: handshake failure              1  1",
                "warning   tls alert: unknown CA                     1  2",
                "warning   tls alert: 250                            1  3",
            ])
        #expect(text { $0.expertRecords(report) }.contains("\"layer\":\"tls\",\"alert\":\"unknown CA\",\"count\":1"))
    }

    @Test func aCutIsNoFaultOfThePacket() {
        var report = ExpertReport()
        // Captured 24 of 28 bytes; 10 bytes that claim to be all there was.
        Self.datagram(24).withDecoded { report.add($0) }
        Self.datagram(10, wireLength: 10).withDecoded { report.add($0) }
        #expect(
            text { $0.expertRecords(report) } == """
                {"record":"observation","severity":"error","observation":"malformed","layer":"ipv4","count":1,"first_frames":[10]}
                {"record":"observation","severity":"note","observation":"cut_by_snapshot_length","layer":"udp","count":1,"first_frames":[24]}

                """)
    }

    @Test func icmpErrorsAreNotSegments() {
        var report = ExpertReport()
        report.add(
            Self.step(1) {
                $0.notes = .icmpError; $0.analysis = .zeroWindow
            })
        #expect(report.isEmpty)
    }

    /// Every observation of the analysis has a name and is told.
    @Test(arguments: 0..<20)
    func theWholeAnalysisIsTold(bit: Int) {
        var report = ExpertReport()
        report.add(Self.step(1) { $0.analysis = SegmentAnalysis(rawValue: 1 << UInt32(bit)) })
        #expect(!text { $0.expertRecords(report) }.contains("\"segment\""))
        #expect(!report.isEmpty)
    }
}
