/// A TCP sequence number: compares modulo 2^32 (RFC 9293 section 3.4).
@frozen public struct SequenceNumber: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt32

    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// How far this number lies after `other`; negative when before. Numbers 2^31 apart have no order.
    @inlinable
    public func distance(from other: SequenceNumber) -> Int {
        Int(Int32(truncatingIfNeeded: rawValue &- other.rawValue))
    }

    @inlinable
    public static func + (number: SequenceNumber, count: Int) -> SequenceNumber {
        SequenceNumber(number.rawValue &+ UInt32(truncatingIfNeeded: count))
    }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.distance(from: b) < 0 }
    @inlinable public static func <= (a: Self, b: Self) -> Bool { a.distance(from: b) <= 0 }
    @inlinable public static func > (a: Self, b: Self) -> Bool { a.distance(from: b) > 0 }
    @inlinable public static func >= (a: Self, b: Self) -> Bool { a.distance(from: b) >= 0 }
}
