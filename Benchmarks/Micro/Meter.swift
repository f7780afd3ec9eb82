import Glibc

/// Times operations on this thread's processor clock, and prints what one costs.
struct Meter {
    private let roundCount: Int
    /// What LD_PRELOAD brought to count allocations with; nil without it.
    private let allocationCount: (@convention(c) () -> UInt64)?

    init(roundCount: Int) {
        self.roundCount = max(1, roundCount)
        let symbol = unsafe dlsym(nil, "benchmark_allocations")
        allocationCount = unsafe symbol.map { unsafe unsafeBitCast($0, to: (@convention(c) () -> UInt64).self) }
        let titles = line("operation", "ns", "min-max", "allocations")
        print(titles)
    }

    /// Runs `body`, which does `count` operations, once unmeasured and then round by round.
    func measure(_ name: String, _ count: Int, _ body: () throws -> Void) rethrows {
        try body()
        var times: [Double] = []
        times.reserveCapacity(roundCount)
        let allocatedBefore = allocationCount?() ?? 0
        for _ in 0..<roundCount {
            let before = Self.nanoseconds
            try body()
            times.append(Double(Self.nanoseconds &- before) / Double(count))
        }
        let allocated = allocationCount.map { Double($0() &- allocatedBefore) / Double(count * roundCount) }
        times.sort()
        print(
            line(
                name, Self.decimal(times[roundCount / 2], 10),
                "\(Self.decimal(times[0], 10))-\(Self.decimal(times[roundCount - 1], 10))",
                allocated.map { Self.decimal($0, 10000) } ?? "not counted"))
    }

    func title(_ text: String) { print("\n\(text)") }

    private func line(_ name: String, _ time: String, _ spread: String, _ allocations: String) -> String {
        pad(name, 46, right: false) + pad(time, 9) + pad(spread, 17) + pad(allocations, 13)
    }

    private func pad(_ text: String, _ width: Int, right: Bool = true) -> String {
        let space = String(repeating: " ", count: max(1, width - text.count))
        return right ? space + text : text + space
    }

    private static func decimal(_ value: Double, _ unit: Double) -> String {
        "\((value * unit).rounded() / unit)"
    }

    private static var nanoseconds: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
