import Host
import PacketCapture
import PacketDecoding

/// What a command does with its packets.
protocol PacketConsumer: ~Copyable {
    /// Before the first packet of a savefile.
    ///
    /// - Parameter interface: the name of the first one; nil where the file has none.
    mutating func begin(interface: String?)
    mutating func consume(_ frame: Frame) throws(Failure)
    /// The filter did not accept a frame of a savefile.
    mutating func passOver() throws(Failure)
    /// A moment has passed: what is finished is written out. At most 100 ms lie between a packet and its tick.
    ///
    /// - Parameter dropped: packets that the kernel has dropped so far.
    mutating func tick(dropped: Int) throws(Failure)
    /// Something happened to the capture.
    mutating func note(_ event: CaptureEvent)
    /// Nothing has come for a moment: what is held back may be shown.
    mutating func pause() throws(Failure)
    /// There will be no further packet.
    mutating func finish() throws(Failure)
    /// SIGUSR2 asks for what is held back.
    mutating func handOver() throws(Failure)
    /// Whether it wants no further packet.
    var isDone: Bool { get }
    /// Whether what it has to say goes to the standard output: without a reader there is nothing left to do.
    var printsToOutput: Bool { mutating get }
    /// Completes what it has made, with what a capture counted.
    consuming func close(statistics: CaptureStatistics?) throws(Failure)
}

extension PacketConsumer where Self: ~Copyable {
    mutating func begin(interface: String?) {}
    mutating func passOver() throws(Failure) {}
    mutating func tick(dropped: Int) throws(Failure) {}
    mutating func note(_ event: CaptureEvent) {}
    mutating func handOver() throws(Failure) { try pause() }
    var isDone: Bool { false }
    var printsToOutput: Bool { true }
    consuming func close(statistics: CaptureStatistics?) throws(Failure) {}
}

/// Two that each get every packet.
struct PacketConsumers<First: PacketConsumer & ~Copyable, Second: PacketConsumer & ~Copyable>:
    PacketConsumer, ~Copyable
{
    private var first: First
    private var second: Second

    init(_ first: consuming First, _ second: consuming Second) {
        self.first = first
        self.second = second
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        try first.consume(frame)
        try second.consume(frame)
    }

    mutating func tick(dropped: Int) throws(Failure) {
        try first.tick(dropped: dropped)
        try second.tick(dropped: dropped)
    }

    mutating func note(_ event: CaptureEvent) {
        first.note(event)
        second.note(event)
    }

    mutating func pause() throws(Failure) {
        try first.pause()
        try second.pause()
    }

    mutating func finish() throws(Failure) {
        try first.finish()
        try second.finish()
    }

    mutating func handOver() throws(Failure) {
        try first.handOver()
        try second.handOver()
    }

    var isDone: Bool { first.isDone || second.isDone }
    var printsToOutput: Bool { mutating get { first.printsToOutput || second.printsToOutput } }

    consuming func close(statistics: CaptureStatistics?) throws(Failure) {
        try first.close(statistics: statistics)
        try second.close(statistics: statistics)
    }
}

extension PacketSource where Self: ~Copyable {
    @_lifetime(&self)
    mutating func nextFrame() throws(Failure) -> Frame? {
        do { return try next() } catch { throw Failure(error) }
    }
}

/// Hands every frame of a savefile that `filter` accepts to `consumer`, at most `limit` of them.
///
/// A savefile that is cut is read up to there, shown, and then told. A stop signal ends it like its last packet.
func pump<Source: PacketSource & ~Copyable, Consumer: PacketConsumer & ~Copyable>(
    _ source: inout Source, filter: inout SavefileFilter?, limit: Int?, into consumer: inout Consumer
) throws(Failure) {
    var left = limit ?? .max
    var progress = Progress()
    var isReading = false
    do throws(Failure) {
        while left > 0 {
            if progress.isDue() {
                if StopSignals.stopRequested { break }
                progress.tell(source)
            }
            isReading = true
            guard let frame = try source.nextFrame() else { break }
            isReading = false
            if !accepts(frame, &filter) {
                try consumer.passOver()
                continue
            }
            try consumer.consume(frame)
            left -= 1
        }
    } catch {
        try consumer.finish()
        // The record that a pipe was about to bring is no damage.
        if isReading, StopSignals.stopRequested { return }
        throw error
    }
    try consumer.finish()
}

func accepts(_ frame: Frame, _ filter: inout SavefileFilter?) -> Bool {
    guard filter?.matches(frame) == false else { return true }
    if let warning = filter?.takeWarning() { StandardError.write(line: "earshot: \(warning)") }
    return false
}
