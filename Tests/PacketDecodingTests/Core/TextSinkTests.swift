import PacketDecoding
import Testing

@Suite struct TextSinkTests {
    static func written(_ body: (inout StringSink) -> Void) -> String {
        var sink = StringSink()
        body(&sink)
        return sink.text
    }

    @Test(arguments: [(0, "0"), (-1, "-1"), (.min, "-9223372036854775808"), (.max, "9223372036854775807")])
    func `Decimal numbers have a sign`(value: Int, text: String) { #expect(Self.written { $0.decimal(value) } == text) }

    @Test func `Hexadecimal numbers`() {
        #expect(Self.written { $0.hexNumber(0xab) } == "0xab")
        #expect(Self.written { $0.hexNumber(0xab, digits: 4) } == "0x00ab")
    }

    @Test func `Names, or the number`() {
        #expect(Self.written { $0.name("TCP", or: 6) } == "TCP")
        #expect(Self.written { $0.name(nil, or: 6) } == "6")
    }

    @Test func `Addresses of either version`() {
        #expect(Self.written { $0.address(.v4(IPv4Address(127, 0, 0, 1))) } == "127.0.0.1")
        #expect(Self.written { $0.address(.v6(IPv6Address(high: 0, low: 1))) } == "::1")
    }

    @Test func `Bytes in hexadecimal`() {
        let bytes = hex("00 0a ff")
        #expect(Self.written { unsafe $0.hexBytes(bytes.span.bytes) } == "000aff")
        #expect(Self.written { unsafe $0.hexBytes(bytes.span.bytes, separator: ":") } == "00:0a:ff")
    }
}
