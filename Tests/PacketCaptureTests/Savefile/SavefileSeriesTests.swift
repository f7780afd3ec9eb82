import Foundation
import PacketCapture
import Testing

/// Names are held against tcpdump's own in the command line's tests.
@Suite struct SavefileSeriesTests {
    private func instant(_ seconds: Int) -> SavefileSeries.Instant {
        SavefileSeries.Instant(seconds: 1_700_000_000 + seconds, steady: seconds * 1_000_000_000)
    }

    private func name(_ step: SavefileSeries.Step) -> String? {
        if case .open(let file) = step { return file.name }
        return nil
    }

    @Test(
        arguments: [
            (nil, ["a", "a1", "a2", "a3"]), (1, ["a", "a", "a"]), (2, ["a0", "a1", "a0"]),
            (3, ["a0", "a1", "a2", "a0"]),
            (11, ["a00", "a01", "a02"]),
        ] as [(Int?, [String])])
    func bySize(count: Int?, names: [String]) {
        var series = SavefileSeries("a", SavefileSeries.Limits(size: 1000, count: count), now: instant(0))
        var found = [series.first().name]
        // At the limit a file goes on; past it, it is full.
        #expect(series.step(size: 1000, now: instant(0)) == .stay)
        for _ in 1..<names.count { found.append(name(series.step(size: 1001, now: instant(0))) ?? "none") }
        #expect(found == names)
    }

    @Test func onlyItsOwnFilesGiveWay() {
        var series = SavefileSeries("a", SavefileSeries.Limits(size: 1, count: 2), now: instant(0))
        #expect(!series.first().isReused)
        var reused: [Bool] = []
        for _ in 0..<3 {
            if case .open(let file) = series.step(size: 2, now: instant(0)) { reused.append(file.isReused) }
        }
        #expect(reused == [false, true, true])
    }

    @Test func byTime() {
        unsafe setenv("TZ", "UTC0", 1)
        tzset()
        var series = SavefileSeries("a-%H%M%S", SavefileSeries.Limits(period: 10), now: instant(0))
        #expect(series.first().name == "a-221320")
        #expect(series.step(size: 0, now: instant(9)) == .stay)
        #expect(name(series.step(size: 0, now: instant(10))) == "a-221330")
        // A period begins when its file does: nothing is made up for.
        #expect(series.step(size: 0, now: instant(19)) == .stay)
        #expect(name(series.step(size: 0, now: instant(45))) == "a-221405")
    }

    /// The clock may be set; periods go on.
    @Test func aPeriodIsNoMatterOfTheClock() {
        var series = SavefileSeries("a-%s", SavefileSeries.Limits(period: 10), now: instant(0))
        _ = series.first()
        let back = SavefileSeries.Instant(seconds: 1_600_000_000, steady: 10_000_000_000)
        #expect(name(series.step(size: 0, now: back)) == "a-1600000000")
    }

    @Test func aCountOfPeriodsEnds() {
        var series = SavefileSeries("a-%s", SavefileSeries.Limits(period: 10, count: 2), now: instant(0))
        _ = series.first()
        #expect(!series.isOver(now: instant(10)))
        #expect(name(series.step(size: 0, now: instant(10))) == "a-1700000010")
        #expect(!series.isOver(now: instant(19)))
        #expect(series.isOver(now: instant(20)))
        // Until somebody asks, the last file takes what comes.
        #expect(series.step(size: 0, now: instant(20)) == .stay)
    }

    @Test func bothLimitsCountWithinAPeriod() {
        var series = SavefileSeries("a-%s-", SavefileSeries.Limits(size: 1, period: 10, count: 3), now: instant(0))
        var found = [series.first().name]
        for (size, time) in [(2, 1), (2, 2), (2, 3), (2, 10), (2, 11)] {
            found.append(name(series.step(size: size, now: instant(time))) ?? "none")
        }
        #expect(
            found == [
                "a-1700000000-0", "a-1700000000-1", "a-1700000000-2", "a-1700000000-0", "a-1700000010-0",
                "a-1700000010-1",
            ])
        #expect(!series.isOver(now: instant(1000)))
    }
}
