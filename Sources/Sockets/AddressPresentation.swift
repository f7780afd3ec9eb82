// Addresses as people write them: inet_pton(3), RFC 5952. The one place where text becomes an address.

import Glibc
public import PacketDecoding

extension IPAddress {
    /// The address that `text` spells: dotted decimal or RFC 4291 section 2.2; nil for anything else, names included.
    public init?(presentation text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if unsafe inet_pton(AF_INET, text, &v4) == 1 {
            self = .v4(IPv4Address(rawValue: UInt32(bigEndian: v4.s_addr)))
        } else if unsafe inet_pton(AF_INET6, text, &v6) == 1 {
            self = .v6(IPv6Address(v6))
        } else {
            return nil
        }
    }

    /// Dotted decimal, or the shortest form of an IPv6 address (RFC 5952).
    public var presentation: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch self {
        case .v4(let address):
            var kernel = in_addr(s_addr: address.rawValue.bigEndian)
            unsafe inet_ntop(AF_INET, &kernel, &buffer, socklen_t(INET6_ADDRSTRLEN))
        case .v6(let address):
            var kernel = in6_addr(address)
            unsafe inet_ntop(AF_INET6, &kernel, &buffer, socklen_t(INET6_ADDRSTRLEN))
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
