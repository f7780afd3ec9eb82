import Host
import PacketCapture
import PacketDecoding

/// Keeps the last packets in memory and hands them to a savefile when that is asked for.
struct PacketRecorder: PacketConsumer, ~Copyable {
    private var recorder: FlightRecorder
    private let trigger: CaptureFilter?
    private var saver: PacketSaver
    private var printer: PacketPrinter?
    private var written = 0

    init(
        _ options: RecorderOptions, linkType: LinkType, saver: consuming PacketSaver,
        printer: consuming PacketPrinter?
    ) throws(Failure) {
        do {
            // Names in it are looked up.
            trigger = try StopSignals.endingAtOnce {
                try options.trigger.map { expression in try CaptureFilter(expression, linkType: linkType) }
            }
        } catch let error as CaptureError { throw Failure(error) } catch { throw Failure("\(error)") }
        recorder = options.recorder()
        self.saver = saver
        self.printer = printer
    }

    var isDone: Bool { saver.isDone }
    var printsToOutput: Bool { mutating get { printer?.printsToOutput ?? false } }

    mutating func consume(_ frame: Frame) throws(Failure) {
        recorder.append(frame, now: SteadyClock.coarseNanoseconds)
        if let trigger, trigger.matches(frame) { try write() }
        try printer?.consume(frame)
    }

    mutating func tick(dropped: Int) throws(Failure) {
        recorder.discard(before: SteadyClock.coarseNanoseconds)
        try saver.tick(dropped: dropped)
        try printer?.tick(dropped: dropped)
    }

    mutating func note(_ event: CaptureEvent) { printer?.note(event) }

    mutating func pause() throws(Failure) { try printer?.pause() }

    mutating func handOver() throws(Failure) { try write() }

    mutating func finish() throws(Failure) {
        try write()
        StandardError.write(
            line: "\(written) packets written, \(recorder.discardedCount) discarded for later ones")
        try saver.finish()
        try printer?.finish()
    }

    /// Ends the savefile with what the capture counted.
    consuming func close(statistics: CaptureStatistics?) throws(Failure) {
        try saver.close(statistics: statistics)
    }

    private mutating func write() throws(Failure) {
        recorder.discard(before: SteadyClock.coarseNanoseconds)
        written += recorder.packetCount
        try Self.move(from: &recorder, to: &saver)
        try saver.finish()
    }

    private static func move(from recorder: inout FlightRecorder, to saver: inout PacketSaver) throws(Failure) {
        while recorder.packetCount > 0 {
            if let frame = recorder.first { try saver.consume(frame) }
            recorder.removeFirst()
        }
    }
}
