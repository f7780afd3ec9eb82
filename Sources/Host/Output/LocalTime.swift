import Glibc

/// The local time zone (tzset(3)), asked once per quarter of an hour: no zone changes its offset more often.
public struct LocalTime: Sendable {
    private static let span: Int64 = 900

    /// The beginning of the quarter of an hour that ``offset`` is of, in seconds since 1970.
    private var start: Int64 = 0
    /// How many seconds from ``start`` on ``offset`` holds: none before the first answer.
    private var duration: UInt64 = 0
    private var offset = 0

    /// Reads the zone, so that its file is no longer needed afterwards.
    public init() { tzset() }

    /// Seconds to add to UTC to get local time at an instant; negative west of Greenwich.
    ///
    /// - Parameter seconds: since 1970-01-01 00:00 UTC. 0 is returned where the C library knows no such year.
    public mutating func offsetFromUTC(at seconds: Int64) -> Int {
        // Below the start the difference wraps around to a large one.
        UInt64(bitPattern: seconds &- start) < duration ? offset : ask(seconds)
    }

    private mutating func ask(_ seconds: Int64) -> Int {
        var instant = time_t(seconds)
        var local = unsafe tm()
        let isKnown = unsafe localtime_r(&instant, &local) != nil
        offset = isKnown ? unsafe Int(local.tm_gmtoff) : 0
        let rest = seconds % Self.span
        let (first, isBelowAll) = seconds.subtractingReportingOverflow(rest < 0 ? rest + Self.span : rest)
        start = first
        duration = isBelowAll ? 0 : UInt64(Self.span)
        return offset
    }
}
