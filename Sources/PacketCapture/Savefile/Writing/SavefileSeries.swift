import Glibc

/// When a capture goes on to its next savefile, and what that is called: tcpdump's `-C`, `-G` and `-W`.
public struct SavefileSeries: Sendable {
    /// What ends a savefile.
    public struct Limits: Hashable, Sendable {
        /// A file larger than this, in bytes, takes no further packet; nil for any size.
        public var size: Int?
        /// A file this old, in seconds, takes no further packet; nil for any age.
        public var period: Int?
        /// With a size: so many names are used in turn. With a period alone: the capture ends after so many files.
        public var count: Int?

        public init(size: Int? = nil, period: Int? = nil, count: Int? = nil) {
            self.size = size
            self.period = period
            self.count = count
        }
    }

    /// Instants that decide: names follow the clock, ages do not, for it may be set.
    public struct Instant: Hashable, Sendable {
        /// Since 1970, by the clock.
        public var seconds: Int
        /// Nanoseconds of a clock that only runs forwards.
        public var steady: Int

        public init(seconds: Int, steady: Int) {
            self.seconds = seconds
            self.steady = steady
        }

        public static var now: Instant {
            // Names go by the second the clock shows.
            Instant(seconds: SystemClock.wall / 1_000_000_000, steady: SystemClock.coarse)
        }
    }

    /// A savefile to open.
    public struct File: Hashable, Sendable {
        public let name: String
        /// Whether an earlier file of this series has that name and gives way.
        public let isReused: Bool
    }

    /// What comes before the next packet.
    public enum Step: Hashable, Sendable {
        case stay
        case open(File)
    }

    private let template: String
    private let limits: Limits
    /// Names used so far, as many as are kept: a series with more than that never comes back to one.
    private var used: Set<String> = []
    private var began: Instant
    /// Files of the current period, from 0, by size; and periods.
    private var number = 0
    private var periods = 0

    private static let keptNames = 65_536

    /// - Parameters:
    ///   - template: the name; with a period, strftime(3) fills it in with the local time each file begins.
    ///   - now: when the first file begins.
    public init(_ template: String, _ limits: Limits, now: Instant) {
        self.template = template
        self.limits = limits
        began = now
    }

    /// The first file.
    public mutating func first() -> File { file() }

    /// What comes before the next packet.
    ///
    /// - Parameter size: of the current file, in bytes.
    public mutating func step(size: Int, now: Instant) -> Step {
        // The last file takes what comes until somebody asks whether it is over.
        if isPeriodOver(now), !isOver(now: now) {
            periods += 1
            began = now
            number = 0
            return .open(file())
        }
        if let limit = limits.size, size > limit {
            number += 1
            if let count = limits.count, number >= count { number = 0 }
            return .open(file())
        }
        return .stay
    }

    /// Whether the last file's time is over, and with it the capture.
    public func isOver(now: Instant) -> Bool {
        guard limits.size == nil, let count = limits.count else { return false }
        return isPeriodOver(now) && periods + 1 >= count
    }

    private func isPeriodOver(_ now: Instant) -> Bool {
        guard let period = limits.period else { return false }
        return now.steady - began.steady >= period * 1_000_000_000
    }

    private mutating func file() -> File {
        let name = name()
        let isReused = used.contains(name)
        if !isReused, used.count < Self.keptNames { used.insert(name) }
        return File(name: name, isReused: isReused)
    }

    private func name() -> String {
        let base = limits.period == nil ? template : Self.fill(template, with: began.seconds)
        // Numbers of a ring have as many digits as its last; else the first file has none.
        let digits = limits.size == nil ? 0 : Self.digits(of: (limits.count ?? 0) - 1)
        if number == 0, digits == 0 { return base }
        let text = String(number)
        return base + String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func digits(of last: Int) -> Int { last <= 0 ? 0 : String(last).count }

    private static func fill(_ template: String, with seconds: Int) -> String {
        var seconds = seconds
        var fields = unsafe tm()
        guard unsafe localtime_r(&seconds, &fields) != nil else { return template }
        var buffer = [CChar](repeating: 0, count: 4096)
        guard unsafe strftime(&buffer, buffer.count, template, &fields) > 0 else { return template }
        return string(of: buffer)
    }
}
