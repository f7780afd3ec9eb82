import Host
import PacketCapture
import PacketDecoding

/// What a command does with its packets.
protocol PacketConsumer: ~Copyable {
    mutating func consume(_ frame: Frame) throws(Failure)
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
}

extension PacketConsumer where Self: ~Copyable {
    mutating func tick(dropped: Int) throws(Failure) {}
    mutating func note(_ event: CaptureEvent) {}
    mutating func handOver() throws(Failure) { try pause() }
    var isDone: Bool { false }
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
    do throws(Failure) {
        while left > 0, !StopSignals.stopRequested {
            progress.advance(source)
            guard let frame = try source.nextFrame() else { break }
            if !accepts(frame, &filter) { continue }
            try consumer.consume(frame)
            left -= 1
        }
    } catch {
        try consumer.finish()
        // The record that a pipe was about to bring is no damage.
        if StopSignals.stopRequested { return }
        throw error
    }
    try consumer.finish()
}

func accepts(_ frame: Frame, _ filter: inout SavefileFilter?) -> Bool {
    guard filter?.matches(frame) == false else { return true }
    if let warning = filter?.takeWarning() { StandardError.write(line: "earshot: \(warning)") }
    return false
}
