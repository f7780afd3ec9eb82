/// Round-trip times and what they come to. Times are nanoseconds.
public struct RoundTrips: Sendable {
    /// Times kept one by one; beyond, ``median`` and ``percentile99`` are exact to one part in 128.
    static let exactLimit = 65_536

    public private(set) var count = 0
    public private(set) var minimum: Int64 = 0
    public private(set) var maximum: Int64 = 0
    private var sum = 0.0
    private var sumOfSquares = 0.0
    /// Moving average of the last few, by ping(8)'s weights: an eighth for the newest.
    public private(set) var movingAverage = 0.0
    private var exact: [Int64] = []
    /// Counts by class: 128 classes for each power of two. Used once there are too many to keep.
    private var classes: [Int] = []

    public init() {}

    /// - Parameter time: negative counts as 0.
    public mutating func add(_ time: Int64) {
        let time = max(0, time)
        minimum = count == 0 ? time : min(minimum, time)
        maximum = max(maximum, time)
        let value = Double(time)
        movingAverage = count == 0 ? value : movingAverage + (value - movingAverage) / 8
        sum += value
        sumOfSquares += value * value
        count += 1
        if classes.isEmpty {
            exact.append(time)
            if exact.count > Self.exactLimit { classify() }
        } else {
            classes[Self.index(of: time)] += 1
        }
    }

    private mutating func classify() {
        classes = [Int](repeating: 0, count: Self.index(of: .max) + 1)
        for time in exact { classes[Self.index(of: time)] += 1 }
        exact = []
    }

    private static func index(of time: Int64) -> Int {
        let magnitude = UInt64(bitPattern: time)
        guard magnitude >= 256 else { return Int(magnitude) }
        let exponent = 63 - magnitude.leadingZeroBitCount - 7
        return exponent * 128 + Int(magnitude >> UInt64(exponent))
    }

    /// The middle of a class.
    private static func time(ofClass index: Int) -> Int64 {
        guard index >= 256 else { return Int64(index) }
        let exponent = index / 128 - 1
        let low = Int64(index % 128 + 128) << Int64(exponent)
        return low + (Int64(1) << Int64(exponent)) / 2
    }

    public var average: Double { count == 0 ? 0 : sum / Double(count) }

    /// Standard deviation, as ping(8)'s mdev.
    public var deviation: Double {
        guard count > 0 else { return 0 }
        return max(0, sumOfSquares / Double(count) - average * average).squareRoot()
    }

    /// The middle one; of an even number the lower of the two in the middle.
    public var median: Int64 { quantile(rank: (count + 1) / 2) }

    /// The time that 99 in 100 do not exceed.
    public var percentile99: Int64 { quantile(rank: (count * 99 + 99) / 100) }

    private func quantile(rank: Int) -> Int64 {
        guard count > 0 else { return 0 }
        if classes.isEmpty { return exact.sorted()[min(max(rank, 1), count) - 1] }
        var left = rank
        for (index, number) in classes.enumerated() where number > 0 {
            left -= number
            if left <= 0 { return min(max(Self.time(ofClass: index), minimum), maximum) }
        }
        return maximum
    }

    /// How many times fall into each of `bins` equal spans from the least to the greatest; empty without any.
    func histogram(bins: Int) -> [Int] {
        guard count > 0, bins > 0 else { return [] }
        var result = [Int](repeating: 0, count: bins)
        let width = Double(maximum - minimum) / Double(bins)
        func bin(_ time: Int64) -> Int {
            width > 0 ? min(bins - 1, max(0, Int(Double(time - minimum) / width))) : 0
        }
        for time in exact { result[bin(time)] += 1 }
        for (index, number) in classes.enumerated() where number > 0 {
            result[bin(Self.time(ofClass: index))] += number
        }
        return result
    }
}
