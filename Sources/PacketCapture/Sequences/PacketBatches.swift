import CLinux
import Glibc
public import PacketDecoding
import Synchronization

/// Some packets of a source, and whether there will be more.
struct PacketBatch: Sendable {
    /// A batch ends with the packet that reaches either: enough that starting a thread costs each little.
    static let maximumPackets = 256
    static let maximumBytes = 1 << 20

    private(set) var packets: [OwnedPacket] = []
    private var bytes = 0
    var isLast = false
    /// What ended the source, after these packets.
    var failure: CaptureError?

    var isFull: Bool { packets.count >= Self.maximumPackets || bytes >= Self.maximumBytes }

    mutating func append(_ packet: OwnedPacket) {
        packets.append(packet)
        bytes += packet.bytes.count
    }

    /// The end of a source.
    static func last(_ failure: CaptureError? = nil) -> PacketBatch {
        var batch = PacketBatch()
        batch.isLast = true
        batch.failure = failure
        return batch
    }
}

/// A source that a thread reads from, a batch at a time, waiting as long as it takes.
protocol PacketBatches: AnyObject, Sendable {
    /// Called on a thread that may wait.
    func read() -> PacketBatch
    /// Ends the source, and a ``read()`` that waits. Called on any thread.
    func end()
}

/// A descriptor that becomes and stays readable when someone asks for the end (eventfd(2)).
struct EndEvent: ~Copyable, Sendable {
    let descriptor: Int32

    init(_ operation: String) throws(CaptureError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw CaptureError(operation, errno: errno) }
    }

    deinit { close(descriptor) }

    func signal() { eventfd_write(descriptor, 1) }
}

/// One after the other, the packets of a savefile or an interface.
public struct PacketIterator: AsyncIteratorProtocol {
    private let source: (any PacketBatches)?
    private var batch = PacketBatch()
    private var position = 0

    init(_ source: any PacketBatches) { self.source = source }

    /// An iterator that has nothing to tell but why.
    init(_ failure: CaptureError) {
        source = nil
        batch = .last(failure)
    }

    /// The next packet; nil at the end, and once the task is cancelled.
    ///
    /// While the task waits, a thread reads for it; there is none at any other time.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(CaptureError) -> OwnedPacket? {
        while true {
            if Task.isCancelled {
                source?.end()
                batch = .last()
            }
            if position < batch.packets.count {
                defer { position += 1 }
                return batch.packets[position]
            }
            if let failure = batch.failure.take() { throw failure }
            guard let source, !batch.isLast else { return nil }
            position = 0
            batch = await withTaskCancellationHandler {
                await onOwnThread { source.read() }
            } onCancel: {
                source.end()
            }
        }
    }
}

/// Runs `body` on a thread made for it. The task waits without holding one.
private func onOwnThread(_ body: @escaping @Sendable () -> PacketBatch) async -> PacketBatch {
    await withCheckedContinuation { continuation in
        let work = Work { continuation.resume(returning: body()) }
        let argument = unsafe Unmanaged.passRetained(work)
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { unsafe pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe earshot_thread_name("earshot-packets")
                unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, argument.toOpaque())
        guard code != 0 else { return }
        unsafe argument.release()
        continuation.resume(returning: .last(CaptureError("starting a thread to read packets", errno: code)))
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
