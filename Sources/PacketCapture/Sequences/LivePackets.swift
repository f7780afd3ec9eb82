public import PacketDecoding
import Synchronization

/// An interface as a sequence of packets with memory of their own, which goes on until the task that iterates is
/// cancelled.
///
///     let packets = try LivePackets(interface: "lo", filter: "tcp port 9999")
///     for try await packet in packets { … }
///
/// Frames are captured from the moment it is made. It is one capture: loops share its packets, and once one of them is
/// cancelled all have seen the last. What the kernel still holds then is given up; ``LiveCapture/stop()`` is for those
/// who want that too, and ``LiveCapture`` itself for those who want speed.
public struct LivePackets: AsyncSequence, Sendable {
    public typealias Element = OwnedPacket
    public typealias Failure = CaptureError

    private let batches: LiveBatches

    /// Opens `interface`.
    ///
    /// - Parameters:
    ///   - interface: a name, or `any`.
    ///   - filter: a pcap-filter(7) expression; empty takes everything.
    public init(interface: String, filter: String = "") throws(CaptureError) {
        var options = LiveCaptureOptions()
        options.filter = filter
        try self.init(interface: interface, options: options)
    }

    /// Opens `interface`.
    ///
    /// - Parameter options: of which the wake descriptor is not used.
    public init(interface: String, options: LiveCaptureOptions) throws(CaptureError) {
        batches = try LiveBatches(interface: interface, options: options)
    }

    public func makeAsyncIterator() -> PacketIterator { PacketIterator(batches) }

    /// What was counted up to the packets read last.
    public var statistics: CaptureStatistics { batches.statistics }
}

/// The packets of an interface, read by whoever asks for a batch.
private final class LiveBatches: PacketBatches {
    private let capture: Mutex<LiveCapture>
    private let counted = Mutex(CaptureStatistics())
    private let isEnded = Mutex(false)
    private let endEvent: EndEvent

    init(interface: String, options: LiveCaptureOptions) throws(CaptureError) {
        endEvent = try EndEvent("opening \(interface)")
        var options = options
        options.wakeDescriptor = endEvent.descriptor
        capture = Mutex(try LiveCapture(interface: interface, options: options))
    }

    var statistics: CaptureStatistics { counted.withLock { $0 } }

    func read() -> PacketBatch {
        capture.withLock { capture in
            var batch = PacketBatch()
            do throws(CaptureError) {
                // Nil also means that a signal came, or many frames that the filter does not want.
                while batch.packets.isEmpty, !capture.isFinished, !isEnded.withLock({ $0 }) {
                    if let frame = try capture.next(waitingAtMost: -1) { batch.append(OwnedPacket(frame)) }
                }
                while !batch.packets.isEmpty, !batch.isFull, let frame = try capture.next(waitingAtMost: 0) {
                    batch.append(OwnedPacket(frame))
                }
                let statistics = try capture.statistics()
                counted.withLock { $0 = statistics }
            } catch {
                batch.failure = error
            }
            batch.isLast = batch.failure != nil || capture.isFinished || isEnded.withLock { $0 }
            return batch
        }
    }

    func end() {
        isEnded.withLock { $0 = true }
        endEvent.signal()
    }
}
