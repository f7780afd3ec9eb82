import PacketDecoding
import Testing

@Suite struct WireHeaderTests {
    @Test(
        "A header is as long as on the wire",
        arguments: [
            (EthernetHeader.self, 14), (VLANTag.self, 4), (LLCHeader.self, 3), (LinuxSLLHeader.self, 16),
            (LinuxSLL2Header.self, 20), (NullHeader.self, 4), (ARPHeader.self, 8), (IPv4Header.self, 20),
            (IPv6Header.self, 40), (IPv6HopByHop.self, 2), (IPv6DestinationOptions.self, 2),
            (IPv6RoutingHeader.self, 4), (IPv6FragmentHeader.self, 8), (AuthenticationHeader.self, 12),
            (ESPHeader.self, 8), (IPv6Mobility.self, 6), (IPv6HostIdentity.self, 40), (IPv6Shim6.self, 8),
            (UDPHeader.self, 8), (TCPHeader.self, 20),
        ] as [(any WireHeader.Type, Int)])
    func size(header: any WireHeader.Type, size: Int) { #expect(header.size == size) }
}
