import Glibc

/// One end of a TCP connection (tcp(7)). Closed when it goes out of scope; never raises SIGPIPE.
public struct StreamSocket: ~Copyable, Sendable {
    private let socket: Descriptor
    /// The other end.
    public let peer: SocketAddress

    init(owning socket: consuming Descriptor, peer: SocketAddress) {
        self.socket = socket
        self.peer = peer
    }

    /// Connects and waits until it is done; the socket is in blocking mode.
    ///
    /// - Parameter timeout: nil leaves it to the kernel, which gives up after about two minutes.
    public static func connected(
        to peer: SocketAddress, timeout: Duration? = nil
    ) throws(SocketError) -> StreamSocket {
        let socket = try connecting(to: peer)
        guard try Readiness.wait(for: .writing, on: socket.descriptor, timeout: timeout) == .ready else {
            throw SocketError(.connecting, peer, errno: ETIMEDOUT)
        }
        try socket.finishConnecting()
        try socket.setNonBlocking(false)
        return socket
    }

    /// Starts to connect, in non-blocking mode; once it can be written to, ``finishConnecting()`` tells the result.
    public static func connecting(to peer: SocketAddress) throws(SocketError) -> StreamSocket {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = try Descriptor(type: type, for: peer)
        let result = unsafe peer.withKernelAddress { unsafe connect(socket.rawValue, $0, $1) }
        // Interrupted, the connection goes on in the background all the same (connect(2)).
        guard result == 0 || errno == EINPROGRESS || errno == EINTR else { throw SocketError(.connecting, peer) }
        return StreamSocket(owning: socket, peer: peer)
    }

    /// Throws why connecting failed, if it did.
    public func finishConnecting() throws(SocketError) {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        guard result == 0, code == 0 else { throw SocketError(.connecting, peer, errno: result == 0 ? code : errno) }
    }

    /// For polling; stays the socket's own.
    public var descriptor: Int32 { socket.rawValue }

    /// This end; nil when the kernel does not say.
    public var localAddress: SocketAddress? { socket.localAddress }

    public func setNonBlocking(_ enabled: Bool) throws(SocketError) {
        try socket.setNonBlocking(enabled, of: peer)
    }

    /// Has the kernel find out that a silent peer is gone, by probes (tcp(7)).
    ///
    /// - Parameters:
    ///   - idle: seconds of silence before the first probe.
    ///   - interval: seconds between probes.
    ///   - probes: unanswered ones that end the connection.
    public func keepAlive(idle: Int32, interval: Int32, probes: Int32) throws(SocketError) {
        let tcp = Int32(IPPROTO_TCP)
        try socket.set(SOL_SOCKET, SO_KEEPALIVE, to: 1, of: peer)
        try socket.set(tcp, TCP_KEEPIDLE, to: idle, of: peer)
        try socket.set(tcp, TCP_KEEPINTVL, to: interval, of: peer)
        try socket.set(tcp, TCP_KEEPCNT, to: probes, of: peer)
    }

    /// Sends what the kernel takes.
    ///
    /// - Returns: how many bytes it took; nil when it takes none now (non-blocking mode).
    public func send(_ bytes: Span<UInt8>) throws(SocketError) -> Int? {
        let count = unsafe bytes.withUnsafeBufferPointer { buffer in
            retrying { unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL)) }
        }
        if count >= 0 { return count }
        if wouldBlock() { return nil }
        throw SocketError(.sending, peer)
    }

    /// Receives what has come, up to the size of `buffer`.
    ///
    /// - Returns: how many bytes came, 0 at the end of the stream; nil when nothing has come (non-blocking mode).
    public func receive(into buffer: inout MutableSpan<UInt8>) throws(SocketError) -> Int? {
        let count = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            retrying { unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0) }
        }
        if count >= 0 { return count }
        if wouldBlock() { return nil }
        throw SocketError(.receiving, peer)
    }
}
