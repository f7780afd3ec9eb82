import Glibc

/// An open socket, closed when its owner goes.
struct Descriptor: ~Copyable, Sendable {
    let rawValue: Int32

    /// Takes over a descriptor that is open.
    init(owning rawValue: Int32) { self.rawValue = rawValue }

    /// Opens a socket that a new program does not inherit.
    ///
    /// - Parameter type: `SOCK_STREAM` or `SOCK_DGRAM`, or'ed with `SOCK_NONBLOCK` where wanted.
    init(type: Int32, for address: SocketAddress) throws(SocketError) {
        rawValue = socket(address.family.rawValue, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard rawValue >= 0 else { throw SocketError(.opening, address) }
    }

    deinit {
        // Not repeated on EINTR: Linux has released the descriptor by then (close(2)).
        if rawValue >= 0 { close(rawValue) }
    }

    func set(_ level: Int32, _ option: Int32, to value: Int32, of address: SocketAddress) throws(SocketError) {
        var value = value
        guard unsafe setsockopt(rawValue, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw SocketError(.configuring, address)
        }
    }

    func setNonBlocking(_ enabled: Bool, of address: SocketAddress) throws(SocketError) {
        let flags = fcntl(rawValue, F_GETFL)
        guard flags >= 0, fcntl(rawValue, F_SETFL, enabled ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) >= 0 else {
            throw SocketError(.configuring, address)
        }
    }

    /// Binds to `address` so that a restarted server gets its port back at once, and IPv6 means IPv6 only.
    func bind(to address: SocketAddress, reusingAddress: Bool) throws(SocketError) {
        if reusingAddress { try set(SOL_SOCKET, SO_REUSEADDR, to: 1, of: address) }
        if address.family == .v6 { try set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: 1, of: address) }
        guard unsafe address.withKernelAddress({ unsafe Glibc.bind(rawValue, $0, $1) }) == 0 else {
            throw SocketError(.binding, address)
        }
    }

    /// The end of the socket that is here, with the port the kernel chose; nil when the kernel does not say.
    var localAddress: SocketAddress? {
        unsafe Self.address { address, length in unsafe getsockname(rawValue, address, length) }
    }

    /// The address that a system call fills in; nil when it fails.
    static func address(
        _ fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe fill($0, &length) }
        }
        return result < 0 ? nil : SocketAddress(storage)
    }
}

/// Repeats a system call that a signal interrupted.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// Whether the call that has just failed only found nothing to do.
func wouldBlock() -> Bool { errno == EAGAIN || errno == EWOULDBLOCK }
