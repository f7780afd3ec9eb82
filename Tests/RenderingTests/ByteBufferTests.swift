import PacketDecoding
import Testing

@testable import Rendering

@Suite struct ByteBufferTests {
    @Test(arguments: [
        0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 65_535, 99_999_999, 100_000_000, 4_294_967_295,
        10_000_000_000_000_000_000, UInt64.max,
    ])
    func decimalsAreThoseOfTheStandardLibrary(_ value: UInt64) {
        #expect(text { $0.decimal(value) } == String(value))
    }

    @Test func decimalsOfEveryLengthAreThoseOfTheStandardLibrary() {
        var power: UInt64 = 1
        for digits in 1...20 {
            for value in [power &- 1, power, power &+ 1, power &* 9, power &+ power / 7, ~power] {
                #expect(text { $0.decimal(value) } == String(value))
                let padding = String(repeating: "0", count: max(0, digits - String(value).count))
                #expect(text { $0.decimal(value, digits: digits) } == padding + String(value))
            }
            power &*= 10
        }
    }

    @Test func everyOctetAndEveryGroupOfAnAddress() {
        for value in UInt8.min ... .max {
            #expect(
                text { $0.address(IPv4Address(value, 255 - value, value, 7)) } == "\(value).\(255 - value).\(value).7")
        }
        for value in stride(from: UInt16(1), to: .max, by: 7) {
            let address = IPv6Address(high: UInt64(value) << 48 | 1 << 32 | UInt64(value), low: UInt64(value) | 1 << 48)
            let word = String(value, radix: 16)
            // Two runs of two zero groups would be cut at the first.
            #expect(text { $0.address(address) } == "\(word):1:0:\(word):1::\(word)")
        }
    }

    /// Every set of zero groups, by another way to write RFC 5952.
    @Test func addressesWithEverySetOfZeroGroups() {
        for zeros in 0..<256 {
            let groups = (0..<8).map { zeros >> $0 & 1 == 1 ? 0 : 0x1 << (4 * ($0 % 4)) as UInt16 }
            let high = groups[..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
            let address = IPv6Address(high: high, low: groups[4...].reduce(UInt64(0)) { $0 << 16 | UInt64($1) })
            #expect(text { $0.address(address) } == address.description)
        }
        let embedding = IPv6Address(high: 0, low: 0xffff_c0a8_0001)
        #expect(text { $0.address(embedding) } == "::ffff:192.168.0.1")
        #expect(text { $0.address(IPv6Address(high: 0, low: 0x10_0000)) } == "::0.16.0.0")
    }

    @Test func wordsOfEveryLengthArePutWhole() {
        let words: [StaticString] = [
            "", "a", "ab", "abc", "abcd", "abcdefg", "abcdefgh", "abcdefghijklmno", "abcdefghijklmnop",
            "abcdefghijklmnopq", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
        ]
        for word in words {
            let written = text { buffer in
                var tail = unsafe buffer.tail(for: 2 * word.utf8CodeUnitCount)
                tail.put(word)
                tail.put(word)
                unsafe buffer.take(tail)
            }
            #expect(written == "\(word)\(word)")
        }
        for count in [0, 1, 15, 16, 17, 40] {
            #expect(text { $0.spaces(count) } == String(repeating: " ", count: count))
        }
    }

    @Test(arguments: [(7, 1, "7"), (7, 2, "07"), (7, 3, "007"), (123_456, 3, "123456"), (42, 9, "000000042")])
    func decimalsArePadded(_ value: UInt64, _ digits: Int, _ expected: String) {
        #expect(text { $0.decimal(value, digits: digits) } == expected)
    }

    @Test func negativeNumbersHaveASign() {
        #expect(text { $0.decimal(-17) } == "-17")
        #expect(text { $0.decimal(Int.min) } == String(Int.min))
    }

    @Test(arguments: [
        (0, 0, "0"), (0, 4, "0000"), (0x800, 4, "0800"), (0xabcdef, 2, "abcdef"), (.max, 0, "ffffffffffffffff"),
        (1, 18, "000000000000000001"),
    ])
    func hexIsPadded(_ value: UInt64, _ digits: Int, _ expected: String) {
        #expect(text { $0.hex(value, digits: digits) } == expected)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (4312, "4,312"), (-1_000_001, "-1,000,001")])
    func numbersForPeopleAreGrouped(_ value: Int, _ expected: String) {
        #expect(text { $0.grouped(value) } == expected)
    }

    @Test(arguments: [
        (IPv4Address(0, 0, 0, 0), "0.0.0.0"), (IPv4Address(127, 0, 0, 1), "127.0.0.1"),
        (IPv4Address(255, 99, 10, 9), "255.99.10.9"), (IPv4Address(100, 255, 255, 255), "100.255.255.255"),
    ])
    func ipv4Addresses(_ address: IPv4Address, _ expected: String) {
        #expect(text { $0.address(address) } == expected)
    }

    @Test(
        arguments: [
            (0, 0, "::"), (0, 1, "::1"), (0x2001_0db8_0000_0000, 1, "2001:db8::1"),
            (0x2001_0db8_0000_0000, 0x0001_0000_0000_0001, "2001:db8::1:0:0:1"),
            (0x2001_0db8_0000_0001, 0x0001_0001_0001_0001, "2001:db8:0:1:1:1:1:1"),
            (0x2001_0000_0000_0001, 0x0000_0000_0000_0001, "2001:0:0:1::1"),
            (0xfe80_0000_0000_0000, 0, "fe80::"), (0, 0xffff_c000_0201, "::ffff:192.0.2.1"),
            (0, 0xc000_0201, "::192.0.2.1"), (0, 0x1_0000, "::0.1.0.0"), (0, 0xffff_ffff, "::255.255.255.255"),
            (0, 0x1_0000_0000, "::1:0:0"), (0xffff_ffff_ffff_ffff, .max, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            (0x0001_0000_0000_0000, 0x0000_0000_0000_0001, "1::1"),
            (0x0001_0002_0003_0004, 0x0005_0006_0007_0000, "1:2:3:4:5:6:7:0"),
        ] as [(UInt64, UInt64, String)])
    func ipv6AddressesAreThoseOfInetNtop(_ high: UInt64, _ low: UInt64, _ expected: String) {
        #expect(text { $0.address(IPv6Address(high: high, low: low)) } == expected)
    }

    @Test func macAddresses() {
        #expect(text { $0.address(MACAddress(0x00ff_0a10_0203)) } == "00:ff:0a:10:02:03")
    }

    @Test(
        arguments: [
            ("plain text stays", Array("Hello, Michael!".utf8), "Hello, Michael!"),
            ("printable UTF-8 stays", Array("Grüße, 世界 👋".utf8), "Grüße, 世界 👋"),
            ("line breaks and tabs", [0x61, 0x0a, 0x0d, 0x09], #"a\n\r\t"#),
            ("quotes and backslashes", Array(#"say "\""#.utf8), #"say \"\\\""#),
            ("C0 and DEL", [0x00, 0x1b, 0x5b, 0x7f], #"\x00\x1b[\x7f"#),
            ("C1", [0xc2, 0x9b, 0x33, 0xc2, 0x85], #"\u{9b}3\u{85}"#),
            (
                "bidirectional controls", Array("a\u{202e}b\u{2066}c\u{200f}d\u{61c}".utf8),
                #"a\u{202e}b\u{2066}c\u{200f}d\u{61c}"#
            ),
            ("line and paragraph separators", Array("\u{2028}\u{2029}".utf8), #"\u{2028}\u{2029}"#),
            ("a lone continuation byte", [0x61, 0x80, 0x62], #"a\x80b"#),
            ("a cut character", [0xe4, 0xb8], #"\xe4\xb8"#),
            ("an overlong slash", [0xc0, 0xaf], #"\xc0\xaf"#),
            ("an overlong three-byte form", [0xe0, 0x80, 0xaf], #"\xe0\x80\xaf"#),
            ("a surrogate", [0xed, 0xa0, 0x80], #"\xed\xa0\x80"#),
            ("beyond the last character", [0xf4, 0x90, 0x80, 0x80], #"\xf4\x90\x80\x80"#),
            ("nothing", [], ""),
        ] as [(String, [UInt8], String)])
    func untrustedTextIsEscaped(_ title: String, _ bytes: [UInt8], _ expected: String) {
        #expect(text { $0.escaped(bytes.span.raw) } == expected)
    }

    @Test func noByteReachesATerminalThatCouldSteerIt() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            let bytes = (0..<40).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let escaped = text { $0.escaped(bytes.span.raw) }
            #expect(!escaped.unicodeScalars.contains { !$0.isPrintable || $0 == "\u{fffd}" })
        }
    }

    @Test func itGrowsAndKeepsWhatWasWritten() {
        var buffer = ByteBuffer(capacity: 16)
        for number in 0..<1000 { buffer.decimal(number) }
        #expect(buffer.text == (0..<1000).map(String.init).joined())
        buffer.truncate(to: 3)
        #expect(buffer.text == "012")
        buffer.removeAll()
        #expect(buffer.text == "")
        buffer.write("again")
        buffer.removeAll(keepingCapacity: false)
        #expect(buffer.text == "")
    }
}
