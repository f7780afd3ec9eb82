/// An instant: nanoseconds since 1970-01-01 00:00 UTC.
@frozen public struct Timestamp: RawRepresentable, BitwiseCopyable, Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970; negative before.
    public let rawValue: Int64

    @inlinable public init(rawValue: Int64) { self.rawValue = rawValue }

    /// - Parameters:
    ///   - seconds: since 1970; values past the year 2262 saturate.
    ///   - nanoseconds: added to them; may exceed a second in a broken savefile.
    @inlinable
    public init(seconds: Int64, nanoseconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let whole = overflow ? (seconds < 0 ? Int64.min : Int64.max) : product
        let (sum, overflowed) = whole.addingReportingOverflow(nanoseconds)
        rawValue = overflowed ? (nanoseconds < 0 ? Int64.min : Int64.max) : sum
    }

    /// Whole seconds since 1970, rounded down.
    @inlinable public var seconds: Int64 {
        rawValue >= 0 ? rawValue / 1_000_000_000 : ((rawValue &+ 1) / 1_000_000_000) &- 1
    }
    /// The rest, 0 to 999,999,999.
    @inlinable public var nanoseconds: Int64 { rawValue &- (seconds &* 1_000_000_000) }

    /// Nanoseconds from `earlier` to this instant; saturates.
    @inlinable
    public func nanoseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = rawValue.subtractingReportingOverflow(earlier.rawValue)
        return overflow ? (rawValue < earlier.rawValue ? Int64.min : Int64.max) : difference
    }

    @inlinable public static func < (a: Timestamp, b: Timestamp) -> Bool { a.rawValue < b.rawValue }
}
