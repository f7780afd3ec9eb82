import Foundation
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct JSONWriterTests {
    static let frame = Frames.ethernet(0x800, Frames.ipv4(17, Frames.udp([0x61])))

    static func record(
        _ bytes: [UInt8] = frame, at time: Timestamp? = Timestamp(rawValue: 1_700_000_000_000_001_000),
        linkType: LinkType = .ethernet, wireLength: Int? = nil, interface: UInt32? = nil, isOffloaded: Bool = false,
        comments: [[UInt8]] = []
    ) -> String {
        text { buffer in
            var decoder = PacketDecoder()
            let header = FrameHeader(
                number: 3, timestamp: time, wireLength: wireLength ?? bytes.count, linkType: linkType,
                interface: interface, checksumIsOffloaded: isOffloaded)
            let whole = bytes + comments.joined()
            var ranges: [Range<Int>] = []
            for comment in comments {
                let start = ranges.last?.upperBound ?? bytes.count
                ranges.append(start..<start + comment.count)
            }
            let frame = Frame(
                whole.span.raw.clipped(from: 0, to: bytes.count), header: header,
                comments: FrameComments(ranges.span, in: whole.span.raw))
            buffer.jsonRecord(decoder.decode(frame))
        }
    }

    static func parsed(_ record: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(record.utf8)) as? [String: Any])
    }

    @Test func everyFieldIsAMember() {
        #expect(
            Self.record() == """
                {"frame":3,"timestamp":"1700000000.000001000","captured_length":43,"original_length":43,"link_type":1,\
                "layers":[{"layer":"ethernet","offset":0,"destination":"02:00:00:00:00:02",\
                "source":"02:00:00:00:00:01","ether_type":2048},\
                {"layer":"ipv4","offset":14,"version":4,"header_length":20,"dscp":0,"ecn":0,"total_length":29,\
                "identification":1,"flags":[],"fragment_offset":0,"ttl":64,"protocol":17,"checksum":0,\
                "checksum_status":"bad","source":"10.0.0.1","destination":"10.0.0.2"},\
                {"layer":"udp","offset":34,"source_port":1234,"destination_port":5678,"length":9,"checksum":0,\
                "checksum_status":"not_present","payload_offset":42,"payload_length":1}]}

                """)
    }

    @Test func listsHoldWordsAndItems() {
        var bytes = Self.frame
        // No operation, router alert with its two bytes of data, end of options.
        bytes.insert(contentsOf: [1, 148, 4, 0, 0, 0, 0, 0], at: 34)
        bytes[14] = 0x47
        bytes[17] += 8
        bytes[20] = 0x60
        let record = Self.record(bytes)
        #expect(record.contains(#""flags":["dont_fragment","more_fragments"],"fragment_offset":0,"#))
        #expect(
            record.contains(
                #""destination":"10.0.0.2","options":[{"type":1},{"type":148,"length":4,"data":"0000"},{"type":0}]},"#))
    }

    @Test(arguments: [
        (Timestamp(rawValue: 0), #""0.000000000""#), (Timestamp(rawValue: -1_500_000_000), #""-1.500000000""#),
        (nil, "null"),
    ])
    func timeStamps(_ time: Timestamp?, _ expected: String) {
        #expect(Self.record(at: time).hasPrefix(#"{"frame":3,"timestamp":\#(expected),"captured_length""#))
    }

    @Test func interfaceAndComments() {
        let record = Self.record(
            interface: 7, comments: [Array("tab\there".utf8), Array("\u{1b}[2J \u{202e}".utf8), [0xff]])
        #expect(
            record.contains(
                #""link_type":1,"interface_id":7,"comments":["tab\there","\u001b[2J \u202e","\ufffd"],"layers":["#))
    }

    @Test func framesWithoutADecoderHaveNoLayers() {
        #expect(Self.record([1, 2], linkType: LinkType(rawValue: 147)).hasSuffix(#""link_type":147,"layers":[]}\#n"#))
    }

    @Test(arguments: [
        (
            "captured in part", Array(frame.prefix(36)), 43,
            #"{"layer":"udp","offset":34,"reason":"truncated","needed":8,"captured":2}"#
        ),
        (
            "shorter than its header", Frames.ethernet(0x800, Frames.ipv4(17, [1, 2, 3])), 37,
            #"{"layer":"udp","offset":34,"reason":"too_short","needed":8,"available":3}"#
        ),
        (
            "an impossible version", Frames.ethernet(0x800, [0x75]), 15,
            #"{"layer":"ipv4","offset":14,"reason":"bad_version","value":7}"#
        ),
        (
            "an impossible length", Frames.ethernet(0x800, Frames.ipv4(17, [], headerWords: 4)), 34,
            #"{"layer":"ipv4","offset":14,"reason":"bad_length","value":16}"#
        ),
        (
            "too many layers", Frames.link + Array(repeating: [0x81, 0, 0, 1], count: 260).joined(), 1052,
            #"{"layer":"vlan","offset":1034,"reason":"too_deep"}"#
        ),
    ])
    func faultsSayWhatIsMissing(_ name: String, _ bytes: [UInt8], _ wireLength: Int, _ fault: String) {
        #expect(Self.record(bytes, wireLength: wireLength).hasSuffix(#"],"fault":\#(fault)}\#n"#), "\(name)")
    }

    @Test(arguments: [(43, "truncated"), (38, "malformed")])
    func headersCutShortSaySo(_ wireLength: Int, _ reason: String) {
        var bytes = Array(Self.frame.prefix(38))
        if wireLength == 38 { bytes[17] = 24 }
        #expect(
            Self.record(bytes, wireLength: wireLength).contains(
                #"{"layer":"udp","offset":34,"incomplete":"\#(reason)","source_port":1234,"destination_port":5678}]"#))
    }

    @Test func quotedLayersSaySo() throws {
        let error: [UInt8] = [3, 3, 0, 0, 0, 0, 0, 0]
        let record = Self.record(Frames.ethernet(0x800, Frames.ipv4(1, error + Frames.ipv4(17, Frames.udp([])))))
        #expect(record.contains(#"{"layer":"icmp","offset":34,"type":3,"#))
        #expect(record.contains(#"{"layer":"ipv4","offset":42,"quoted":true,"version":4,"#))
    }

    /// What other readers of the capture say, and why it is so.
    @Test func offloadedChecksumsAreBadWithAReason() {
        var bytes = Self.frame
        bytes[40] = 0xab
        #expect(
            Self.record(bytes, isOffloaded: true).contains(
                #""checksum":43776,"checksum_status":"bad","checksum_offloaded":true,"payload_offset""#))
        #expect(!Self.record(bytes).contains("offloaded"))
    }

    @Test(arguments: [
        ("plain text", Array("Grüße, 世界 🙂".utf8), "Grüße, 世界 🙂"),
        ("quotes and backslashes", Array(#"a"b\c"#.utf8), #"a\"b\\c"#),
        ("line ends and tabs", [0x0d, 0x0a, 0x09], #"\r\n\t"#),
        ("controls", [0x00, 0x07, 0x1b, 0x5b, 0x7f], #"\u0000\u0007\u001b[\u007f"#),
        ("C1 controls", [0xc2, 0x9b], #"\u009b"#),
        ("writing direction", Array("\u{202e}\u{2066}".utf8), #"\u202e\u2066"#),
        ("bytes that are not UTF-8", [0x61, 0xff, 0xc3], #"a\ufffd\ufffd"#),
    ])
    func escapes(_ name: String, _ bytes: [UInt8], _ expected: String) {
        #expect(text { $0.jsonEscaped(bytes.span.raw) } == expected, "\(name)")
    }

    @Test func anyBytesMakeAHarmlessString() throws {
        var generator = SeededGenerator(seed: 5)
        for round in 0..<200 {
            let bytes = (0..<256).map { round == 0 ? UInt8($0) : UInt8.random(in: 0...255, using: &generator) }
            let string = text { $0.jsonEscaped(bytes.span.raw) }
            #expect(string.unicodeScalars.allSatisfy { $0.isPrintable })
            let parsed = try JSONSerialization.jsonObject(with: Data("[\"\(string)\"]".utf8)) as? [String]
            #expect(parsed == [String(decoding: bytes, as: UTF8.self)] || parsed?.first?.contains("\u{fffd}") == true)
        }
    }

    /// Whatever a frame holds, its record is one line that a JSON reader takes.
    @Test func anyFrameMakesALine() throws {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<500 {
            var bytes = Frames.ethernet(0x800, Frames.ipv4(6, Frames.udp(Array(repeating: 2, count: 40))))
            for _ in 0..<4 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            let record = Self.record(bytes)
            #expect(record.firstIndex(of: "\n") == record.index(before: record.endIndex))
            let object = try Self.parsed(record)
            #expect(object["captured_length"] as? Int == bytes.count)
        }
    }

    @Test func recordsFollowEachOther() {
        let records = text { buffer in
            buffer.write("before\n")
            withPacket(Self.frame) { buffer.jsonRecord($0) }
            withPacket(Self.frame, number: 2) { buffer.jsonRecord($0) }
        }
        #expect(records.split(separator: "\n").map { $0.prefix(11) } == ["before", #"{"frame":1,"#, #"{"frame":2,"#])
    }
}
