/// The channels of a capture, which share its frames (PACKET_FANOUT, packet(7)), read in the order of time.
@safe struct ChannelGroup: ~Copyable {
    private let channels: UnsafeMutablePointer<CaptureChannel>
    let count: Int
    /// The next frame of each channel, where it has been taken out of the ring.
    private var heads: [RingSlot?]
    /// The channel whose frame was handed out last.
    private var last: Int?
    /// Frames up to here, in nanoseconds since 1970, can be handed out: no channel will bring an earlier one.
    private var settled = Int.min
    /// Since when a frame is being held back, by a clock that only runs forwards.
    private var heldSince: Int?

    /// A frame is in its ring's hands this long, in nanoseconds, before it is handed over, with something to spare.
    private static let latency = 3 * Int(PacketRing.blockTimeout) * 1_000_000
    /// No frame is held back longer than this, in nanoseconds, whatever its time stamp says: the clock may be set.
    private static let longestHold = 2 * latency

    /// - Parameter make: opens channel after channel.
    init(count: Int, _ make: (_ number: Int) throws(CaptureError) -> CaptureChannel) throws(CaptureError) {
        let channels = UnsafeMutablePointer<CaptureChannel>.allocate(capacity: count)
        var made = 0
        do throws(CaptureError) {
            while made < count {
                unsafe (channels + made).initialize(to: try make(made))
                made += 1
            }
        } catch {
            unsafe channels.deinitialize(count: made)
            unsafe channels.deallocate()
            throw error
        }
        unsafe self.channels = unsafe channels
        self.count = count
        unsafe heads = Array(repeating: nil, count: count)
    }

    deinit {
        unsafe channels.deinitialize(count: count)
        unsafe channels.deallocate()
    }

    /// The next frame; nil when there is none, or when an earlier one may still be on its way.
    @inline(__always)
    mutating func next() throws(CaptureError) -> RingSlot? {
        if count == 1 { return unsafe try channels[0].next() }
        return unsafe try nextOfAll()
    }

    private mutating func nextOfAll() throws(CaptureError) -> RingSlot? {
        if let last {
            // Only now is the frame handed out no longer needed.
            unsafe heads[last] = nil
            self.last = nil
        }
        guard var (first, time, isLate) = try earliest() else { return nil }
        if !isLate || time <= settled { return unsafe take(first) }
        // The clock is read before the rings are: what is older than the latency must be in them by then.
        settled = SystemClock.wall - Self.latency
        guard let again = try earliest() else { return nil }
        (first, time, isLate) = again
        if !isLate || time <= settled { return unsafe take(first) }
        let now = SystemClock.steady
        guard let since = heldSince else {
            heldSince = now
            return nil
        }
        guard now - since > Self.longestHold else { return nil }
        settled = time + Self.longestHold
        return unsafe take(first)
    }

    private mutating func take(_ channel: Int) -> RingSlot? {
        heldSince = nil
        last = channel
        return unsafe heads[channel]
    }

    /// The channel with the earliest frame, the frame's time, and whether another channel may yet bring an earlier one.
    private mutating func earliest() throws(CaptureError) -> (channel: Int, time: Int, isLate: Bool)? {
        var found: (channel: Int, time: Int)?
        var isLate = false
        for channel in 0..<count {
            if unsafe heads[channel] == nil { unsafe heads[channel] = unsafe try channels[channel].next() }
            guard let slot = unsafe heads[channel] else {
                if unsafe !channels[channel].isComplete { isLate = true }
                continue
            }
            let time = unsafe Int(slot.seconds) &* 1_000_000_000 &+ Int(slot.nanoseconds)
            if found.map({ time < $0.time }) ?? true { found = (channel, time) }
        }
        guard let found else { return nil }
        return (found.channel, found.time, isLate)
    }

    /// Whether frames are held back: then the sockets are readable, and waiting for them would not wait.
    var holdsFrames: Bool { heldSince != nil }

    /// Whether every frame up to the stop has been handed out.
    var isComplete: Bool {
        for channel in 0..<count {
            guard unsafe channels[channel].isComplete else { return false }
            if channel != last, unsafe heads[channel] != nil { return false }
        }
        return true
    }

    /// Ends what is read with the frames counted so far.
    mutating func stop() throws(CaptureError) {
        for channel in 0..<count { unsafe try channels[channel].stop() }
    }

    /// Frames put in the rings, and those that found no room.
    mutating func counters() throws(CaptureError) -> (received: Int, dropped: Int) {
        var sums = (received: 0, dropped: 0)
        for channel in 0..<count {
            unsafe try channels[channel].updateCounters()
            unsafe sums.received += channels[channel].received
            unsafe sums.dropped += channels[channel].dropped
        }
        return sums
    }

    /// The sockets' descriptors.
    var descriptors: [Int32] {
        var descriptors: [Int32] = []
        for channel in 0..<count { unsafe descriptors.append(channels[channel].socket.descriptor) }
        return descriptors
    }

    /// The first error that a socket has to tell, which is taken away.
    func takeError() -> CaptureError? {
        for channel in 0..<count {
            if let error = unsafe channels[channel].socket.takeError() { return error }
        }
        return nil
    }
}
