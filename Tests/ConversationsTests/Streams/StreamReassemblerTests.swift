import Conversations
import PacketDecoding
import Testing

private struct Row: CustomTestStringConvertible {
    let name: String
    let segments: [StreamSegment]
    let client: String

    init(_ name: String, _ segments: [StreamSegment], _ client: String) {
        self.name = name
        self.segments = segments
        self.client = client
    }

    var testDescription: String { name }
}

@Suite struct StreamReassemblerTests {
    @Test(arguments: [
        Row("in order", [.init(1, "ab"), .init(3, "cd")], "abcd[open]"),
        Row("two swapped", [.init(1, "ab"), .init(5, "ef"), .init(3, "cd")], "abcdef[open]"),
        Row("the first comes last", [.init(0, flags: [.syn]), .init(3, "cd"), .init(1, "ab")], "abcd[open]"),
        Row("sent again", [.init(1, "ab"), .init(1, "ab"), .init(3, "cd")], "abcd[open]"),
        Row("sent again with more", [.init(1, "ab"), .init(1, "abcd"), .init(4, "def")], "abcdef[open]"),
        Row(
            "other bytes in place of what was handed on",
            [.init(1, "abcdef"), .init(3, "cXeY"), .init(1, "ab"), .init(5, "zf")],
            "abcdef[3 differ][1 differ][open]"),
        Row(
            "other bytes behind the end of a stream",
            [.init(1, "abcd", flags: [.fin, .ack]), .acknowledged(6), .init(1, "abxd")],
            "abcd[finished][1 differ]"),
        Row(
            "other bytes in place of what was held, and what that was sent with",
            [.init(0, flags: [.syn]), .init(3, "cd"), .init(1, "ab"), .init(2, "Xcdef")], "abcd[1 differ]ef[open]"),
        Row("a keep-alive", [.init(1, "ab"), .init(2, "x"), .init(3, "cd")], "abcd[open]"),
        Row(
            "a keep-alive's byte before the first ones seen",
            [.acknowledged(1), .init(0, "x", notes: .keepAlive), .init(1, "ab")], "ab[open]"),
        Row(
            "a keep-alive behind a hole", [.init(1, "ab"), .init(4, "de"), .init(5, "x", notes: .keepAlive)],
            "ab[1 oneWay]de[open]"),
        Row(
            "a zero-window probe's byte that was taken", [.init(1, "ab"), .init(3, "c"), .init(4, "de")], "abcde[open]"),
        Row(
            "a keep-alive before any data",
            [.init(0, flags: [.syn]), .init(0, flags: [.syn, .ack], side: .server), .init(0, "x"), .init(1, "ab")],
            "ab[open]"),
        Row("data in the SYN", [.init(0, "ab", flags: [.syn]), .init(3, "cd")], "abcd[open]"),
        Row("a FIN with data", [.init(1, "ab", flags: [.fin, .ack])], "ab[finished]"),
        Row(
            "a FIN before its data", [.init(0, flags: [.syn]), .init(3, flags: [.fin, .ack]), .init(1, "ab")],
            "ab[finished]"),
        Row(
            "a SYN after the end of a stream without a byte",
            [
                .init(0, flags: [.syn]), .init(1, flags: [.fin, .ack]), .init(0, flags: [.syn]), .init(1, "ab"),
            ], "[2 afterFIN][finished]"),
        Row("data behind a FIN", [.init(1, "ab", flags: [.fin, .ack]), .init(4, "cd")], "ab[2 afterFIN][finished]"),
        Row(
            "data behind a FIN that was acknowledged",
            [.init(1, "ab", flags: [.fin, .ack]), .acknowledged(4), .init(4, "cd"), .init(4, "cd")],
            "ab[finished][2 afterFIN]"),
        Row(
            "acknowledged data in the place of a FIN",
            [.init(1, "ab", flags: [.fin, .ack]), .init(3, "cd"), .acknowledged(5), .init(5, "e")], "abcde[open]"),
        Row(
            "acknowledged data behind the number of a FIN",
            [.init(1, "ab", flags: [.fin, .ack]), .init(4, "cd"), .acknowledged(6), .init(6, "e")], "abcde[open]"),
        Row(
            "a FIN, acknowledged data in its place, and the FIN that counts",
            [
                .init(1, "ab", flags: [.fin, .ack]), .init(3, "cd"), .acknowledged(5),
                .init(5, "e", flags: [.fin, .ack]), .acknowledged(7),
            ], "abcde[finished]"),
        Row(
            "a FIN before data that has come is none",
            [.init(0, flags: [.syn]), .init(4, "de"), .init(3, flags: [.fin, .ack]), .init(1, "ab")],
            "ab[1 oneWay]de[open]"),
        Row(
            "data after a reset",
            [.init(1, "ab"), .init(3, flags: [.rst], phase: .reset), .init(3, "cd", phase: .reset)],
            "ab[RST]cd[reset]"),
        Row(
            "what a RST says is no data", [.init(1, "ab"), .init(3, "no", flags: [.rst], phase: .reset)],
            "ab[RST][reset]"),
        Row(
            "bytes before the first ones seen, twice",
            [.init(100, "ab"), .init(98, "yz"), .init(98, "yza"), .init(1, "x")],
            "ab[2 beforeFirst][1 beforeFirst][open]"),
        Row(
            "a part before the first ones seen",
            [.init(100, "ab"), .init(98, "yzabcd")], "abcd[2 beforeFirst][open]"),
        Row("before the first one seen", [.init(-1, "yz"), .init(1, "ab")], "yzab[open]"),
        Row(
            "the first ones seen are not those that the other side waited for",
            [.acknowledged(1), .init(5, "ef"), .acknowledged(1), .init(1, "abcd"), .acknowledged(7)],
            "abcdef[open]"),
        Row(
            "the same, and they never come", [.acknowledged(1), .init(5, "ef"), .acknowledged(7)],
            "[4 notCaptured]ef[open]"),
        Row(
            "the same, and nobody acknowledges more", [.acknowledged(1), .init(5, "ef"), .acknowledged(1)], "ef[open]"),
        Row(
            "the first ones seen had been acknowledged", [.acknowledged(5), .init(3, "cd"), .init(5, "ef")],
            "cdef[open]"),
        Row("a hole at the end of a one-way capture", [.init(1, "ab"), .init(6, "fg")], "ab[3 oneWay]fg[open]"),
        Row(
            "a hole at the end of the capture", [.init(1, "ab"), .acknowledged(3), .init(6, "fg")],
            "ab[3 unacknowledged]fg[open]"),
        Row(
            "a hole that was acknowledged", [.init(1, "ab"), .init(6, "fg"), .acknowledged(8)],
            "ab[3 notCaptured]fg[open]"),
        Row(
            "a hole of which only the beginning was acknowledged", [.init(1, "ab"), .init(6, "fg"), .acknowledged(6)],
            "ab[3 unacknowledged]fg[open]"),
        Row(
            "a hole filled after it was given up",
            [.init(1, "ab"), .init(6, "fg"), .acknowledged(8), .init(3, "cde"), .init(8, "h")],
            "ab[3 notCaptured]fg[3 late]h[open]"),
        Row(
            "a hole filled twice after it was given up, in parts",
            [.init(1, "ab"), .init(6, "fg"), .acknowledged(8), .init(3, "c"), .init(3, "cde"), .init(3, "cde")],
            "ab[3 notCaptured]fg[1 late][2 late][open]"),
        Row("the end was acknowledged", [.init(1, "ab"), .acknowledged(8)], "ab[5 notCaptured][open]"),
        Row("one number more may be a FIN", [.init(1, "ab"), .acknowledged(4)], "ab[open]"),
        Row("a FIN behind a hole", [.init(1, "ab"), .init(6, flags: [.fin, .ack])], "ab[3 oneWay][open]"),
        Row("a snapped segment", [.init(1, "ab", length: 5), .init(6, "fg")], "ab[3 snapped]fg[open]"),
        Row(
            "the same packet captured whole elsewhere",
            [.init(1, "ab", length: 5), .init(1, "abcde", notes: .copy), .init(6, "fg")], "abcdefg[open]"),
        Row(
            "the same packet captured elsewhere, not whole either",
            [.init(1, "ab", length: 5), .init(1, "abc", length: 5, notes: .copy), .init(6, "fg")],
            "ab[3 snapped]fg[open]"),
        Row("a copy", [.init(1, "ab"), .init(1, "ab", notes: .copy), .init(3, "cd")], "abcd[open]"),
        Row(
            "a whole copy of a snapped segment", [.init(1, "ab", length: 5), .init(1, "abcde"), .init(6, "fg")],
            "abcdefg[open]"),
        Row(
            "a whole copy behind the next segment",
            [.init(1, "", length: 5), .init(6, "fg"), .init(1, "abcde"), .acknowledged(8)], "abcdefg[open]"),
        Row(
            "a copy that was cut further behind",
            [.init(1, "ab", length: 7), .init(1, "abcd", length: 7), .acknowledged(8)], "abcd[3 snapped][open]"),
        Row(
            "snapped segments, acknowledged one by one",
            [.init(1, length: 5), .acknowledged(6), .init(6, length: 5), .acknowledged(11), .init(11, "k")],
            "[10 snapped]k[open]"),
        Row("headers only", [.init(1, length: 1448), .init(1449, length: 1448)], "[2896 snapped][open]"),
        Row(
            "a snapped segment behind a hole, longer than a page",
            [.init(1, "ab"), .init(6, "f", length: 9000), .init(3, "cde")], "abcdef[8999 snapped][open]"),
        Row(
            "a snapped segment out of order",
            [.init(1, "ab"), .init(6, "f", length: 3), .init(3, "cde"), .init(9, "i")],
            "abcdef[2 snapped]i[open]"),
        Row(
            "a snapped segment sent again in whole",
            [.init(1, "ab"), .init(6, "f", length: 3), .init(6, "fgh"), .init(3, "cde")], "abcdefgh[open]"),
        Row("the same, held twice", [.init(1, "a"), .init(4, "def"), .init(3, "cdef"), .init(2, "b")], "abcdef[open]"),
        Row(
            "different bytes held twice",
            [.init(1, "a"), .init(4, "def"), .init(3, "cDEf"), .init(2, "b")], "a[3 differ]bcdef[open]"),
        Row(
            "different bytes where the hole is filled", [.init(1, "a"), .init(4, "def"), .init(2, "bcXY")],
            "abc[2 differ]def[open]"),
    ])
    private func clientSide(_ row: Row) {
        let streams = reassembled(row.segments)
        #expect(streams.client == row.client)
        #expect(!streams.both.hasSuffix("MISPLACED"))
    }

