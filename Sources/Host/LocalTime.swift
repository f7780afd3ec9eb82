import Glibc

/// The local time zone (tzset(3)), asked once per quarter of an hour: no zone changes its offset more often.
public struct LocalTime: Sendable {
    private static let span: Int64 = 900

    /// The quarter of an hour since 1970 that ``offset`` is of.
    private var quarter: Int64?
    private var offset = 0

    /// Reads the zone, so that its file is no longer needed afterwards.
    public init() { tzset() }

    /// Seconds to add to UTC to get local time at an instant; negative west of Greenwich.
    ///
    /// - Parameter seconds: since 1970-01-01 00:00 UTC. 0 is returned where the C library knows no such year.
    public mutating func offsetFromUTC(at seconds: Int64) -> Int {
        let asked = seconds >= 0 ? seconds / Self.span : (seconds + 1) / Self.span - 1
        if asked == quarter { return offset }
        var instant = time_t(seconds)
        var local = unsafe tm()
        let isKnown = unsafe localtime_r(&instant, &local) != nil
        offset = isKnown ? unsafe Int(local.tm_gmtoff) : 0
        quarter = asked
        return offset
    }
}
