import PacketDecoding
import Testing

@testable import Rendering

@Suite struct ProtocolReportTests {
    static var counts: ProtocolCounts {
        var counts = ProtocolCounts()
        let tunnel = Frames.ethernet(0x800, Frames.ipv4(4, Frames.ipv4(17, Frames.udp([]))))
        for _ in 0..<3 { withPacket(tunnel, wireLength: 1500) { counts.add($0) } }
        withPacket(Frames.ethernet(0x88b5, [])) { counts.add($0) }
        withPacket([1, 2, 3]) { counts.add($0) }
        return counts
    }

    @Test func theTableHasSharesAndATotal() {
        #expect(
            text { $0.protocolTable(Self.counts) } == """
                protocol                         packets      %            bytes      %
                ethernet                               4   80.0            4,514   99.9
                ipv4                                   3   60.0            4,500   99.6
                udp                                    3   60.0            4,500   99.6
                with a fault                           1   20.0                3    0.1
                total                                  5  100.0            4,517  100.0

                """)
    }

    @Test func recordsAreJSONLines() {
        #expect(
            text { $0.protocolRecords(Self.counts) } == """
                {"record":"protocol","layer":"ethernet","packets":4,"bytes":4514}
                {"record":"protocol","layer":"ipv4","packets":3,"bytes":4500}
                {"record":"protocol","layer":"udp","packets":3,"bytes":4500}

                """)
    }

    @Test func setsOfKindsThatShareAPlaceAreCountedApart() {
        var counts = ProtocolCounts()
        var expected: [LayerKind: Int] = [:]
        let bytes: [UInt8] = [0]
        for round in 1...3000 {
            let kinds = LayerKind.allCases.filter { (round &* 2_654_435_761 >> Int($0.rawValue)) & 1 != 0 }
            let layers = kinds.map { Layer($0, at: 0, headerLength: 1, end: 1) }
            let header = FrameHeader(number: round, timestamp: nil, wireLength: 1, linkType: .ethernet)
            counts.add(
                unsafe Packet(frame: Frame(bytes.span.bytes, header: header), layers: layers.span, fault: nil))
            for kind in kinds { expected[kind, default: 0] += 1 }
        }
        let byKind = counts.byKind
        for kind in LayerKind.allCases {
            #expect(byKind[Int(kind.rawValue)].packets == expected[kind] ?? 0)
            #expect(byKind[Int(kind.rawValue)].bytes == expected[kind] ?? 0)
        }
        #expect(counts.total.packets == 3000)
    }

    @Test func aWordHasABitForEveryKind() {
        #expect(LayerKind.allCases.allSatisfy { $0.rawValue < 64 })
    }

    @Test func anEmptyCaptureHasATotal() {
        #expect(
            text { $0.protocolTable(ProtocolCounts()) }.hasSuffix(
                "\ntotal                                  0    0.0                0    0.0\n"))
    }
}
