// Addresses as text.

extension IPv4Address: CustomStringConvertible {
    /// `127.0.0.1`
    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }
}

extension IPv6Address: CustomStringConvertible {
    /// The groups that `::` stands for: the longest run of two or more zero groups, the first of equals (RFC 5952
    /// section 4.2); empty where there is none.
    public var zeroRun: Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || group(index) != 0 {
            if index &- start > max(1, best.count) { best = start..<index }
            start = index &+ 1
        }
        return best
    }

    /// Whether the last 32 bits are written as an IPv4 address, as inet_ntop(3) does: ::ffff:a.b.c.d and ::a.b.c.d.
    public var showsIPv4: Bool {
        let zeros = zeroRun
        return zeros.lowerBound == 0 && (zeros.count == 6 || zeros.count == 5 && group(5) == 0xffff)
    }

    /// RFC 5952: `2001:db8::1`.
    public var description: String {
        let zeros = zeroRun
        var text = ""
        var index = 0
        while index < 8 {
            if index == zeros.lowerBound && !zeros.isEmpty {
                text += zeros.upperBound == 8 ? "::" : ":"
                index = zeros.upperBound
                continue
            }
            if index > 0 { text += ":" }
            if index == 6 && showsIPv4 {
                return text + IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)).description
            }
            text += String(group(index), radix: 16)
            index += 1
        }
        return text
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}

extension Endpoint: CustomStringConvertible {
    /// `127.0.0.1:9999`, `[::1]:9999`
    public var description: String {
        switch address {
        case .v4(let address): "\(address):\(port)"
        case .v6(let address): "[\(address)]:\(port)"
        }
    }
}
