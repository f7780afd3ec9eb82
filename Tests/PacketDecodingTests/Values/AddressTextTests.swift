import PacketDecoding
import Testing

@Suite struct AddressTextTests {
    @Test(
        arguments: [
            (0, 0, "::"), (0, 1, "::1"), (0x2001_0db8_0000_0000, 1, "2001:db8::1"),
            (0x2001_0db8_0000_0001, 0x0001_0001_0001_0001, "2001:db8:0:1:1:1:1:1"),
            (0x2001_0000_0000_0001, 0x0000_0000_0000_0001, "2001:0:0:1::1"),
            (0x2001_0db8_0000_0000, 0x0001_0000_0000_0001, "2001:db8::1:0:0:1"),
            (0xfe80_0000_0000_0000, 0, "fe80::"), (0, 0x0000_ffff_c000_0201, "::ffff:192.0.2.1"),
            (0, 0x0000_0000_c000_0201, "::192.0.2.1"),
        ] as [(UInt64, UInt64, String)])
    func ipv6(high: UInt64, low: UInt64, text: String) {
        #expect(IPv6Address(high: high, low: low).description == text)
    }

    @Test func endpoints() {
        #expect(Endpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: 9999).description == "127.0.0.1:9999")
        #expect(Endpoint(address: .v6(IPv6Address(high: 0, low: 1)), port: 53).description == "[::1]:53")
    }
}
