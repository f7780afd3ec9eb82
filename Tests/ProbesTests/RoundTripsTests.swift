import Testing

@testable import Probes

@Suite struct RoundTripsTests {
    @Test func statistics() {
        var times = RoundTrips()
        for time in [5, 1, 4, 2, 3] as [Int64] { times.add(time) }
        #expect(times.count == 5)
        #expect(times.minimum == 1 && times.maximum == 5)
        #expect(times.average == 3)
        #expect(times.median == 3)
        #expect(times.percentile99 == 5)
        #expect(abs(times.deviation - 2.0.squareRoot()) < 1e-9)
        #expect(times.histogram(bins: 2) == [2, 3])
    }

    @Test func none() {
        let times = RoundTrips()
        #expect(times.median == 0 && times.percentile99 == 0 && times.deviation == 0)
        #expect(times.histogram(bins: 3) == [])
    }

    /// Beyond what is kept one by one, quantiles are right to one part in 128.
    @Test func manyTimes() {
        var times = RoundTrips()
        for time in 1...200_000 as ClosedRange<Int64> { times.add(time * 1000) }
        #expect(abs(Double(times.median) - 1e8) <= 1e8 / 128)
        #expect(abs(Double(times.percentile99) - 1.98e8) <= 1.98e8 / 128)
        #expect(times.histogram(bins: 4).reduce(0, +) == 200_000)
        times.add(.max)
        #expect(times.maximum == .max)
    }
}
