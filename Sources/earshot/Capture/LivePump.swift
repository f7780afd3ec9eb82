import Host
import PacketCapture
import PacketDecoding
import Rendering

/// Gives up rights, and hands the frames of an interface to `consumer` until a signal, the limit or the deadline; then
/// says what was captured and lost.
func pump<Consumer: PacketConsumer & ~Copyable>(
    _ source: inout LiveCapture, limit: Int?, duration: Double?, lockdown: Lockdown, into consumer: inout Consumer
) throws(Failure) {
    try lockdown.enter(packetSockets: source.socketDescriptors)
    try hear(&source, limit: limit, duration: duration, into: &consumer)
}

/// As `pump`, once rights have been given up.
///
/// - Parameter delay: how long the capture goes on when it is told to stop, in milliseconds.
func hear<Consumer: PacketConsumer & ~Copyable>(
    _ source: inout LiveCapture, limit: Int? = nil, duration: Double? = nil, stopsAfter delay: Int = 0,
    into consumer: inout Consumer
) throws(Failure) {
    var run = LiveRun(limit: limit, duration: duration, stopsAfter: delay)
    do throws(Failure) {
        while !source.isFinished, run.captured < run.limit {
            if run.isTickDue { try run.tick(&source, &consumer) }
            if let frame = try source.nextFrame(patience: run.patience) {
                run.captured += 1
                try consumer.consume(frame)
            } else {
                try consumer.pause()
            }
        }
    } catch {
        // Nobody listens any more: a quiet end.
        if error.status == ExitStatus.success { throw error }
        try? consumer.finish()
        try? run.report(&source)
        throw error
    }
    // What came last must not go unsaid.
    try run.tick(&source, &consumer)
    try consumer.finish()
    try run.report(&source)
}

/// A live capture's clock and what it has told.
private struct LiveRun {
    var captured = 0
    let limit: Int
    private let deadline: Int?
    private var nextTick = 0
    private var isStopping = false
    private let delay: Int
    /// Packets dropped: so far, as told, and when they may be told again.
    private var dropped = 0
    private var droppedTold = 0
    private var nextTelling = 0
    /// When it is looked next whether anybody reads the output.
    private var nextListening = 0
    private let tellsDrops = Terminal.isTerminal(2)

    /// Nanoseconds between two ticks, and with a wait of that length at most from a packet to its tick.
    private static let interval = 40_000_000

    init(limit: Int?, duration: Double?, stopsAfter delay: Int) {
        self.limit = limit ?? .max
        self.delay = delay
        deadline = duration.map { SteadyClock.coarseNanoseconds + Int($0 * 1e9) }
    }

    var isTickDue: Bool {
        SteadyClock.coarseNanoseconds >= nextTick || !isStopping && StopSignals.stopRequested
    }

    /// Milliseconds to wait for a frame: never past the next tick or the deadline.
    var patience: Int {
        let now = SteadyClock.coarseNanoseconds
        let until = min(nextTick, deadline ?? .max)
        return max(0, min(Self.interval, until - now)) / 1_000_000 + 1
    }

    /// What is done now and then, and not for each packet.
    mutating func tick<Consumer: PacketConsumer & ~Copyable>(
        _ source: inout LiveCapture, _ consumer: inout Consumer
    ) throws(Failure) {
        let now = SteadyClock.coarseNanoseconds
        nextTick = now + Self.interval
        do throws(CaptureError) {
            dropped = try source.statistics().dropped
            for event in try source.takeEvents() {
                tell(event)
                consumer.note(event)
            }
        } catch {
            throw Failure(error)
        }
        if tellsDrops, dropped > droppedTold, now >= nextTelling {
            StandardError.write(line: "\(dropped) packets dropped by kernel so far")
            droppedTold = dropped
            nextTelling = now + 1_000_000_000
        }
        try consumer.tick(dropped: dropped)
        if now >= nextListening, consumer.printsToOutput {
            if StandardOutput.isClosed { throw .outputClosed }
            nextListening = now + 500_000_000
        }
        let requests = StopSignals.takeUserSignals()
        if requests.contains(.first) { try report(&source) }
        if requests.contains(.second) { try consumer.handOver() }
        if !isStopping, StopSignals.stopRequested || consumer.isDone || deadline.map({ now >= $0 }) ?? false {
            isStopping = true
            source.stop(after: delay)
        }
    }

    func report(_ source: inout LiveCapture) throws(Failure) {
        do {
            let statistics = try source.statistics()
            StandardError.write(
                lines: ["\(captured) packets captured", "\(statistics.dropped) packets dropped by kernel"])
        } catch {
            throw Failure(error)
        }
    }

    private func tell(_ event: CaptureEvent) {
        StandardError.write(line: "earshot: \(event)")
    }
}

extension LiveCapture {
    @_lifetime(&self)
    mutating func nextFrame(patience milliseconds: Int) throws(Failure) -> Frame? {
        do { return try next(waitingAtMost: milliseconds) } catch { throw Failure(error) }
    }
}
