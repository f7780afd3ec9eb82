import Glibc

/// A UDP socket (udp(7)). Closed when it goes out of scope.
public struct DatagramSocket: ~Copyable, Sendable {
    /// What one receive gave.
    public struct Arrival: Hashable, Sendable {
        /// Bytes put into the buffer.
        public let count: Int
        /// Whether the datagram was longer than the buffer; the rest is gone.
        public let isTruncated: Bool
        public let sender: SocketAddress
    }

    private let socket: Descriptor
    /// This end, with the port the kernel chose.
    public let localAddress: SocketAddress
    /// The other end of a connected socket.
    public let peer: SocketAddress?

    /// Binds, to receive from anyone; in blocking mode.
    ///
    /// - Parameter address: port 0 lets the kernel choose. An IPv6 address receives no IPv4 datagrams.
    public init(on address: SocketAddress) throws(SocketError) {
        let socket = try Descriptor(type: Int32(SOCK_DGRAM.rawValue), for: address)
        // SO_REUSEADDR would let a second server take the datagrams of the first unnoticed (socket(7)).
        try socket.bind(to: address, reusingAddress: false)
        localAddress = socket.localAddress ?? address
        peer = nil
        self.socket = socket
    }

    /// Fixes the other end: only its datagrams are received, and its ICMP errors are reported; in blocking mode.
    public init(connectedTo peer: SocketAddress) throws(SocketError) {
        let socket = try Descriptor(type: Int32(SOCK_DGRAM.rawValue), for: peer)
        guard unsafe peer.withKernelAddress({ unsafe connect(socket.rawValue, $0, $1) }) == 0 else {
            throw SocketError(.connecting, peer)
        }
        localAddress = socket.localAddress ?? peer
        self.peer = peer
        self.socket = socket
    }

    /// For polling; stays the socket's own.
    public var descriptor: Int32 { socket.rawValue }

    public func setNonBlocking(_ enabled: Bool) throws(SocketError) {
        try socket.setNonBlocking(enabled, of: localAddress)
    }

    /// Sends one datagram, which may be empty.
    ///
    /// - Parameter destination: nil is the peer of a connected socket.
    /// - Returns: false when the kernel takes none now (non-blocking mode).
    public func send(_ bytes: Span<UInt8>, to destination: SocketAddress? = nil) throws(SocketError) -> Bool {
        let count = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let destination else {
                return retrying { unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, 0) }
            }
            return unsafe destination.withKernelAddress { address, length in
                retrying {
                    unsafe sendto(descriptor, buffer.baseAddress, buffer.count, 0, address, length)
                }
            }
        }
        if count >= 0 { return true }
        if wouldBlock() { return false }
        throw SocketError(.sending, destination ?? peer ?? localAddress)
    }

    /// Receives one datagram; what does not fit into `buffer` is lost.
    ///
    /// - Returns: nil when none has come (non-blocking mode).
    public func receive(into buffer: inout MutableSpan<UInt8>) throws(SocketError) -> Arrival? {
        var count = -1
        let capacity = buffer.count
        let sender = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            unsafe Descriptor.address { address, length in
                // MSG_TRUNC has the kernel tell the datagram's real length (recv(2)).
                count = retrying {
                    unsafe recvfrom(
                        descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC), address, length)
                }
                return count < 0 ? -1 : 0
            }
        }
        if count >= 0 {
            return Arrival(
                count: min(count, capacity), isTruncated: count > capacity, sender: sender ?? peer ?? localAddress)
        }
        if wouldBlock() { return nil }
        throw SocketError(.receiving, peer ?? localAddress)
    }
}
