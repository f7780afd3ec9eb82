import PacketDecoding
import Testing

@Suite struct EndpointTests {
    @Test func `Endpoints sort by address, then by port`() {
        let low = IPAddress.v4(IPv4Address(10, 0, 0, 1))
        let high = IPAddress.v4(IPv4Address(10, 0, 0, 2))
        #expect(Endpoint(address: low, port: 9) < Endpoint(address: high, port: 1))
        #expect(Endpoint(address: low, port: 1) < Endpoint(address: low, port: 9))
        #expect(!(Endpoint(address: low, port: 1) < Endpoint(address: low, port: 1)))
    }
}
