/// Which frames a capture takes (`-Q`).
@frozen public enum CaptureDirection: BitwiseCopyable, Hashable, Sendable {
    case incoming, outgoing, both
}

/// How an interface is captured.
public struct LiveCaptureOptions: Sendable {
    /// A pcap-filter(7) expression; empty takes everything.
    public var filter = ""
    /// The most bytes kept of a frame: 1 to 262,144.
    public var snapshotLength = LiveCapture.maximumSnapshotLength
    /// Size of the ring shared with the kernel, in bytes, up to 4 GiB; it is rounded up to whole blocks, of which
    /// there are at least two and each holds the largest frame.
    public var ringSize = 64 << 20
    /// Whether frames for other hosts are taken; without effect on `any`.
    public var isPromiscuous = true
    public var direction = CaptureDirection.both
    /// How many rings share the frames, each filled by another processor: 1 to 64. The ring size is that of all.
    public var workers = 1
    /// A descriptor that ends waiting when it is readable: an eventfd that a signal handler writes to. The caller
    /// reads it.
    public var wakeDescriptor: Int32?

    public init() {}

    /// - Throws: a usage error for what is out of its range.
    func check(_ operation: String) throws(CaptureError) {
        func refuse(_ reason: String) -> CaptureError { CaptureError(.usage, operation, reason: reason) }
        guard 1...LiveCapture.maximumSnapshotLength ~= snapshotLength else {
            throw refuse("a snapshot length of \(snapshotLength) is not within 1 to 262144")
        }
        guard 1...(4 << 30) ~= ringSize else {
            throw refuse("a ring of \(ringSize) bytes is not within 1 to 4 GiB")
        }
        guard 1...64 ~= workers else { throw refuse("\(workers) workers are not within 1 to 64") }
    }
}
