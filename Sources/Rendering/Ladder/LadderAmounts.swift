// Amounts in a ladder's words: times, sizes, counts.

internal import PacketDecoding

extension ByteBuffer {
    /// Nanoseconds as milliseconds in at most ``LadderLayout/timeColumns`` columns: fewer decimals as they grow, then
    /// hours, days, years.
    mutating func milliseconds(_ nanoseconds: Int64) {
        let magnitude = nanoseconds.magnitude
        if nanoseconds < 0 { write("-") }
        let microseconds = magnitude / 1000
        // A sign takes the place of a digit.
        let scaled = nanoseconds < 0 ? microseconds * 10 : microseconds
        switch scaled {
        case ..<10_000_000: fixed(microseconds, decimals: 3)
        case ..<100_000_000: fixed(microseconds / 10, decimals: 2)
        case ..<1_000_000_000: fixed(microseconds / 100, decimals: 1)
        case ..<100_000_000_000: decimal(microseconds / 1000)
        default:
            let hours = microseconds / 3_600_000_000
            let days = hours / 24
            decimal(hours < 10_000 ? hours : days < 10_000 ? days : days / 365)
            write(hours < 10_000 ? " h" : days < 10_000 ? " d" : " y")
        }
    }

    /// A duration in words of its own: `0.763 ms`, `1.001 s`, `5694 days`.
    mutating func duration(_ nanoseconds: Int64) {
        let microseconds = nanoseconds / 1000
        if microseconds < 0 { write("-") }
        let magnitude = microseconds.magnitude
        if magnitude < 1_000_000 {
            fixed(UInt64(magnitude), decimals: 3)
            write(" ms")
        } else if magnitude < 1_000_000_000 {
            fixed(UInt64(magnitude) / 1000, decimals: 3)
            write(" s")
        } else if magnitude < 1_000_000_000_000 {
            decimal(UInt64(magnitude) / 1_000_000)
            write(" s")
        } else {
            decimal(UInt64(magnitude) / 86_400_000_000)
            write(" days")
        }
    }

    /// `value` with its last `decimals` digits behind a point.
    private mutating func fixed(_ value: UInt64, decimals: Int) {
        var divisor: UInt64 = 1
        for _ in 0..<decimals { divisor *= 10 }
        decimal(value / divisor)
        write(".")
        decimal(value % divisor, digits: decimals)
    }

    /// `21 B`, `6.1 MB`: powers of a thousand.
    mutating func byteSize(_ bytes: Int) {
        var value = UInt64(bytes.magnitude)
        guard value >= 1000 else {
            decimal(bytes)
            return write(" B")
        }
        var unit = 0
        while value >= 1_000_000 && unit < 3 {
            value /= 1000
            unit += 1
        }
        fixed(value / 100, decimals: 1)
        write(" ")
        write(unit == 0 ? "kB" : unit == 1 ? "MB" : unit == 2 ? "GB" : "TB")
    }

    mutating func count(_ value: Int, _ singular: StaticString, _ plural: StaticString) {
        grouped(value)
        write(" ")
        write(value == 1 ? singular : plural)
    }
}
