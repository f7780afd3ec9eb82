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
            ("02 0aff 00", 0, "\\010\\255 to 4"),
            ("03 612262 00", 0, "a\\\"b to 5"),
            ("05 6120627f01 00", 0, "a b\\127\\001 to 7"),
            // The end of a line in C1, overlong forms, a surrogate, and directions of writing.
            ("02 c285 00", 0, "\\194\\133 to 4"),
            ("02 c0af 00", 0, "\\192\\175 to 4"),
            ("03 e08080 00", 0, "\\224\\128\\128 to 5"),
            ("03 eda080 00", 0, "\\237\\160\\128 to 5"),
            ("03 e280ae 00", 0, "\\226\\128\\174 to 5"),
            ("02 c3 61 00", 0, "\\195a to 4"),
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

    @Test("UTF-8 is text", arguments: ["c3a4", "e282ac", "f09f9880"])
    func utf8(_ character: String) throws {
        let bytes = hex(character)
        let message = [UInt8(bytes.count)] + bytes + [0]
        let name = try unsafe DNSName(message.span.bytes, at: 0)
        #expect(array(name.bytes) == bytes)
    }

    /// 255 bytes, all of which are spelled in four.
    @Test func theLongestSpellingHasRoom() {
        let label = hex("3f") + Array(repeating: 0xff, count: 63)
        let name = label + label + label + hex("3d") + Array(repeating: 0xff, count: 61) + [0]
        #expect(
            Self.read(name, at: 0) == Array(repeating: 63, count: 3).map { String(repeating: "\\255", count: $0) }
                .joined(separator: ".") + "." + String(repeating: "\\255", count: 61) + " to 255")
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
