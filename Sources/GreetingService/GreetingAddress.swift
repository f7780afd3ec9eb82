public import Sockets

/// How the messages of the greeting travel.
public enum GreetingTransport: String, CaseIterable, Sendable {
    /// Over a stream: one receive is one message.
    case tcp
    /// Each message is one datagram.
    case udp
}

/// Where a greeting server is.
public struct GreetingAddress: Hashable, Sendable {
    /// A name or numeric address; nil is the loopback address.
    public var host: String?
    /// 0 lets the kernel choose, for a server.
    public var port: UInt16
    public var transport: GreetingTransport
    /// Only addresses of this version; nil is both, and 127.0.0.1 where there is no host.
    public var family: AddressFamily?

    public init(
        host: String? = nil, port: UInt16 = 9999, transport: GreetingTransport = .tcp, family: AddressFamily? = nil
    ) {
        self.host = host
        self.port = port
        self.transport = transport
        self.family = family
    }

    /// The socket addresses to try, best first; never empty.
    func resolved() throws(SocketError) -> [SocketAddress] {
        try Resolver.resolve(host ?? (family == .v6 ? "::1" : "127.0.0.1"), port: port, family: family)
    }
}
