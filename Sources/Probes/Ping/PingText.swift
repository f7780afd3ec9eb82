// What ping(8) prints, and the same as JSON.

public import PacketDecoding
import Sockets

extension TextSink where Self: ~Copyable {
    /// Text that may hold anything: a name the user gave. Escaped.
    mutating func text(_ string: String) {
        var string = string
        string.makeContiguousUTF8()
        escaped(unsafe string.utf8Span.span.bytes)
    }

    /// Nanoseconds as milliseconds with `digits` decimals, rounded.
    mutating func milliseconds(_ time: Int64, digits: Int = 3) {
        if time < 0 { write("-") }
        let magnitude = time.magnitude
        var unit: UInt64 = 1
        for _ in digits..<6 { unit *= 10 }
        let (sum, overflow) = magnitude.addingReportingOverflow(unit / 2)
        let rounded = (overflow ? magnitude : sum) / unit
        var scale: UInt64 = 1
        for _ in 0..<digits { scale *= 10 }
        decimal(rounded / scale)
        guard digits > 0 else { return }
        write(".")
        padded(rounded % scale, digits)
    }

    mutating func padded(_ value: UInt64, _ digits: Int) {
        var limit: UInt64 = 1
        for _ in 1..<max(1, digits) { limit *= 10 }
        while limit > 1 && value < limit {
            write("0")
            limit /= 10
        }
        decimal(value)
    }

    /// As ping(8) shows a round-trip time: three digits, fewer decimals the longer it is.
    mutating func roundTrip(_ time: Int64) {
        switch time {
        case ..<10_000_000: milliseconds(time, digits: time < 1_000_000 ? 3 : 2)
        case ..<100_000_000: milliseconds(time, digits: 1)
        default: milliseconds(time, digits: 0)
        }
    }

    /// The share of `part` in `whole`, with up to four decimals and no zeros behind them.
    mutating func percentage(_ part: Int, of whole: Int) {
        guard whole > 0 else { return write("0") }
        var value = (UInt64(max(0, part)) * 1_000_000 + UInt64(whole) / 2) / UInt64(whole)
        decimal(value / 10_000)
        value %= 10_000
        guard value > 0 else { return }
        write(".")
        var digits = 4
        while value % 10 == 0 {
            value /= 10
            digits -= 1
        }
        padded(value, digits)
    }
}

extension PingSession {
    /// `PING localhost (127.0.0.1) 56(84) bytes of data.`
    ///
    /// - Parameters:
    ///   - host: as the user gave it.
    ///   - source: address and interface, where the user chose.
    public func writeHeader(host: String, source: String?, to sink: inout some TextSink & ~Copyable) {
        let isV6 = peer.family == .v6
        sink.write("PING ")
        sink.text(host)
        sink.write(isV6 ? "(" : " (")
        sink.address(peer.address, zone: peer.scope)
        sink.write(")")
        if let source {
            sink.write(" from ")
            sink.text(source)
            sink.write(":")
        }
        sink.write(" ")
        sink.decimal(options.payload.size)
        if isV6 { return sink.write(" data bytes\n") }
        sink.write("(")
        sink.decimal(options.payload.size + 28)
        sink.write(") bytes of data.\n")
    }

    /// The line of an answer or an error.
    ///
    /// - Parameter showsTime: with the time in front (`-D`).
    public func write(_ event: PingEvent, showsTime: Bool, to sink: inout some TextSink & ~Copyable) {
        switch event {
        case .reply(let reply):
            if showsTime { Self.writeTime(reply.time, to: &sink) }
            write(reply, to: &sink)
        case .fault(let number, let fault, let time):
            if showsTime { Self.writeTime(time, to: &sink) }
            if let reporter = fault.reporter {
                sink.write("From ")
                sink.address(reporter, zone: fault.reporterZone)
                sink.write(" icmp_seq=")
                sink.decimal(UInt16(truncatingIfNeeded: number))
                sink.write(" ")
            } else {
                sink.write("earshot: icmp_seq=")
                sink.decimal(UInt16(truncatingIfNeeded: number))
                sink.write(" local error: ")
            }
            fault.writePingWords(to: &sink)
            sink.write("\n")
        }
    }

