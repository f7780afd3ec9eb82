import Testing

@testable import PacketDecoding

@Suite struct DNSNameTests {
    /// The name at `offset`, or what is wrong with it.
    static func read(_ bytes: [UInt8], at offset: Int) -> String {
        do throws(DNSFlaw) {
            let name = try unsafe DNSName(bytes.span.bytes, at: offset)
            return "\(escapedText(name.bytes)) to \(name.end)"
        } catch {
            return "\(error)"
        }
    }

    @Test(
        arguments: [
            ("00", 0, ". to 1"),
            ("03777777 00", 0, "www to 5"),
            ("03777777 02 6465 00", 0, "www.de to 8"),
            ("02 6465 00 03777777 c000", 4, "www.de to 10"),
            ("02 6465 00 c000 c004", 6, "de to 8"),
            ("03 612e62 02 5c7a 00", 0, "a\\.b.\\\\z to 8"),
            ("02 0aff 00", 0, "\\x0a\\xff to 4"),
            ("", 0, "cut(needed: 1)"),
            ("03777777", 0, "cut(needed: 5)"),
            ("0377", 0, "cut(needed: 4)"),
            ("c0", 0, "cut(needed: 2)"),
            ("c000", 0, "badLabel(49152)"),
            ("c002 c000", 0, "badLabel(49154)"),
            ("01 61 c000", 0, "badLabel(49152)"),
            ("41 61 00", 0, "badLabel(65)"),
        ] as [(String, Int, String)])
    func names(_ bytes: String, _ offset: Int, _ expected: String) {
        #expect(Self.read(hex(bytes), at: offset) == expected)
    }

    @Test func aNameHasAtMost255Bytes() {
        let label = hex("3f") + Array(repeating: UInt8(ascii: "a"), count: 63)
        let last = Array(repeating: UInt8(ascii: "a"), count: 62)
        #expect(Self.read(label + label + label + [61] + last.prefix(61) + [0], at: 0).hasSuffix(" to 255"))
        #expect(Self.read(label + label + label + [62] + last + [0], at: 0) == "longName(256)")
    }

    @Test func aNameHasAtMost128Steps() {
        let labels = Array(repeating: hex("0161"), count: 127).flatMap { $0 }
        #expect(Self.read(labels + [0], at: 0).hasSuffix(" to 255"))
        // The root, and pointers each to the one before it.
        var pointers: [UInt8] = [0, 0]
        for index in 0..<200 { pointers += bigEndian(UInt16(0xc000 + index * 2)) }
        #expect(Self.read(pointers, at: 2 * 127) == ". to 256")
        #expect(Self.read(pointers, at: 2 * 128) == "longName(1)")
    }
}
