import Testing

@testable import PacketDecoding

@Suite struct TrafficClassTests {
    @Test(
        arguments: [
            (0x00, 0, "CS0, default", 0, "not ECN-capable"),
            (0xb8, 46, "EF, expedited forwarding", 0, "not ECN-capable"),
            (0x2a, 10, "AF11", 2, "ECT(0), ECN-capable"), (0xc3, 48, "CS6", 3, "CE, congestion experienced"),
        ] as [(UInt8, Int, String, Int, String)])
    func namedParts(_ octet: UInt8, _ dscp: Int, _ dscpName: String, _ ecn: Int, _ ecnName: String) {
        var sink = RecordingFieldSink()
        sink.trafficClass(octet)
        #expect(sink.fields == ["dscp=\(dscp)", "ecn=\(ecn)"])
        #expect(sink.meanings == ["dscp": dscpName, "ecn": ecnName])
    }

    @Test func codePointsWithoutANameHaveNone() {
        var sink = RecordingFieldSink()
        sink.trafficClass(0xfd)
        #expect(sink.fields == ["dscp=63", "ecn=1"])
        #expect(sink.meanings["dscp"] == nil)
    }
}
