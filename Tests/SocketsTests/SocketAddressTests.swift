import PacketDecoding
import Sockets
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1", 9999, 0, "127.0.0.1:9999"),
        ("255.255.255.255", 65535, 0, "255.255.255.255:65535"),
        ("::1", 9999, 0, "[::1]:9999"),
        ("fe80::1", 80, 2, "[fe80::1%2]:80"),
    ]) func `is written as an address and a port`(address: String, port: Int, scope: Int, text: String) throws {
        let address = try #require(IPAddress(presentation: address))
        let socketAddress = SocketAddress(Endpoint(address: address, port: UInt16(port)), scope: UInt32(scope))
        #expect(socketAddress.description == text)
    }
}
