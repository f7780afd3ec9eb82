import Glibc
import PacketDecoding
import Sockets

extension SocketAddress {
    /// The loopback address, and a port of the kernel's choice.
    static let loopback = SocketAddress(Endpoint(address: .v4(IPv4Address(127, 0, 0, 1)), port: 0))
    static let loopbackV6 = SocketAddress(Endpoint(address: .v6(IPv6Address(high: 0, low: 1)), port: 0))
}

/// Whether this machine has the IPv6 loopback address.
let hasIPv6: Bool = {
    do { _ = try DatagramSocket(on: .loopbackV6) } catch { return false }
    return true
}()

/// The loopback addresses this machine has.
let loopbackAddresses: [SocketAddress] = hasIPv6 ? [.loopback, .loopbackV6] : [.loopback]

extension StreamSocket {
    func say(_ text: String) throws -> Int? {
        let bytes = Array(text.utf8)
        return try send(bytes.span)
    }

    /// What one receive gives; nil when it would have to wait.
    func hear(limit: Int = 1000) throws -> String? {
        var buffer = [UInt8](repeating: 0, count: limit)
        var span = buffer.mutableSpan
        guard let count = try receive(into: &span) else { return nil }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}

/// Whether a program started from here would inherit the descriptor.
func isInherited(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0 }
