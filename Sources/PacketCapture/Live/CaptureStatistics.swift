/// What a capture counted. When a capture was drained, `received + dropped` is what passed the filter.
@frozen public struct CaptureStatistics: BitwiseCopyable, Hashable, Sendable {
    /// Frames handed out.
    public var captured: Int
    /// Frames that passed the kernel's filter and were put in the ring.
    public var received: Int
    /// Frames that passed the kernel's filter and found no room.
    public var dropped: Int

    public init(captured: Int = 0, received: Int = 0, dropped: Int = 0) {
        self.captured = captured
        self.received = received
        self.dropped = dropped
    }
}
