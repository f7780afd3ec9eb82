import Conversations
import Host
import PacketCapture
import PacketDecoding
import Rendering
import Synchronization

/// Prints the packets of a savefile with several threads (`--jobs`): the same bytes as one would.
///
/// Each thread takes the next packets while no other does, decodes them beside the others, looks their conversations up
/// when those before have been, formats them beside the others, and writes them when those before are written.
func printInParallel<Source: PacketSource & SendableMetatype & ~Copyable>(
    _ source: consuming sending Source, filter: consuming sending SavefileFilter?, limit: Int?, jobs: Int,
    _ style: PrintStyle
) throws(Failure) {
    let shared = SharedPackets(OrderedPackets(source, filter: filter, limit: limit, style), OrderedKnowledge(style))
    Threads.run(jobs) { _ in shared.printBatches(style) }
    if let failure = shared.failure { throw failure }
}

/// The packets of a source, by batches that are numbered.
private struct OrderedPackets<Source: PacketSource & SendableMetatype & ~Copyable>: ~Copyable {
    private var source: Source
    private var filter: SavefileFilter?
    private var left: Int
    private var batches = 0
    private var progress = Progress()
    private var isFinished = false
    private let timeOrigin: TimeOrigin
    private var timeReference: Timestamp?
    /// Why the source ended early.
    private(set) var failure: Failure?

    init(_ source: consuming Source, filter: consuming SavefileFilter?, limit: Int?, _ style: PrintStyle) {
        self.source = source
        self.filter = filter
        left = limit ?? .max
        timeOrigin = style.timeOrigin
    }

    /// Fills `batch` with the next packets.
    ///
    /// - Returns: the batch's number, from 0; nil after the last.
    mutating func fill(_ batch: inout PacketBatch) -> Int? {
        batch.timeReference = timeReference
        do throws(Failure) {
            while !isFinished, !batch.isFull {
                if progress.isDue() { progress.tell(source) }
                guard left > 0, !StopSignals.stopRequested, let frame = try source.nextFrame() else {
                    isFinished = true
                    break
                }
                if !accepts(frame, &filter) { continue }
                batch.append(frame)
                if timeOrigin == .previous || timeReference == nil {
                    timeReference = frame.header.timestamp ?? timeReference
                }
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

/// What one packet tells of those after it.
private struct OrderedKnowledge: ~Copyable {
    private var flows = FlowKnowledge()
    private var decoder: PacketDecoder
    private var reassembled: ReassembledLayers
    private let reassembles, showsBytes: Bool

    init(_ style: PrintStyle) {
        decoder = PacketDecoder(ports: style.ports)
        reassembled = ReassembledLayers(ports: style.ports)
        reassembles = style.reassembles
        showsBytes = style.showsBytes
    }

    /// Adds it to a batch, after all before it.
    mutating func complete(_ batch: inout PacketBatch) {
        batch.recognize(with: &flows, &decoder)
        if reassembles { batch.reassemble(with: &reassembled, showsBytes: showsBytes) }
    }
}

/// What the threads share.
private final class SharedPackets<Source: PacketSource & SendableMetatype & ~Copyable>: Sendable {
    private let packets: Mutex<OrderedPackets<Source>>
    private let knowledge: Mutex<OrderedKnowledge>
    private let (completing, writing) = (Turns(), Turns())
    private let writeFailure = Mutex<Failure?>(nil)

    init(
        _ packets: consuming sending OrderedPackets<Source>, _ knowledge: consuming sending OrderedKnowledge
    ) {
        self.packets = Mutex(packets)
        self.knowledge = Mutex(knowledge)
    }

    /// Why the printing ended early.
    var failure: Failure? { writeFailure.withLock { $0 } ?? packets.withLock { $0.failure } }

    func printBatches(_ style: PrintStyle) {
        var batch = PacketBatch()
        var decoder = PacketDecoder(ports: style.ports)
        var text = PacketText(style, reassembles: false)
        while let turn = packets.withLock({ $0.fill(&batch) }) {
            batch.decode(with: &decoder)
            completing.take(turn) { knowledge.withLock { $0.complete(&batch) } }
            text.countTimes(from: batch.timeReference)
            if !batch.isLarge {
                batch.forEach { packet, context, message, datagram in
                    text.format(packet, context, message: message, reassembled: datagram)
                }
                batch.removeAll()
            }
            writing.take(turn) {
                // After an error nothing may be written: there would be a gap.
                guard writeFailure.withLock({ $0 == nil }) else { return text.output.buffer.removeAll() }
                do throws(Failure) {
                    // What is large is written as it is formatted.
                    try batch.forEach { packet, context, message, datagram throws(Failure) in
                        try text.print(packet, context, message: message, reassembled: datagram)
                    }
                    try text.output.flush()
                } catch {
                    writeFailure.withLock { $0 = error }
                    packets.withLock { $0.end() }
                }
            }
            batch.removeAll()
        }
    }
}
