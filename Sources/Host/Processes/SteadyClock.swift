import Glibc

/// A clock that nobody can set.
public enum SteadyClock {
    /// Nanoseconds since some moment, a few milliseconds old: it is asked for every packet (clock_gettime(2),
    /// CLOCK_MONOTONIC_COARSE).
    public static var coarseNanoseconds: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
