import Testing

@testable import Probes

@Suite struct ProbeClockTests {
    @Test func stampsBecomeMonotonic() {
        let reading = clocks(10 * second)
        #expect(reading.monotonic(of: 9 * second + wallOffset, notBefore: 0) == 9 * second)
        #expect(reading.monotonic(of: nil, notBefore: 0) == 10 * second)
    }

    /// An hour forward or back between the kernel's stamp and the reading: the reading's own time counts.
    @Test(arguments: [3600 * second, -3600 * second])
    func wallClockStepped(step: Int64) {
        let reading = clocks(10 * second, steppedBy: step)
        #expect(reading.monotonic(of: 9 * second + wallOffset, notBefore: 8 * second) == 10 * second)
    }

    @Test func extremes() {
        let reading = clocks(10 * second)
        #expect(reading.monotonic(of: .min, notBefore: 0) == 10 * second)
        #expect(reading.monotonic(of: .max, notBefore: 0) == 10 * second)
    }
}
