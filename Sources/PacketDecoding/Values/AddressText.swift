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
        // A bit for each zero group, the lowest for the first.
        var run = Self.zeroGroups(of: high) | Self.zeroGroups(of: low) << 4
        guard run & run >> 1 != 0 else { return 0..<0 }
        // Each round leaves the bits at which a run of one more begins.
        var length = 0
        var starts = run
        while run != 0 {
            starts = run
            length &+= 1
            run &= run >> 1
        }
        return starts.trailingZeroBitCount..<starts.trailingZeroBitCount &+ length
    }

    /// A bit for each of the four groups of `half` that is zero, the lowest for the first.
    private static func zeroGroups(of half: UInt64) -> UInt32 {
        let lowBits: UInt64 = 0x7fff_7fff_7fff_7fff
        // The highest bit of a group that is not zero.
        let used = ((half & lowBits) &+ lowBits | half) & ~lowBits
        let zeros = used ^ ~lowBits
        return UInt32(truncatingIfNeeded: zeros >> 63 | zeros >> 46 & 2 | zeros >> 29 & 4 | zeros >> 12 & 8)
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