    @Test func bothSidesComeInTheOrderTheirBytesDid() {
        let both = reassembled(
            [
                .init(1, "ask"), .init(1, "answer", side: .server, ack: 4), .init(4, "again", ack: 7),
                .init(10, "late", side: .server, ack: 9), .init(7, "not", side: .server, ack: 9),
            ], finishes: false
        ).both
        #expect(both == ">ask<answer>again<not<late")
    }

    @Test func oneSidedCaptureSaysWhatTheOtherSideGot() {
        let both = reassembled([.init(1, "ask"), .init(4, "again", ack: 501), .init(9, "bye", ack: 801)]).both
        #expect(both == ">ask<[500 notCaptured]>again<[300 notCaptured]>bye>[open]<[open]")
    }

    @Test func endOfOneConversationLeavesOthersAlone() {
        let both = reassembled([
            .init(1, "a", conversation: 0), .init(1, "x", conversation: 1),
            .init(2, flags: [.rst], phase: .reset, conversation: 0), .init(2, "y", conversation: 1),
        ]).both
        #expect(both == ">a>x>[RST]>y>[reset]>[open]")
    }

    /// Segments in any order, overlapping, some sent twice: what comes out is what went in, by a model that knows all.
    @Test(arguments: 0..<60)
    func permutations(seed: UInt64) {
        var random = SplitMix(state: seed)
        let length = Int.random(in: 1...9000, using: &random)
        let stream = (0..<length).map { _ in UInt8.random(in: 0x61...0x7a, using: &random) }
        var segments: [StreamSegment] = []
        let longest = [3, 100, 1448][Int(seed % 3)]
        var position = 0
        while position < length {
            let count = min(length - position, Int.random(in: 1...longest, using: &random))
            segments.append(StreamSegment(position + 1, string(stream[position..<position + count])))
            position += count
        }
        for _ in 0..<segments.count / 4 {
            let start = Int.random(in: 0..<length, using: &random)
            let end = Int.random(in: start...min(length, start + 2 * longest), using: &random)
            segments.append(StreamSegment(start + 1, string(stream[start..<end])))
        }
        segments.shuffle(using: &random)
        #expect(reassembled([StreamSegment(0, flags: [.syn])] + segments).client == string(stream[...]) + "[open]")
    }

