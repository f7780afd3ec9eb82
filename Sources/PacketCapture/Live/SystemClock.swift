// Each of these can be the one that declares timespec; which, depends on what the compiler has built before.
import CLinux
import CPcap
import Glibc

/// The system's clocks (clock_gettime(2)), in nanoseconds.
enum SystemClock {
    /// Since 1970; can be set.
    static var wall: Int { read(CLOCK_REALTIME) }
    /// Only runs forwards.
    static var steady: Int { read(CLOCK_MONOTONIC) }
    /// The same a few milliseconds late, and cheaper.
    static var coarse: Int { read(CLOCK_MONOTONIC_COARSE) }
    /// Only runs forwards, also while the machine sleeps.
    static var sinceBoot: Int { read(CLOCK_BOOTTIME) }

    private static func read(_ clock: clockid_t) -> Int {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
