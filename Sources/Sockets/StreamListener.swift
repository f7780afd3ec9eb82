import CLinux
import Glibc

/// A TCP socket that accepts connections. Closed when it goes out of scope.
public struct StreamListener: ~Copyable, Sendable {
    private let socket: Descriptor
    /// Where it listens, with the port the kernel chose where 0 was asked for.
    public let localAddress: SocketAddress

    /// Binds with `SO_REUSEADDR` and listens, in blocking mode.
    ///
    /// - Parameters:
    ///   - address: port 0 lets the kernel choose. An IPv6 address takes no IPv4 connections.
    ///   - backlog: connections that may wait to be accepted (listen(2)).
    public init(on address: SocketAddress, backlog: Int32) throws(SocketError) {
        let socket = try Descriptor(type: Int32(SOCK_STREAM.rawValue), for: address)
        try socket.bind(to: address, reusingAddress: true)
        guard listen(socket.rawValue, backlog) == 0 else { throw SocketError(.listening, address) }
        localAddress = socket.localAddress ?? address
        self.socket = socket
    }

    /// For polling; stays the socket's own.
    public var descriptor: Int32 { socket.rawValue }

    public func setNonBlocking(_ enabled: Bool) throws(SocketError) {
        try socket.setNonBlocking(enabled, of: localAddress)
    }

    /// The next connection, in non-blocking mode; nil when none waits (non-blocking mode) or it is gone again.
    public func accept() throws(SocketError) -> StreamSocket? {
        var accepted: Int32 = -1
        let peer = unsafe Descriptor.address { address, length in
            accepted = retrying { unsafe earshot_accept(descriptor, address, length) }
            return accepted
        }
        if accepted >= 0 {
            return StreamSocket(owning: Descriptor(owning: accepted), peer: peer ?? localAddress)
        }
        // A connection that failed before it was accepted is no failure of the listener (accept(2)).
        let passing: [Int32] = [
            EAGAIN, EWOULDBLOCK, ECONNABORTED, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH,
            EOPNOTSUPP, ENETUNREACH, EPERM,
        ]
        if passing.contains(errno) { return nil }
        throw SocketError(.accepting, localAddress)
    }
}
