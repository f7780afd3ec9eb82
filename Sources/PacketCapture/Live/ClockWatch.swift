/// Notices that the system's clock was set, by a clock that nobody can set.
struct ClockWatch {
    /// Less than this, in nanoseconds, is the clock being slowed down or sped up, or the time it takes to look.
    static let tolerance = 20_000_000

    /// Nanoseconds from one clock to the other.
    private var offset: Int

    init(offset: Int = Self.currentOffset) { self.offset = offset }

    /// By how many nanoseconds the clock was set since the last call; nil when it was not.
    mutating func takeStep(offset new: Int = Self.currentOffset) -> Int? {
        let step = new - offset
        offset = new
        return abs(step) > Self.tolerance ? step : nil
    }

    static var currentOffset: Int { SystemClock.wall - SystemClock.sinceBoot }
}