    private static func writeTime(_ time: Int64, to sink: inout some TextSink & ~Copyable) {
        let stamp = Timestamp(rawValue: time)
        sink.write("[")
        sink.decimal(stamp.seconds)
        sink.write(".")
        sink.padded(UInt64(stamp.nanoseconds / 1000), 6)
        sink.write("] ")
    }

    private func write(_ reply: PingReply, to sink: inout some TextSink & ~Copyable) {
        sink.decimal(reply.length)
        sink.write(" bytes from ")
        sink.address(reply.from, zone: reply.zone)
        sink.write(": icmp_seq=")
        sink.decimal(UInt16(truncatingIfNeeded: reply.number))
        if let hopLimit = reply.hopLimit {
            sink.write(" ttl=")
            sink.decimal(hopLimit)
        }
        sink.write(" time=")
        sink.roundTrip(reply.roundTrip)
        sink.write(" ms")
        if reply.isDuplicate { sink.write(" (DUP!)") }
        if reply.isLate { sink.write(" (late)") }
        if let corruption = reply.corruption {
            guard let found = corruption.found else {
                sink.write(" (truncated)\n")
                return
            }
            sink.write("\nwrong data byte #")
            sink.decimal(corruption.offset)
            sink.write(" should be 0x")
            sink.hex(UInt64(corruption.expected), digits: 0)
            sink.write(" but was 0x")
            sink.hex(UInt64(found), digits: 0)
        }
        sink.write("\n")
    }

    /// The statistics at the end.
    ///
    /// - Parameter isVerbose: with a histogram.
    public func writeSummary(host: String, isVerbose: Bool, to sink: inout some TextSink & ~Copyable) {
        sink.write("\n--- ")
        sink.text(host)
        sink.write(" ping statistics ---\n")
        sink.decimal(transmitted)
        sink.write(" packets transmitted, ")
        sink.decimal(received)
        sink.write(" received")
        count(duplicates, " duplicates", to: &sink)
        count(corrupt, " corrupted", to: &sink)
        count(errors, " errors", to: &sink)
        count(late, " late", to: &sink)
        count(reordered, " reordered", to: &sink)
        count(foreign, " foreign", to: &sink)
        sink.write(", ")
        sink.percentage(max(0, transmitted - received), of: transmitted)
        sink.write("% packet loss, time ")
        sink.decimal(duration / 1_000_000)
        sink.write("ms\n")
        guard times.count > 0 else { return }
        sink.write("rtt min/avg/max/mdev = ")
        sink.milliseconds(times.minimum)
        sink.write("/")
        sink.milliseconds(Int64(times.average.rounded()))
        sink.write("/")
        sink.milliseconds(times.maximum)
        sink.write("/")
        sink.milliseconds(Int64(times.deviation.rounded()))
        sink.write(" ms")
        if pipe > 1 {
            sink.write(", pipe ")
            sink.decimal(pipe)
        }
        if options.isFlood, transmitted > 1 {
            sink.write(", ipg/ewma ")
            sink.milliseconds(duration / Int64(transmitted - 1))
            sink.write("/")
            sink.milliseconds(Int64(times.movingAverage.rounded()))
            sink.write(" ms")
        }
        sink.write("\nrtt median/p99 = ")
        sink.milliseconds(times.median)
        sink.write("/")
        sink.milliseconds(times.percentile99)
        sink.write(" ms\n")
        if isVerbose { times.writeHistogram(to: &sink) }
    }

    private func count(_ number: Int, _ words: StaticString, to sink: inout some TextSink & ~Copyable) {
        guard number > 0 else { return }
        sink.write(", +")
        sink.decimal(number)
        sink.write(words)
    }

    /// The line that SIGQUIT asks for.
    public func writeProgress(to sink: inout some TextSink & ~Copyable) {
        sink.decimal(received)
        sink.write("/")
        sink.decimal(transmitted)
        sink.write(" packets, ")
        sink.decimal(transmitted > 0 ? (transmitted - received) * 100 / transmitted : 0)
        sink.write("% loss")
        guard times.count > 0 else { return }
        sink.write(", min/avg/ewma/max = ")
        sink.milliseconds(times.minimum)
        sink.write("/")
        sink.milliseconds(Int64(times.average.rounded()))
        sink.write("/")
        sink.milliseconds(Int64(times.movingAverage.rounded()))
        sink.write("/")
        sink.milliseconds(times.maximum)
        sink.write(" ms")
    }
}

