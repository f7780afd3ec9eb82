/// A packet socket and its ring, and how far the ring has been read.
struct CaptureChannel: ~Copyable {
    let socket: PacketSocket
    private var ring: PacketRing
    /// Frames taken out of the ring.
    private var taken = 0
    /// So many frames are read, and no more: those that the kernel had counted when the capture was stopped.
    private var limit = Int.max
    /// Frames that the kernel has put in the ring, and those that found no room.
    private(set) var received = 0
    private(set) var dropped = 0

    init(_ socket: consuming PacketSocket, _ ring: consuming PacketRing) {
        self.socket = socket
        self.ring = ring
    }

    /// Whether every frame up to the stop has been read.
    var isComplete: Bool { taken >= limit }

    /// The next frame; nil when the kernel has handed over none. The frame before it may be gone then.
    mutating func next() throws(CaptureError) -> RingSlot? {
        guard taken < limit, let slot = unsafe try ring.next() else { return nil }
        taken &+= 1
        return unsafe slot
    }

    mutating func updateCounters() throws(CaptureError) {
        // What came after the stop belongs to nobody.
        guard limit == .max else { return }
        let (passed, lost) = try socket.takeStatistics()
        received += passed - lost
        dropped += lost
    }

    /// Ends what is read with the frames counted so far: the kernel counts a frame when it puts it in the ring.
    mutating func stop() throws(CaptureError) {
        try updateCounters()
        limit = received
    }
}
