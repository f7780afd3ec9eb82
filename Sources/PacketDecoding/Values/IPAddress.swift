/// An IPv4 address.
@frozen public struct IPv4Address: RawRepresentable, BitwiseCopyable, Hashable, Comparable, Sendable {
    /// In host order: 127.0.0.1 is 0x7f000001.
    public let rawValue: UInt32

    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    @inlinable public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    @inlinable public static func < (a: IPv4Address, b: IPv4Address) -> Bool { a.rawValue < b.rawValue }
}

/// An IPv6 address, stored as on the wire (16 bytes).
@frozen public struct IPv6Address: BitwiseCopyable, Hashable, Comparable, Sendable {
    @usableFromInline let rawHigh, rawLow: UInt64

    /// - Parameters:
    ///   - high: the first 64 bits, in host order.
    ///   - low: the last 64 bits, in host order.
    @inlinable public init(high: UInt64, low: UInt64) {
        rawHigh = high.bigEndian
        rawLow = low.bigEndian
    }

    /// The first 64 bits, in host order.
    @inlinable public var high: UInt64 { UInt64(bigEndian: rawHigh) }
    /// The last 64 bits, in host order.
    @inlinable public var low: UInt64 { UInt64(bigEndian: rawLow) }

    /// The 16-bit group `index`, 0 to 7, from the left.
    @inlinable
    public func group(_ index: Int) -> UInt16 {
        let half = index < 4 ? high : low
        return UInt16(truncatingIfNeeded: half >> UInt64((3 &- (index & 3)) &* 16))
    }

    @inlinable public static func < (a: IPv6Address, b: IPv6Address) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

/// An address of either version.
@frozen public enum IPAddress: BitwiseCopyable, Hashable, Comparable, Sendable {
    case v4(IPv4Address)
    case v6(IPv6Address)

    /// IPv4 before IPv6, then by number.
    @inlinable
    public static func < (a: IPAddress, b: IPAddress) -> Bool {
        switch (a, b) {
        case (.v4(let a), .v4(let b)): a < b
        case (.v6(let a), .v6(let b)): a < b
        case (.v4, .v6): true
        case (.v6, .v4): false
        }
    }
}
