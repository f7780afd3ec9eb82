import Glibc
import Sockets
import Testing

@Suite struct ResolverTests {
    @Test(
        arguments: [
            ("127.0.0.1", nil, ["127.0.0.1:53"]),
            ("127.0.0.1", .v4, ["127.0.0.1:53"]),
            ("2001:db8::1", nil, ["[2001:db8::1]:53"]),
            ("fe80::1%lo", .v6, ["[fe80::1%1]:53"]),
            ("localhost", .v4, ["127.0.0.1:53"]),
        ] as [(String, AddressFamily?, [String])]) func `gives each address once`(
            host: String, family: AddressFamily?, addresses: [String]
        ) throws
    {
        #expect(try Resolver.resolve(host, port: 53, family: family).map(\.description) == addresses)
    }

    @Test(
        arguments: [("::1", .v4), ("127.0.0.1", .v6), ("", nil), ("no such host", nil)] as [(String, AddressFamily?)])
    func `refuses what has no such address`(host: String, family: AddressFamily?) throws {
        let error = try #require(throws: SocketError.self) { try Resolver.resolve(host, port: 53, family: family) }
        #expect(error.operation == .resolving)
        #expect(error.subject == host)
        #expect(error.errno == 0)
        #expect(error.remedy != nil)
    }
}
