import Host
import PacketCapture
import PacketDecoding

/// What a command does with its packets.
protocol PacketConsumer: ~Copyable {
    mutating func consume(_ frame: Frame) throws(Failure)
    /// Nothing has come for a moment: what is held back may be shown.
    mutating func pause() throws(Failure)
    /// There will be no further packet.
    mutating func finish() throws(Failure)
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
    do throws(Failure) {
        while left > 0, !StopSignals.stopRequested, let frame = try source.nextFrame() {
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

private func accepts(_ frame: Frame, _ filter: inout SavefileFilter?) -> Bool {
    guard filter?.matches(frame) == false else { return true }
    if let warning = filter?.takeWarning() { StandardError.write(line: "earshot: \(warning)") }
    return false
}

/// Gives up rights, and hands the frames of an interface to `consumer` until a signal, the limit or the deadline; then says what was
/// captured and lost.
func pump<Consumer: PacketConsumer & ~Copyable>(
    _ source: inout LiveCapture, limit: Int?, duration: Double?, lockdown: Lockdown, into consumer: inout Consumer
) throws(Failure) {
    try lockdown.enter(packetSockets: [source.descriptor])
    let start = ContinuousClock.now
    let deadline = duration.map { start + .seconds($0) }
    var captured = 0
    var isStopping = false
    do throws(Failure) {
        while !source.isFinished, captured < limit ?? .max {
            if !isStopping, StopSignals.stopRequested || deadline.map({ ContinuousClock.now >= $0 }) ?? false {
                isStopping = true
                source.stop()
            }
            if let frame = try source.nextFrame(patience: patience(until: deadline)) {
                try consumer.consume(frame)
                captured += 1
                // Asking for requests is a system call.
                if captured % 1024 != 0 { continue }
            } else {
                try consumer.pause()
            }
            let requests = StopSignals.takeUserSignals()
            if requests.contains(.first) { try reportCounters(&source, captured: captured) }
            if requests.contains(.second) { try consumer.pause() }
        }
    } catch {
        // Nobody listens any more: a quiet end.
        if error.status == ExitStatus.success { throw error }
        try? consumer.finish()
        try? reportCounters(&source, captured: captured)
        throw error
    }
    try consumer.finish()
    try reportCounters(&source, captured: captured)
}

/// Milliseconds to wait for a frame: short enough that nobody notices, never past the deadline.
private func patience(until deadline: ContinuousClock.Instant?) -> Int {
    guard let deadline else { return 100 }
    let left = deadline - ContinuousClock.now
    return max(0, min(100, Int(left / .milliseconds(1)) + 1))
}

private func reportCounters(_ source: inout LiveCapture, captured: Int) throws(Failure) {
    do {
        let statistics = try source.statistics()
        StandardError.write(line: "\(captured) packets captured\n\(statistics.dropped) packets dropped by kernel")
    } catch {
        throw Failure(error)
    }
}

extension LiveCapture {
    @_lifetime(&self)
    mutating func nextFrame(patience milliseconds: Int) throws(Failure) -> Frame? {
        do { return try next(waitingAtMost: milliseconds) } catch { throw Failure(error) }
    }
}