    /// The same with losses: every byte that came is there, and every one that didn't is in a gap.
    @Test(arguments: 0..<60)
    func losses(seed: UInt64) {
        var random = SplitMix(state: seed)
        let length = Int.random(in: 100...9000, using: &random)
        var expected = [UInt8](repeating: 0x2e, count: length)
        var segments: [StreamSegment] = []
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            let start = Int.random(in: 0..<length, using: &random)
            let end = min(length, start + Int.random(in: 1...400, using: &random))
            let piece = (start..<end).map { UInt8(0x61 + $0 % 26) }
            for offset in start..<end { expected[offset] = piece[offset - start] }
            segments.append(StreamSegment(start + 1, string(piece[...])))
        }
        var reassembler = StreamReassembler()
        var log = DottedLog()
        reassembler.observe(StreamSegment(0, flags: [.syn]), into: &log)
        for segment in segments { reassembler.observe(segment, into: &log) }
        reassembler.finish(into: &log)
        let last = expected.lastIndex { $0 != 0x2e } ?? -1
        #expect(log.bytes == Array(expected[...last]))
        #expect(reassembler.memoryInUse == 0)
    }

    @Test func longestHolderGivesUpWhenAllMemoryIsTaken() {
        var reassembler = StreamReassembler(memoryLimit: 1 << 20)
        var log = StreamLog()
        // 400 conversations with a page each.
        for conversation in 0..<500 {
            reassembler.observe(StreamSegment(0, flags: [.syn], conversation: conversation), into: &log)
            reassembler.observe(StreamSegment(3, "cd", conversation: conversation), into: &log)
            #expect(reassembler.memoryInUse <= 1 << 20)
        }
        #expect(log.client.hasPrefix("[2 memory]cd[2 memory]cd"))
        // The first is one of them, and goes on from there; the last waits.
        reassembler.observe(StreamSegment(5, "next", conversation: 0), into: &log)
        #expect(log.client.hasSuffix("next"))
        reassembler.observe(StreamSegment(1, "ab", conversation: 499), into: &log)
        #expect(log.client.hasSuffix("abcd"))
    }

    @Test func longestSilentConversationIsGivenUp() {
        var reassembler = StreamReassembler(capacity: 2)
        var log = StreamLog()
        for conversation in 0..<3 {
            reassembler.observe(StreamSegment(1, "\(conversation)", conversation: conversation), into: &log)
        }
        #expect(log.client == "01[evicted]2")
    }

    @Test func acknowledgmentsBehindAFINEndNothingTwice() {
        let client = reassembled([
            .init(1, "ab"), .init(8, "hi"), .init(5, flags: [.fin, .ack]), .acknowledged(20), .init(10, "j"),
        ]).client
        #expect(client == "ab[5 notCaptured]hij[9 notCaptured][open]")
    }

    @Test func hostileLengthsAndNumbersAreTaken() {
        var reassembler = StreamReassembler()
        var log = StreamLog()
        for start in [Int.min, -1, 0, 1, 1 << 31, 1 << 62, Int.max] {
            for length in [1, 2, 1 << 32, Int.max] {
                for ack in [Int.min, 1, Int.max] {
                    reassembler.observe(
                        StreamSegment(start, "x", flags: [.ack, .fin], ack: ack, length: length), into: &log)
                    reassembler.observe(StreamSegment(start, "x", side: .server, ack: ack, length: length), into: &log)
                }
            }
        }
        reassembler.finish(into: &log)
        #expect(reassembler.memoryInUse == 0)
    }
}

private func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// The client's stream, a dot for each byte that is missing.
private struct DottedLog: StreamConsumer, ~Copyable {
    var bytes: [UInt8] = []
    var gaps: [StreamGapReason] = []

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        #expect(place.offset == self.bytes.count)
        for offset in 0..<bytes.byteCount { self.bytes.append(bytes.byte(at: offset)) }
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        #expect(place.offset == bytes.count)
        bytes.append(contentsOf: repeatElement(0x2e, count: length))
        gaps.append(reason)
    }
}
