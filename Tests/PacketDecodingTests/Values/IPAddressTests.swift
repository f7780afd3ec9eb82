import PacketDecoding
import Testing

@Suite struct IPAddressTests {
    @Test func `An IPv4 address is its number in host order`() {
        #expect(IPv4Address(127, 0, 0, 1).rawValue == 0x7f00_0001)
        #expect(IPv4Address(rawValue: 0xc000_0201) == IPv4Address(192, 0, 2, 1))
        #expect(IPv4Address(9, 255, 255, 255) < IPv4Address(10, 0, 0, 0))
        #expect(IPv4Address(127, 0, 0, 1) < IPv4Address(128, 0, 0, 1))
    }

    @Test func `An IPv6 address keeps its halves and groups`() {
        let address = IPv6Address(high: 0x2001_0db8_0000_0001, low: 0xfe80_0000_0000_00ff)
        #expect(address.high == 0x2001_0db8_0000_0001)
        #expect(address.low == 0xfe80_0000_0000_00ff)
        #expect((0..<8).map(address.group) == [0x2001, 0x0db8, 0, 1, 0xfe80, 0, 0, 0xff])
    }

    @Test func `IPv6 addresses sort by number`() {
        #expect(IPv6Address(high: 0, low: .max) < IPv6Address(high: 1, low: 0))
        #expect(IPv6Address(high: 1, low: 1) < IPv6Address(high: 1, low: 256))
        #expect(IPv6Address(high: 0x7fff_ffff_ffff_ffff, low: 0) < IPv6Address(high: 0x8000_0000_0000_0000, low: 0))
    }

    @Test func `IPv4 sorts before IPv6`() {
        let four = IPAddress.v4(IPv4Address(255, 255, 255, 255))
        let six = IPAddress.v6(IPv6Address(high: 0, low: 0))
        #expect(four < six)
        #expect(!(six < four))
        #expect(IPAddress.v4(IPv4Address(1, 0, 0, 0)) < four)
        #expect(six < IPAddress.v6(IPv6Address(high: 0, low: 1)))
    }
}
