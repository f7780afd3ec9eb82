import PacketDecoding
import Testing

@Suite struct TCPOptionsTests {
    @Test(arguments: [
        ("0204 05b4", ["kind=2", "length=4", "maximum_segment_size=1460"]),
        ("0303 0700", ["kind=3", "length=3", "window_scale_shift=7"]),
        ("0402 0000", ["kind=4", "length=2"]),
        (
            "0512 00000001 00000002 00000003 00000004 0000",
            [
                "kind=5", "length=18", "blocks[0].left_edge=1", "blocks[0].right_edge=2", "blocks[1].left_edge=3",
                "blocks[1].right_edge=4",
            ]
        ),
        ("0506 00000001 0000", ["kind=5", "length=6", "blocks=[]"]),
        ("080a 00000003 00000002 0000", ["kind=8", "length=10", "timestamp_value=3", "timestamp_echo_reply=2"]),
        (
            "1312 000102030405060708090a0b0c0d0e0f 0000",
            ["kind=19", "length=18", "digest=000102030405060708090a0b0c0d0e0f"]
        ),
        ("1e04 2001", ["kind=30", "length=4", "subtype=2", "data=2001"]),
        ("2206 01020304 0000", ["kind=34", "length=6", "cookie=01020304"]),
        ("fe04 1234", ["kind=254", "length=4", "experiment_id=0x1234", "data=1234"]),
        ("fd08 f989 01020304", ["kind=253", "length=8", "experiment_id=0xf989", "cookie=01020304"]),
        ("4d04 0109", ["kind=77", "length=4", "data=0109"]),
        ("0203 0500", ["kind=2", "length=3", "data=05"]),
        ("fe03 0500", ["kind=254", "length=3", "data=05"]),
    ])
    func fieldsByKind(_ options: String, _ expected: [String]) {
        let all = fields(of: .tcp, in: ipv4(.tcp, tcp(options: options)), linkType: .ipv4)?.fields ?? []
        let prefix = "options[0]."
        #expect(all.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) } == expected)
        #expect(!all.contains("options_malformed=true"))
    }

    @Test(arguments: [
        ("its kind and length", 2, ["1", "30"], nil), ("its subtype", 3, ["1", "30"], "2"),
        ("only its kind", 1, ["1"], nil),
    ])
    func theCaptureCutsMultipathTCPBehind(_ what: String, _ count: Int, _ kinds: [String], _ subtype: String?) {
        let packet = ipv4(.tcp, tcp(options: "01 1e0b 2000 0102030405060708"))
        let header = FrameHeader(number: 1, timestamp: nil, wireLength: packet.count, linkType: .ipv4)
        let cut = Array(packet.prefix(41 + count))
        var sink = RecordingFieldSink()
        var decoder = PacketDecoder()
        decoder.decode(unsafe Frame(cut.span.bytes, header: header)).describe(1, to: &sink)
        #expect(
            sink.fields.filter { $0.contains(".kind=") }.map { String($0.split(separator: "=")[1]) } == kinds)
        #expect(sink["options[1].subtype"] == subtype)
        #expect(sink["options_malformed"] == nil)
    }

    @Test(arguments: [
        ("an option beyond the header", "0101 0809", ["1", "1"]),
        ("a length below two", "0100 0000", ["1", "0"]),
        ("a length of zero", "0200 0000", []),
        ("a kind without length at the end", "0101 0102", ["1", "1", "1"]),
        ("multipath TCP without subtype", "1e02 0101", ["30"]),
    ])
    func listEndsAt(_ what: String, _ options: String, _ kinds: [String]) {
        let record = fields(of: .tcp, in: ipv4(.tcp, tcp(options: options)), linkType: .ipv4)
        let all = record?.fields.filter { $0.contains(".kind=") }.map { String($0.split(separator: "=")[1]) }
        #expect(all == kinds)
        #expect(record?["options_malformed"] == (kinds == ["1", "0"] ? nil : "true"))
    }

    @Test func nothingIsReadAfterTheEndOfTheList() {
        let record = fields(of: .tcp, in: ipv4(.tcp, tcp(options: "0100 0204")), linkType: .ipv4)
        #expect(record?["options[1].kind"] == "0")
        #expect(record?["options[2].kind"] == nil)
        #expect(record?["options_malformed"] == nil)
    }

    @Test func summaryGathersWhatAConversationNeeds() {
        let area = hex("0204 05b4 0402 080a 00000003 00000002 01 0303 07 0512 0000000100000002 0000000300000004")
        let summary = unsafe TCPOptionSummary(area.span.bytes)
        #expect(summary.maximumSegmentSize == 1460)
        #expect(summary.windowScaleShift == 7)
        #expect(summary.permitsSelectiveAcknowledgment)
        #expect(summary.timestampValue == 3)
        #expect(summary.timestampEchoReply == 2)
        #expect(summary.selectiveAcknowledgmentBlocks == 2)
    }
}
