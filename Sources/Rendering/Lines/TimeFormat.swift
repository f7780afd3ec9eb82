// Time stamps at the beginning of a line, as tcpdump(1) prints them.

public import PacketDecoding

/// What a line's time stamp says.
public enum TimeStyle: Sendable {
    /// None (`-t`).
    case none
    /// Time of day: `10:49:36.144325`.
    case clock
    /// Seconds since 1970 (`-tt`).
    case epoch
    /// Since the line before (`-ttt`).
    case sincePrevious
    /// Date and time of day (`-tttt`).
    case dateAndClock
    /// Since the first line (`-ttttt`).
    case sinceFirst
}

/// Digits after the decimal point.
public enum TimePrecision: Sendable {
    case microseconds, nanoseconds
}

/// Writes the time stamps of one line after another; it remembers what the deltas count from.
public struct TimeFormat: Sendable {
    public let style: TimeStyle
    public let precision: TimePrecision
    /// What a delta counts from.
    private var reference: Timestamp?
    /// The time of day that was written last, to its second: most packets share it with the one before.
    private var clock = ClockText()

    public init(_ style: TimeStyle = .clock, precision: TimePrecision = .microseconds) {
        self.style = style
        self.precision = precision
    }

    /// Says what the next delta counts from; nil for the time that is written next.
    public mutating func count(from reference: Timestamp?) { self.reference = reference }

    /// Writes the time stamp and a space; nothing for `.none`, a dash where the record carries no time.
    ///
    /// - Parameter utcOffset: seconds that local time is ahead of UTC at that instant.
    public mutating func write(_ timestamp: Timestamp?, utcOffset: Int, to buffer: inout ByteBuffer) {
        guard style != .none else { return }
        guard let timestamp else { return buffer.write("- ") }
        switch style {
        case .none: break
        case .clock:
            clock.write(timestamp.advanced(bySeconds: utcOffset), precision, to: &buffer)
        case .epoch:
            buffer.seconds(timestamp.rawValue, precision)
        case .dateAndClock:
            let local = timestamp.advanced(bySeconds: utcOffset)
            buffer.date(local)
            buffer.write(" ")
            clock.write(local, precision, to: &buffer)
        case .sincePrevious, .sinceFirst:
            let delta = timestamp.nanoseconds(since: reference ?? timestamp)
            buffer.write(delta < 0 ? "-" : " ")
            buffer.clock(Timestamp(rawValue: Int64(clamping: delta.magnitude)), precision)
            if style == .sincePrevious || reference == nil { reference = timestamp }
        }
        buffer.write(" ")
    }
}

extension TimeFormat {
    /// The most that ``putClock(_:utcOffset:at:)`` puts, in bytes.
    static let clockBound = 19

    /// Puts the time of day and a space, whatever the style.
    @inline(__always)
    mutating func putClock(_ time: Timestamp, utcOffset: Int, at tail: inout UncheckedWriter) {
        clock.put(utcOffset == 0 ? time : time.advanced(bySeconds: utcOffset), precision, at: &tail)
        tail.put(0x20)
    }
}

extension Timestamp {
    /// Saturates.
    func advanced(bySeconds seconds: Int) -> Timestamp {
        let (product, overflow) = Int64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return self }
        let (sum, overflowed) = rawValue.addingReportingOverflow(product)
        return overflowed ? self : Timestamp(rawValue: sum)
    }
}

/// The eight characters of a time of day, kept as long as the second lasts.
private struct ClockText: BitwiseCopyable {
    /// Nanoseconds since 1970 at which the second began that ``text`` is of.
    private var start: Int64 = 0
    /// How long ``text`` holds, in nanoseconds: a second, but 0 in the first one of all, whose beginning has no number.
    private var duration: UInt64 = 1_000_000_000
    /// `HH:MM:SS`, the first character in the lowest byte.
    private var text = Self.text(ofDay: 0)

    /// `HH:MM:SS.ffffff`; whole days are left out, as tcpdump does.
    mutating func write(_ time: Timestamp, _ precision: TimePrecision, to buffer: inout ByteBuffer) {
        var tail = unsafe buffer.tail(for: TimeFormat.clockBound)
        put(time, precision, at: &tail)
        unsafe buffer.take(tail)
    }

    @inline(__always)
    mutating func put(_ time: Timestamp, _ precision: TimePrecision, at tail: inout UncheckedWriter) {
        var since = UInt64(bitPattern: time.rawValue &- start)
        if since >= duration { since = begin(time) }
        tail.put(text, count: 8)
        tail.putFraction(since, precision)
    }

    /// - Returns: nanoseconds of `time` since its second began.
    @inline(never)
    private mutating func begin(_ time: Timestamp) -> UInt64 {
        let seconds = time.seconds
        start = seconds &* 1_000_000_000
        duration = start <= time.rawValue ? 1_000_000_000 : 0
        text = Self.text(ofDay: UInt64(truncatingIfNeeded: ((seconds % 86400) + 86400) % 86400))
        return UInt64(bitPattern: time.rawValue &- start)
    }

    private static func text(ofDay seconds: UInt64) -> UInt64 {
        let hours = pair(seconds / 3600)
        let minutes = pair(seconds / 60 % 60)
        return hours | 0x3a << 16 | minutes << 24 | 0x3a << 40 | pair(seconds % 60) << 48
    }

    private static func pair(_ value: UInt64) -> UInt64 { value / 10 | (value % 10) << 8 | 0x3030 }
}

extension UncheckedWriter {
    /// Puts the decimal point and the digits after it, nine at most.
    ///
    /// - Parameter nanoseconds: less than 1,000,000,000.
    @inline(__always)
    fileprivate mutating func putFraction(_ nanoseconds: UInt64, _ precision: TimePrecision) {
        put(0x2e)
        switch precision {
        case .microseconds: putDigits(nanoseconds / 1000, 6)
        case .nanoseconds: putDigits(nanoseconds, 9)
        }
    }
}

extension ByteBuffer {
    /// `HH:MM:SS.ffffff`; whole days are left out, as tcpdump does.
    mutating func clock(_ time: Timestamp, _ precision: TimePrecision) {
        var clock = ClockText()
        clock.write(time, precision, to: &self)
    }

    /// Nanoseconds as seconds with a fixed number of decimals, cut, not rounded.
    mutating func seconds(_ nanoseconds: Int64, _ precision: TimePrecision) {
        if nanoseconds < 0 { write("-") }
        let magnitude = nanoseconds.magnitude
        decimal(magnitude / 1_000_000_000)
        var tail = unsafe tail(for: 10)
        tail.putFraction(magnitude % 1_000_000_000, precision)
        unsafe take(tail)
    }

    /// `YYYY-MM-DD`, in the Gregorian calendar.
    mutating func date(_ time: Timestamp) {
        let days = (time.seconds - (((time.seconds % 86400) + 86400) % 86400)) / 86400
        let (year, month, day) = Self.civilDate(daysSince1970: Int(days))
        decimal(UInt64(truncatingIfNeeded: year), digits: 4)
        write("-")
        decimal(UInt64(truncatingIfNeeded: month), digits: 2)
        write("-")
        decimal(UInt64(truncatingIfNeeded: day), digits: 2)
    }

    /// A timestamp lies between the years 1677 and 2262. Years are counted from March, so that the leap day is
    /// their last and each month's first day is a linear function of its number.
    private static func civilDate(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
        let days = daysSince1970 + 719_468  // since 0000-03-01
        let cycle = days / 146_097  // 400 years
        let dayOfCycle = days % 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month, day)
    }
}
