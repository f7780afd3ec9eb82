import PacketDecoding
import Testing

@testable import Rendering

@Suite struct LineColorTests {
    private static func line(_ bytes: [UInt8]) -> String {
        SummaryLineTests.line(bytes) { $0.usesColor = true }
    }

    /// The complement of the sum of 16-bit words (RFC 1071).
    private static func checksum(_ words: [UInt8], _ sum: Int = 0) -> [UInt8] {
        var sum = sum
        for index in stride(from: 0, to: words.count, by: 2) { sum += Int(words[index]) << 8 + Int(words[index + 1]) }
        let folded = ~((sum & 0xffff) + (sum >> 16))
        return [UInt8(folded >> 8 & 0xff), UInt8(folded & 0xff)]
    }

    /// A packet from 10.0.0.1 to 10.0.0.2 in Ethernet, with the checksum of its IPv4 header.
    private static func ethernet(_ transport: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var packet = Frames.ipv4(transport, payload)
        packet.replaceSubrange(10..<12, with: [0, 0])
        packet.replaceSubrange(10..<12, with: checksum(Array(packet[..<20])))
        return Frames.ethernet(0x800, packet)
    }

    private static func segment(_ flags: UInt8) -> [UInt8] {
        let header: [UInt8] = [0x04, 0xd2, 0x16, 0x2e, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 1, 0]
        // The pseudo-header: addresses, protocol and length (RFC 9293 section 3.1).
        return ethernet(6, header + checksum(header, 0x0a00 + 1 + 0x0a00 + 2 + 6 + 20) + [0, 0])
    }

    @Test(arguments: [
        ("SYN", segment(0x02), "\u{1b}[1;36m"),
        ("ACK", segment(0x10), "\u{1b}[36m"),
        ("FIN", segment(0x11), "\u{1b}[2;36m"),
        ("RST", segment(0x14), "\u{1b}[31m"),
        ("cut", Array(segment(0x02).prefix(40)), "\u{1b}[31m"),
        ("a wrong checksum", segment(0x02).dropLast(4) + [1, 2, 0, 0], "\u{1b}[31m"),
        ("a datagram", ethernet(17, Frames.udp([1])), "\u{1b}[34m"),
    ])
    func isThatOfWhatTheLineTells(_ what: String, _ bytes: [UInt8], _ sequence: String) {
        let line = Self.line(bytes)
        #expect(line.hasPrefix(sequence), "\(what): \(line)")
        #expect(line.hasSuffix("\u{1b}[0m\n"), "\(what): \(line)")
    }

    @Test func nothingIsColouredThatIsNotDecoded() {
        let line = Self.line(Frames.ethernet(0x88b5, [1, 2, 3, 4]))
        #expect(!line.contains("\u{1b}"))
    }
}
