import Glibc
public import PacketDecoding

/// The version of the Internet Protocol a socket speaks.
public enum AddressFamily: Hashable, Sendable {
    case v4, v6

    var rawValue: Int32 { self == .v4 ? AF_INET : AF_INET6 }
}

/// What a socket is bound or connected to: an endpoint and, for an IPv6 link-local address, its interface.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    public let endpoint: Endpoint
    /// Interface index of an IPv6 link-local address (RFC 4007 section 11); 0 where there is no choice.
    public let scope: UInt32

    public init(_ endpoint: Endpoint, scope: UInt32 = 0) {
        self.endpoint = endpoint
        self.scope = scope
    }

    public var family: AddressFamily {
        switch endpoint.address {
        case .v4: .v4
        case .v6: .v6
        }
    }

    /// `127.0.0.1:9999`, `[::1]:9999`, `[fe80::1%2]:9999`.
    public var description: String {
        let address = endpoint.address.presentation
        return switch family {
        case .v4: "\(address):\(endpoint.port)"
        case .v6: scope == 0 ? "[\(address)]:\(endpoint.port)" : "[\(address)%\(scope)]:\(endpoint.port)"
        }
    }
}

extension SocketAddress {
    /// Lends the address as the kernel takes it.
    func withKernelAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        let length: Int
        switch endpoint.address {
        case .v4(let address):
            var kernel = sockaddr_in()
            kernel.sin_family = sa_family_t(AF_INET)
            kernel.sin_port = endpoint.port.bigEndian
            kernel.sin_addr.s_addr = address.rawValue.bigEndian
            length = MemoryLayout<sockaddr_in>.size
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: kernel, as: sockaddr_in.self) }
        case .v6(let address):
            var kernel = sockaddr_in6()
            kernel.sin6_family = sa_family_t(AF_INET6)
            kernel.sin6_port = endpoint.port.bigEndian
            kernel.sin6_addr = in6_addr(address)
            kernel.sin6_scope_id = scope
            length = MemoryLayout<sockaddr_in6>.size
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: kernel, as: sockaddr_in6.self) }
        }
        return unsafe withUnsafePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(length)) }
        }
    }

    /// The address as the kernel gave it; nil when it is of another family.
    init?(_ storage: sockaddr_storage) {
        switch Int32(storage.ss_family) {
        case AF_INET:
            let kernel = unsafe withUnsafeBytes(of: storage) { unsafe $0.load(as: sockaddr_in.self) }
            let address = IPv4Address(rawValue: UInt32(bigEndian: kernel.sin_addr.s_addr))
            self.init(Endpoint(address: .v4(address), port: UInt16(bigEndian: kernel.sin_port)))
        case AF_INET6:
            let kernel = unsafe withUnsafeBytes(of: storage) { unsafe $0.load(as: sockaddr_in6.self) }
            self.init(
                Endpoint(address: .v6(IPv6Address(kernel.sin6_addr)), port: UInt16(bigEndian: kernel.sin6_port)),
                scope: kernel.sin6_scope_id)
        default:
            return nil
        }
    }
}

extension in6_addr {
    init(_ address: IPv6Address) {
        self.init()
        let halves = (address.high.bigEndian, address.low.bigEndian)
        unsafe withUnsafeMutableBytes(of: &self) { unsafe $0.storeBytes(of: halves, as: (UInt64, UInt64).self) }
    }
}

extension IPv6Address {
    init(_ address: in6_addr) {
        let (high, low) = unsafe withUnsafeBytes(of: address) {
            unsafe $0.loadUnaligned(as: (UInt64, UInt64).self)
        }
        self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }
}
