import PacketDecoding
import Sockets
import Testing

@Suite struct AddressPresentationTests {
    @Test(arguments: [
        ("0.0.0.0", IPAddress.v4(IPv4Address(rawValue: 0))),
        ("192.0.2.255", .v4(IPv4Address(192, 0, 2, 255))),
        ("::", .v6(IPv6Address(high: 0, low: 0))),
        ("2001:db8::8:800:200c:417a", .v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: 0x0008_0800_200c_417a))),
        ("2001:db8:0:1:1:1:1:1", .v6(IPv6Address(high: 0x2001_0db8_0000_0001, low: 0x0001_0001_0001_0001))),
        ("::ffff:192.0.2.1", .v6(IPv6Address(high: 0, low: 0xffff_c000_0201))),
    ]) func `reads the shortest form and writes it again`(text: String, address: IPAddress) {
        #expect(IPAddress(presentation: text) == address)
        #expect(address.presentation == text)
    }

    @Test(arguments: [
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("0:0:1:0:0:0:0:0", "0:0:1::"),
    ]) func `writes an address in one way only`(text: String, shortest: String) {
        #expect(IPAddress(presentation: text)?.presentation == shortest)
    }

    @Test(arguments: [
        "", "localhost", "1.2.3", "1.2.3.256", "1.2.3.4 ", "01.2.3.4.5", ":::", "1::2::3", "::1%lo", "[::1]",
    ])
    func `refuses what is no address`(text: String) {
        #expect(IPAddress(presentation: text) == nil)
    }
}
