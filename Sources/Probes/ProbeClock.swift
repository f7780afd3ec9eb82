import Sockets

/// The two clocks of a host, read at one moment, in nanoseconds.
///
/// Probes are scheduled and measured with the first, which nobody steps. The kernel's time stamps come from the
/// second.
@frozen public struct ClockReading: BitwiseCopyable, Hashable, Sendable {
    /// CLOCK_MONOTONIC.
    public let monotonic: Int64
    /// CLOCK_REALTIME.
    public let realtime: Int64

    @inlinable
    public init(monotonic: Int64, realtime: Int64) {
        self.monotonic = monotonic
        self.realtime = realtime
    }

    public static var now: ClockReading {
        let (monotonic, realtime) = ProbeClocks.read()
        return ClockReading(monotonic: monotonic, realtime: realtime)
    }

    /// The monotonic time of an event that the kernel stamped before this reading.
    ///
    /// - Parameters:
    ///   - stamp: the kernel's, of the clock that may be stepped; nil where it gave none.
    ///   - earliest: the event cannot have been before.
    /// - Returns: this reading's own time where the stamp would put the event before `earliest` or into the future,
    ///   as it does when the wall clock was stepped in between.
    @inlinable
    public func monotonic(of stamp: Int64?, notBefore earliest: Int64) -> Int64 {
        guard let stamp else { return monotonic }
        let (age, overflow) = realtime.subtractingReportingOverflow(stamp)
        guard !overflow, age >= 0 else { return monotonic }
        let (time, overflowed) = monotonic.subtractingReportingOverflow(age)
        return overflowed || time < earliest ? monotonic : time
    }
}
