import Glibc

/// Host names to addresses (getaddrinfo(3)).
public enum Resolver {
    /// The addresses of a host, best first (RFC 6724), none twice. A numeric address is taken as it is, without
    /// asking anyone.
    ///
    /// - Parameters:
    ///   - host: a name, or a numeric address, which may name its interface (`fe80::1%eth0`).
    ///   - family: only addresses of this version; nil is both.
    public static func resolve(
        _ host: String, port: UInt16, family: AddressFamily? = nil
    ) throws(SocketError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = family?.rawValue ?? AF_UNSPEC
        // One socket type, or each address comes once for every type.
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            throw SocketError(.resolving, host, code == EAI_SYSTEM ? .system(errno) : .resolver(code))
        }
        defer { unsafe freeaddrinfo(list) }

        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            var storage = sockaddr_storage()
            if let address = unsafe entry.pointee.ai_addr {
                let length = min(Int(unsafe entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
                unsafe withUnsafeMutableBytes(of: &storage) {
                    unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: length))
                }
            }
            if let address = SocketAddress(storage), !addresses.contains(address) { addresses.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }
}
