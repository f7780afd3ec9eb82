import Glibc
import Host
import Testing

/// The zone is the process's own: each test has one to itself.
@Suite struct LocalTimeTests {
    @Test func `crosses a change of daylight saving time, both ways`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1)
            var time = LocalTime()
            // 2024-03-31 01:00 UTC and 2024-10-27 01:00 UTC.
            for (instant, before, after) in [(1_711_846_800, 3600, 7200), (1_729_990_800, 7200, 3600)] {
                precondition(time.offsetFromUTC(at: Int64(instant) - 1) == before)
                precondition(time.offsetFromUTC(at: Int64(instant)) == after)
                precondition(time.offsetFromUTC(at: Int64(instant) - 1) == before)
            }
        }
    }

    @Test func `knows zones west of Greenwich, instants before 1970, and no year that cannot be`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("TZ", "NST3:30", 1)
            var time = LocalTime()
            precondition(time.offsetFromUTC(at: 0) == -12_600)
            precondition(time.offsetFromUTC(at: -1) == -12_600)
            precondition(time.offsetFromUTC(at: -900) == -12_600)
            precondition(time.offsetFromUTC(at: .max) == 0)
            precondition(time.offsetFromUTC(at: .min) == 0)
        }
    }
}
