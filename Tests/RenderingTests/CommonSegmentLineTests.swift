import PacketDecoding
import Testing

@testable import Rendering

/// What is written of a segment at one go is what is written layer by layer where the link header is shown.
@Suite struct CommonSegmentLineTests {
    /// Options that say as much as any, and what they say: once, and then with a comma.
    struct LongOptions: Sendable {
        let bytes: [UInt8]
        let text: String

        init(_ unit: [UInt8], times: Int, _ unitText: String, then last: [UInt8] = [], _ lastText: String = "") {
            let units: [[UInt8]] = Array(repeating: unit, count: times)
            bytes = Array(units.joined()) + last
            let texts: [String] = Array(repeating: unitText, count: times)
            text = texts.joined(separator: ",") + lastText
        }
    }

    static let longOptions: [LongOptions] = [
        LongOptions([1], times: 40, "nop"),
        LongOptions([5, 2], times: 20, "sack 0 "),
        LongOptions(
            [5, 18] + ones(16), times: 2, "sack 2 {4294967295:4294967295}{4294967295:4294967295}", then: [4, 2, 4, 2],
            ",sackOK,sackOK"),
        LongOptions([8, 10] + ones(8), times: 4, "TS val 4294967295 ecr 4294967295"),
        LongOptions([3, 3, 255], times: 13, "wscale 255", then: [0], ",eol"),
        LongOptions([2, 4, 255, 255], times: 10, "mss 65535"),
    ]

    private static func ones(_ count: Int) -> [UInt8] { Array(repeating: 0xff, count: count) }

    /// The longest lines: every number and every address as long as it gets.
    @Test(arguments: longOptions) func theLongestLineFits(_ options: LongOptions) {
        let tcp: [UInt8] = Self.ones(16) + [0, 0, 255, 255] + options.bytes + [1]
        let embedding: [UInt8] = Array(repeating: 0, count: 10) + Self.ones(6)
        let addresses: [([UInt8], String)] = [
            (Self.ones(16), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), (embedding, "::ffff:255.255.255.255"),
        ]
        for (bytes, text) in addresses {
            let header: [UInt8] = [0x60, 0, 0, 0, 0, UInt8(tcp.count), 6, 64]
            let packet: [UInt8] = header + bytes + bytes + tcp
            let expected =
                "IP6 \(text).65535 > \(text).65535: Flags [FSRP.UEWe], seq 4294967295:0, ack 4294967295, "
                + "win 65535, urg 65535, options [\(options.text)], length 1\n"
            #expect(SummaryLineTests.line(Frames.ethernet(0x86dd, packet)) == expected)
        }
    }

    @Test func manySegmentsAreWrittenAsLayerByLayer() {
        var random = Random(state: 7)
        for _ in 0..<4000 {
            let payload = Self.segment(&random)
            let transport: UInt8 = random.next() % 2 == 0 ? 6 : 17
            var frame =
                random.next() % 2 == 0
                ? Frames.ethernet(0x800, Frames.ipv4(transport, payload))
                : Frames.ethernet(0x86dd, Frames.ipv6(transport, payload))
            // Addresses, and now and then something that contradicts the rest.
            for _ in 0..<(random.next() % 3) {
                frame[Int(random.next() % UInt64(frame.count - 14)) + 14] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.next() % 4 == 0 { frame.removeLast(Int(random.next() % UInt64(frame.count - 34))) }
            expectSame(frame)
        }
    }

    @Test(arguments: [UInt16](0..<512))
    func everyCombinationOfFlags(_ flags: UInt16) {
        let tcp: [UInt8] = [0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0x50 | UInt8(flags >> 8), UInt8(flags & 0xff)]
        expectSame(Frames.ethernet(0x800, Frames.ipv4(6, tcp + [0, 5, 0, 0, 0, 6])))
    }

    private func expectSame(_ frame: [UInt8]) {
        let line = SummaryLineTests.line(frame)
        let long = SummaryLineTests.line(frame) { $0.showsLinkHeader = true }
        let type = frame[12] == 8 ? "IPv4 (0x0800)" : "IPv6 (0x86dd)"
        let link = "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype \(type), length \(frame.count): "
        #expect(long.hasPrefix(link))
        let rest = String(long.dropFirst(link.count))
        // Which one it is, the frame's version says, if it is there at all.
        #expect(["IP ", "IP6 ", ""].contains { line == $0 + rest }, "\(frame)")
    }

    /// The bytes of a TCP segment or, as well, of a UDP datagram.
    private static func segment(_ random: inout Random) -> [UInt8] {
        var bytes = (0..<20).map { _ in UInt8(truncatingIfNeeded: random.next() >> random.next() % 9) }
        let options = options(&random)
        let payload = [UInt8](repeating: 0x61, count: Int(random.next() % 3))
        let total = bytes.count + options.count + payload.count
        if random.next() % 2 == 0 {
            bytes[12] = UInt8(5 + options.count / 4) << 4 | bytes[12] & 1
        } else {
            (bytes[4], bytes[5]) = (0, UInt8(total))
        }
        return bytes + options + payload
    }

    /// Options that fill words of 4 bytes.
    private static func options(_ random: inout Random) -> [UInt8] {
        let choices: [[UInt8]] = [
            [1], [2, 4, 5, 0xb4], [3, 3, 7], [4, 2], [8, 10, 1, 2, 3, 4, 5, 6, 7, 8],
            [1, 1, 8, 10, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff], [5, 10, 0, 0, 0, 9, 0, 0, 1, 0], [5, 9, 0], [0],
            [99, 2],
            [34, 2], [2, 3, 1], [8, 60], [254, 2],
        ]
        var bytes: [UInt8] = []
        for _ in 0..<(random.next() % 5) {
            let choice = choices[Int(random.next() % (random.next() % 4 == 0 ? 14 : 7))]
            if bytes.count + choice.count <= 36 { bytes += choice }
        }
        return bytes + [UInt8](repeating: 1, count: (4 - bytes.count % 4) % 4)
    }
}

/// xorshift64: the same numbers each time.
private struct Random {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state >> 11
    }
}
