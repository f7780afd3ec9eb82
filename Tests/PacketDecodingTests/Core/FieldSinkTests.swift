import PacketDecoding
import Testing

@Suite struct FieldSinkTests {
    @Test func `Numbers of any width`() {
        var sink = RecordingFieldSink()
        sink.number("a", 7 as UInt8, meaning: "seven")
        sink.number("b", Int.max)
        sink.hexNumber("c", 0xab as UInt16, digits: 4)
        sink.checksum(0x0123, .good)
        #expect(sink.fields == ["a=7", "b=9223372036854775807", "c=0x00ab", "checksum=0x0123", "checksum_status=good"])
        #expect(sink.meanings == ["a": "seven"])
    }

    @Test(
        "Checksum statuses have the schema's names",
        arguments: zip(
            [.good, .bad, .unverified, .absent, .illegal, .offloaded] as [ChecksumStatus],
            ["good", "bad", "unverified", "not_present", "illegal", "offloaded"]))
    func names(status: ChecksumStatus, name: String) { #expect("\(status.name)" == name) }
}
