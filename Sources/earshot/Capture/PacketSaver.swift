import Glibc
import Host
import PacketCapture
import PacketDecoding
import Rendering

/// Writes each packet to a savefile, or to one after the other, and prints it too where that is asked for.
struct PacketSaver: PacketConsumer, ~Copyable {
    private let output: SavefileOutput
    private let format: SavefileFormat
    private let description: SavefileDescription
    /// The savefile that this is a copy of; nil where packets come from elsewhere.
    private let original: SavefileOriginal?
    private let flushesEachPacket: Bool
    private var writer: SavefileWriter
    private var printer: PacketPrinter?
    /// Nil where there is one savefile.
    private var series: SavefileSeries?
    private(set) var isDone = false
    var printsToOutput: Bool { mutating get { printer?.printsToOutput ?? false } }

    private var seen = 0
    /// Packets in the savefiles that are complete.
    private var written = 0
    private var began = Timestamp.now
    /// What the kernel has dropped: so far, before the current savefile, and as savefiles have it.
    private var dropped = 0
    private var droppedBefore = 0
    private var droppedNoted = 0

    /// - Parameters:
    ///   - path: as given with `-w`.
    ///   - original: the savefile that is copied; then it tells more than the description.
    ///   - precision: of a pcap.
    ///   - limits: when another savefile is begun; nil for never.
    init(
        _ options: SaveOptions, path: String, description: SavefileDescription, original: SavefileOriginal? = nil,
        precision: TimestampPrecision, limits: SavefileSeries.Limits? = nil, printer: consuming PacketPrinter? = nil
    ) throws(Failure) {
        let output = try SavefileOutput(options, path: path, limits: limits)
        var series = SavefileSeries(output.name, limits ?? SavefileSeries.Limits(), now: .now)
        let format: SavefileFormat = path.hasSuffix(".pcapng") ? .pcapng : .pcap(precision)
        writer = try Self.open(series.first(), in: output, format, description, original)
        self.original = original
        self.output = output
        self.format = format
        self.description = description
        self.series = limits == nil ? nil : series
        flushesEachPacket = options.flushesEachPacket
        self.printer = printer
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        seen += 1
        if let step = series?.step(size: writer.byteCount, now: .now), case .open(let file) = step {
            try rotate(to: file)
        }
        let lost = dropped - droppedNoted
        do throws(CaptureError) {
            try writer.write(frame, lost: lost)
            if flushesEachPacket { try writer.flush() }
        } catch {
            throw failure(error)
        }
        droppedNoted += lost
        try printer?.consume(frame)
    }

    mutating func passOver() throws(Failure) {
        guard original != nil else { return }
        do throws(CaptureError) { try writer.copyBlocks() } catch { throw failure(error) }
    }

    mutating func tick(dropped: Int) throws(Failure) {
        self.dropped = dropped
        try flush()
        try printer?.tick(dropped: dropped)
        if series?.isOver(now: .now) ?? false { isDone = true }
    }

    mutating func note(_ event: CaptureEvent) { printer?.note(event) }

    mutating func pause() throws(Failure) {
        try printer?.pause()
    }

    mutating func handOver() throws(Failure) {
        try flush()
        try printer?.pause()
    }

    mutating func finish() throws(Failure) {
        try passOver()
        try flush()
        try printer?.finish()
    }

    /// Ends the savefile with what the capture counted, which only pcapng keeps.
    consuming func close(statistics: CaptureStatistics?) throws(Failure) {
        // What stood behind the last packet.
        try passOver()
        tellOmissions()
        var end: SavefileStatistics?
        if var counts = statistics {
            if written > 0 || droppedBefore > 0 {
                counts.received = writer.packetCount
                counts.dropped -= droppedBefore
            }
            counts.captured = writer.packetCount
            end = SavefileStatistics(start: began, end: .now, counts: counts)
        }
        do { try writer.close(statistics: end) } catch { throw Failure(error) }
    }

    private func tellOmissions() {
        let omissions = writer.omissions
        guard !omissions.isEmpty else { return }
        let reason = format == .pcapng ? "" : "; a pcap has no place for them, a FILE that ends in .pcapng has"
        StandardError.write(line: "earshot: \(output.spelled(output.name)) is without \(omissions)\(reason)")
    }

    private static func open(
        _ file: SavefileSeries.File, in output: borrowing SavefileOutput, _ format: SavefileFormat,
        _ description: SavefileDescription, _ original: SavefileOriginal?
    ) throws(Failure) -> SavefileWriter {
        let descriptor = try output.open(file)
        do {
            if let original {
                return try SavefileWriter(
                    descriptor: descriptor, name: output.spelled(file.name), format: format, copying: original,
                    stopDescriptor: StopSignals.descriptor)
            }
            return try SavefileWriter(
                descriptor: descriptor, name: output.spelled(file.name), format: format, description: description,
                stopDescriptor: StopSignals.descriptor)
        } catch {
            throw Failure(error)
        }
    }

    /// Completes the savefile and begins another, unless that cannot be made: then the first is as it was.
    private mutating func rotate(to file: SavefileSeries.File) throws(Failure) {
        do throws(Failure) {
            var next = try Self.open(file, in: output, format, description, original)
            swap(&writer, &next)
            let count = next.packetCount
            let now = Timestamp.now
            let counts = CaptureStatistics(captured: count, received: count, dropped: dropped - droppedBefore)
            do throws(CaptureError) {
                try next.close(statistics: SavefileStatistics(start: began, end: now, counts: counts))
            } catch {
                throw Failure(error)
            }
            written += count
            droppedBefore = dropped
            began = now
        } catch {
            throw Failure("\(error.message); \(written + writer.packetCount) of \(seen) packets written")
        }
    }

    private mutating func flush() throws(Failure) {
        do throws(CaptureError) { try writer.flush() } catch { throw failure(error) }
    }

    private func failure(_ error: CaptureError) -> Failure {
        if output.isStandardOutput, error.errorNumber == EPIPE { return .outputClosed }
        let inner = Failure(error)
        return Failure(
            "\(inner.message); \(written + writer.packetCount) of \(seen) packets written", status: inner.status)
    }
}

extension Timestamp {
    /// By the system's clock.
    static var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }
}

/// Counts packets and nothing else (`--count`).
struct PacketCounter: PacketConsumer {
    private var count = 0

    mutating func consume(_ frame: Frame) { count += 1 }

    mutating func pause() {}

    mutating func finish() throws(Failure) {
        var output = Output()
        output.buffer.decimal(count)
        output.buffer.write(count == 1 ? " packet\n" : " packets\n")
        try output.flush()
    }
}