extension RoundTrips {
    /// A line for each of ten equal spans of time, with a bar.
    func writeHistogram(to sink: inout some TextSink & ~Copyable) {
        let bins = histogram(bins: maximum > minimum ? 10 : 1)
        let highest = bins.max() ?? 0
        let width = Double(maximum - minimum) / Double(max(1, bins.count))
        for (index, number) in bins.enumerated() {
            sink.write("  from ")
            sink.milliseconds(minimum + Int64(width * Double(index)), digits: 6)
            sink.write(" ms ")
            let bar = highest > 0 ? (number * 40 + highest - 1) / highest : 0
            for _ in 0..<bar { sink.write("#") }
            sink.write(bar > 0 ? " " : "")
            sink.decimal(number)
            sink.write("\n")
        }
    }
}

/// The last round-trip times as a line of bars.
public struct Sparkline: Sendable {
    /// A ring: what no terminal is wide enough for is not kept.
    private var times: [Int64?] = []
    private var next = 0
    private static let limit = 512
    private static let bars: [StaticString] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let asciiBars: [StaticString] = [".", ":", "-", "=", "+", "*", "%", "#"]

    public init() {}

    /// - Parameter time: nil is an error.
    public mutating func add(_ time: Int64?) {
        if times.count < Self.limit { times.append(time) } else { times[next] = time }
        next = (next + 1) % Self.limit
    }

    /// - Parameter width: columns at most; the last times are shown.
    public func write(width: Int, isASCII: Bool, to sink: inout some TextSink & ~Copyable) {
        let ordered = times.count < Self.limit ? times : Array(times[next...] + times[..<next])
        let times = ordered.suffix(max(0, width))
        let known = times.compactMap(\.self)
        let low = known.min() ?? 0
        let span = max(1, (known.max() ?? 0) - low)
        for time in times {
            guard let time else {
                sink.write("x")
                continue
            }
            let level = Int(Double(time - low) / Double(span) * 7.0)
            sink.write((isASCII ? Self.asciiBars : Self.bars)[min(7, max(0, level))])
        }
    }
}

extension ProbeFault {
    /// The error in ping(8)'s words.
    func writePingWords(to sink: inout some TextSink & ~Copyable) {
        if kind == .local {
            sink.text(SystemReason.text(errorNumber))
        } else if let words = isIPv6 ? pingWordsV6 : pingWordsV4 {
            sink.write(words)
        } else {
            sink.write("ICMP type ")
            sink.decimal(type)
            sink.write(" code ")
            sink.decimal(code)
        }
        if let mtu {
            sink.write(kind == .local ? ", mtu=" : isIPv6 ? ": mtu=" : " (mtu = ")
            sink.decimal(mtu)
            if kind != .local && !isIPv6 { sink.write(")") }
        }
    }

    private var pingWordsV4: StaticString? {
        switch (type, code) {
        case (3, 0): "Destination Net Unreachable"
        case (3, 1): "Destination Host Unreachable"
        case (3, 2): "Destination Protocol Unreachable"
        case (3, 3): "Destination Port Unreachable"
        case (3, 4): "Frag needed and DF set"
        case (3, 5): "Source Route Failed"
        case (3, 6): "Destination Net Unknown"
        case (3, 7): "Destination Host Unknown"
        case (3, 9): "Destination Net Prohibited"
        case (3, 10): "Destination Host Prohibited"
        case (3, 13): "Packet filtered"
        case (11, 0): "Time to live exceeded"
        case (11, 1): "Frag reassembly time exceeded"
        default: meaning
        }
    }

    private var pingWordsV6: StaticString? {
        switch (type, code) {
        case (1, 0): "Destination unreachable: No route"
        case (1, 1): "Destination unreachable: Administratively prohibited"
        case (1, 2): "Destination unreachable: Beyond scope of source address"
        case (1, 3): "Destination unreachable: Address unreachable"
        case (1, 4): "Destination unreachable: Port unreachable"
        case (1, 5): "Destination unreachable: Source address failed ingress/egress policy"
        case (1, 6): "Destination unreachable: Reject route to destination"
        case (2, _): "Packet too big"
        case (3, 0): "Time exceeded: Hop limit"
        case (3, 1): "Time exceeded: Defragmentation failure"
        default: meaning
        }
    }
}
