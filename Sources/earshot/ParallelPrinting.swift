import Host
import PacketCapture
import PacketDecoding
import Rendering
import Synchronization

/// Prints the packets of a savefile with several threads (`--jobs`): the same bytes as one would.
///
/// Each thread takes the next packets, decodes them and looks their conversations up while no other does; formats them
/// beside the others; and writes them when those before are written.
func printInParallel<Source: PacketSource & SendableMetatype & ~Copyable>(
    _ source: consuming sending Source, filter: consuming sending SavefileFilter?, limit: Int?, jobs: Int,
    _ style: PrintStyle
) throws(Failure) {
    let shared = SharedPackets(OrderedPackets(source, filter: filter, limit: limit, ports: style.ports))
    Threads.run(jobs) { _ in shared.printBatches(style) }
    if let failure = shared.failure { throw failure }
}

/// The packets of a source, by batches that are numbered.
private struct OrderedPackets<Source: PacketSource & SendableMetatype & ~Copyable>: ~Copyable {
    private var source: Source
    private var filter: SavefileFilter?
    private var decoder: RecognizingDecoder
    private var left: Int
    private var batches = 0
    private var progress = Progress()
    private var isFinished = false
    /// Why the source ended early.
    private(set) var failure: Failure?

    init(_ source: consuming Source, filter: consuming SavefileFilter?, limit: Int?, ports: PortMap) {
        self.source = source
        self.filter = filter
        decoder = RecognizingDecoder(ports: ports)
        left = limit ?? .max
    }

    /// Fills `batch` with the next packets.
    ///
    /// - Returns: the batch's number, from 0; nil after the last.
    mutating func fill(_ batch: inout PacketBatch) -> Int? {
        do throws(Failure) {
            while !isFinished, !batch.isFull {
                if progress.isDue() { progress.tell(source) }
                guard left > 0, !StopSignals.stopRequested, let frame = try source.nextFrame() else {
                    isFinished = true
                    break
                }
                if !accepts(frame, &filter) { continue }
                try decoder.decode(frame) { packet, bases in batch.append(packet, bases) }
                left -= 1
            }
        } catch {
            isFinished = true
            // The record that a pipe was about to bring is no damage.
            if !StopSignals.stopRequested { failure = error }
        }
        guard !batch.isEmpty else { return nil }
        defer { batches += 1 }
        return batches
    }

    /// Nobody listens any more.
    mutating func end() { isFinished = true }
}

/// What the threads share.
private final class SharedPackets<Source: PacketSource & SendableMetatype & ~Copyable>: Sendable {
    private let packets: Mutex<OrderedPackets<Source>>
    private let turns = Turns()
    private let writeFailure = Mutex<Failure?>(nil)

    init(_ packets: consuming sending OrderedPackets<Source>) { self.packets = Mutex(packets) }

    /// Why the printing ended early.
    var failure: Failure? { writeFailure.withLock { $0 } ?? packets.withLock { $0.failure } }

    func printBatches(_ style: PrintStyle) {
        var batch = PacketBatch()
        var text = PacketText(style)
        while let turn = packets.withLock({ $0.fill(&batch) }) {
            batch.forEach { packet, bases in text.format(packet, bases) }
            batch.removeAll()
            turns.take(turn) {
                // After an error nothing may be written: there would be a gap.
                guard writeFailure.withLock({ $0 == nil }) else { return text.output.buffer.removeAll() }
                do throws(Failure) {
                    try text.output.flush()
                } catch {
                    writeFailure.withLock { $0 = error }
                    packets.withLock { $0.end() }
                }
            }
        }
    }
}
