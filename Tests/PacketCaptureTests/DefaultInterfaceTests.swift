@testable import PacketCapture
import Testing

@Suite struct DefaultInterfaceTests {
    static let heading = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    static let ipv6Reject =
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
        + "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
    static let ipv6Default =
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
        + "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth6\n"

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let ipv4, ipv6: String
        let expected: String?
        init(_ name: String, ipv4: String = "", ipv6: String = "", expected: String?) {
            testDescription = name
            self.ipv4 = ipv4
            self.ipv6 = ipv6
            self.expected = expected
        }
    }

    @Test(arguments: [
        Row("no tables", expected: nil),
        Row(
            "the lowest metric wins",
            ipv4: heading + "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
                + "eth1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", expected: "eth1"),
        Row(
            "a route to a network is no default route",
            ipv4: heading + "eth0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
                + "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n", expected: nil),
        Row(
            "a rejecting route leads nowhere",
            ipv4: heading + "*\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0\n", ipv6: ipv6Reject,
            expected: nil),
        Row("IPv6 where there is no IPv4", ipv4: heading, ipv6: ipv6Reject + ipv6Default, expected: "eth6"),
        Row(
            "IPv4 before IPv6",
            ipv4: heading + "eth4\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n", ipv6: ipv6Default,
            expected: "eth4"),
        Row("lines too short or garbled", ipv4: "x\n\n\t\neth0\t00000000\t0\tzz\t0\t0\tq\t00000000\n", expected: nil),
    ])
    func choosesTheInterface(_ row: Row) {
        #expect(NetworkInterface.defaultRoute(ipv4: row.ipv4, ipv6: row.ipv6) == row.expected)
    }

    @Test func thereIsAlwaysOne() throws {
        #expect(try NetworkInterface.named(NetworkInterface.nameForCapture()).index > 0)
    }
}
