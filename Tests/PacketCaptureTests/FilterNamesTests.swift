import PacketCapture
import Testing

/// Whether a filter may ask the system for names.
@Suite struct FilterNamesTests {
    @Test(arguments: [
        "", "tcp", "tcp port 80", "host 10.0.0.1 and not port 22", "net 10.0.0.0/8",
        "tcp[tcpflags] & (tcp-syn|tcp-ack) != 0",
        "ip6 and udp portrange 1-1023", "ether[0] & 1 = 0 and len >= 0x40", "icmp[icmptype] = icmp-echo || vlan 5",
        "net 10.1 mask 255.255.0.0", "tcp[2:2] == 80", "host ::1", "ether host 02:00:00:00:00:01",
    ])
    func numbersAlone(expression: String) { #expect(!CaptureFilter.mayLookUpNames(expression)) }

    @Test(arguments: [
        "host example.com", "port http", "net loopback", "ether host printer", "host abc", "ip proto \\tcp",
        "host fe80::1", "host 1a", "host é", "tcp and somewhere",
    ])
    func maybeNames(expression: String) { #expect(CaptureFilter.mayLookUpNames(expression)) }
}
