/// An IEEE 802 MAC-48 address, stored as on the wire (6 bytes).
@frozen public struct MACAddress: BitwiseCopyable, Hashable, Sendable {
    @usableFromInline let raw0, raw1, raw2: UInt16

    /// - Parameter value: the 48 bits, most significant first.
    @inlinable
    public init(_ value: UInt64) {
        raw0 = UInt16(truncatingIfNeeded: value >> 32).bigEndian
        raw1 = UInt16(truncatingIfNeeded: value >> 16).bigEndian
        raw2 = UInt16(truncatingIfNeeded: value).bigEndian
    }

    /// The 48 bits, most significant first.
    @inlinable public var value: UInt64 {
        UInt64(UInt16(bigEndian: raw0)) << 32 | UInt64(UInt16(bigEndian: raw1)) << 16 | UInt64(UInt16(bigEndian: raw2))
    }

    /// ff:ff:ff:ff:ff:ff.
    @inlinable public var isBroadcast: Bool { raw0 == .max && raw1 == .max && raw2 == .max }
    /// The group bit (IEEE 802-2014 section 8.2).
    @inlinable public var isMulticast: Bool { UInt16(bigEndian: raw0) & 0x0100 != 0 }
}
