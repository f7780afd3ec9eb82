import CLinux
import Glibc
public import PacketDecoding

/// The frames of an interface, from the ring of an AF_PACKET socket (packet(7)).
public struct LiveCapture: ~Copyable, PacketSource {
    /// What libpcap and tcpdump keep of a frame at most, in bytes.
    public static var maximumSnapshotLength: Int { 262_144 }

    /// Why this process may not capture, and what to do about it; nil when it may. Tries to open a packet socket.
    public static var permissionError: CaptureError? { PacketSocket.permissionError }

    /// The interface's name, or `any`.
    public var interface: String { link.name }
    public var linkType: LinkType { link.linkType }
    public let snapshotLength: Int
    /// Whether all that was captured before ``stop()`` has been handed out.
    public private(set) var isFinished = false
    /// Frames handed out so far.
    public var capturedCount: Int { counts.captured }
    /// The descriptors of its packet sockets and of the socket that the kernel tells of links through, for a sandbox that
    /// lets nothing be sent through them.
    public var socketDescriptors: [Int32] { channels.descriptors + (monitor.isAvailable ? [monitor.descriptor] : []) }

    private let link: CaptureLink
    /// Set where the kernel cannot run the filter.
    private let ownFilter: CaptureFilter?
    private var channels: ChannelGroup
    private var readiness: CaptureReadiness
    private var monitor: LinkMonitor
    private var watch: LinkWatch
    private var clock = ClockWatch()
    /// A frame longer than this, in bytes, may be larger than its interface's MTU allows; the largest Int once that has
    /// been said of all.
    private var longestFrame: Int
    private var counts = CaptureStatistics()
    private var phase = Phase.running
    /// What ended the capture, thrown once the ring is empty.
    private var failure: CaptureError?

    private enum Phase {
        case running
        /// Stopping; frames that were sent before are still on their way through the kernel.
        case lingering(until: Int)
        /// The rings are being emptied. `pauses` counts the times they had nothing to hand over.
        case draining(pauses: Int)
    }

    /// Opens `interface`; frames are captured from now on.
    ///
    /// - Parameter interface: a name, or `any`, whose frames get a Linux cooked header (version 2).
    /// - Throws: a usage error for a bad filter or option; a failure where the system refuses.
    public init(interface: String, options: LiveCaptureOptions = LiveCaptureOptions()) throws(CaptureError) {
        try options.check("opening \(interface)")
        // Before the interfaces are looked at, so that no change falls in between.
        let monitor = LinkMonitor()
        let link = try CaptureLink(interface: interface)
        let (filter, ownFilter) = try KernelFilter.compile(link, options)
        let channels = try ChannelGroup.open(link, filter, options)
        let watch = LinkWatch(link, interfaces: try NetworkInterface.all())
        readiness = CaptureReadiness(
            sockets: channels.descriptors, wake: options.wakeDescriptor, monitor: monitor.descriptor)
        longestFrame = watch.smallestMTU.map { $0 + link.longestHeader } ?? .max
        snapshotLength = options.snapshotLength
        self.ownFilter = ownFilter
        self.link = link
        self.watch = watch
        self.channels = channels
        self.monitor = monitor
    }

    /// As ``next(waitingAtMost:)`` with 100 ms.
    @_lifetime(&self)
    public mutating func next() throws(CaptureError) -> Frame? { try next(waitingAtMost: 100) }

    /// The next frame; nil when none came in time, when the wake descriptor is readable, when a signal came, or when
    /// the capture is finished. Frames that are there already come first.
    ///
    /// - Parameter milliseconds: 0 does not wait, a negative number waits without limit. After ``stop()`` it waits
    ///   for the kernel instead, some 20 ms in all.
    /// - Throws: once, when the interface is gone or down; what was captured before has been handed out.
    @_lifetime(&self)
    public mutating func next(waitingAtMost milliseconds: Int) throws(CaptureError) -> Frame? {
        var hasWaited = false
        var rejected = 0
        while !isFinished {
            try endLingering()
            if let slot = unsafe try channels.next() {
                let (bytes, header) = unsafe frame(of: slot)
                if let ownFilter, unsafe !ownFilter.matches(bytes, wireLength: header.wireLength) {
                    rejected &+= 1
                    // The caller has more to look after than a flood of frames it does not want.
                    if rejected == 1000 { break }
                    continue
                }
                counts.captured &+= 1
                if header.wireLength > longestFrame { noteLength(header) }
                let span = unsafe RawSpan(_unsafeBytes: bytes)
                return Frame(unsafe _overrideLifetime(span, mutating: &self), header: header)
            }
            if case .running = phase {
                if hasWaited { break }
                try wait(milliseconds: milliseconds)
                hasWaited = true
            } else {
                try drain()
            }
        }
        if isFinished, let failure = failure.take() { throw failure }
        return nil
    }

    /// Ends the capture with the frames that have been sent. They are still handed out; then ``isFinished`` is true.
    ///
    /// - Parameter delay: until then, in milliseconds, frames still count. At least 10, which those that have been sent
    ///   may take through the kernel.
    public mutating func stop(after delay: Int = 0) {
        guard case .running = phase else { return }
        phase = .lingering(until: SystemClock.steady + max(Int(PacketRing.blockTimeout), delay) * 1_000_000)
    }

    /// What was counted so far; final once ``isFinished`` is true.
    public mutating func statistics() throws(CaptureError) -> CaptureStatistics {
        let (received, dropped) = try channels.counters()
        counts.received = received
        counts.dropped = dropped
        return counts
    }

    /// What happened beside the frames since the last call. To be called now and then: it does not wait.
    public mutating func takeEvents() throws(CaptureError) -> [CaptureEvent] {
        try readNews()
        if let step = clock.takeStep() { watch.append(.clockSet(by: step)) }
        return watch.takeEvents()
    }

    private mutating func wait(milliseconds: Int) throws(CaptureError) {
        if channels.holdsFrames {
            usleep(2000)
            return
        }
        let ready = readiness.wait(milliseconds: milliseconds)
        if ready.hasNews { try readNews() }
        guard case .running = phase, ready.hasError else { return }
        // Left unread, the error would end every wait at once.
        guard let error = channels.takeError() else { return }
        // An interface that went down may come back; whether it is gone, the news tell.
        if error.errorNumber == ENETDOWN, monitor.isAvailable { return }
        try fail(error)
    }

    private mutating func readNews() throws(CaptureError) {
        guard case .running = phase else { return }
        let changes = monitor.take()
        let now = SystemClock.steady
        for change in changes { watch.apply(change, now: now) }
        if !changes.isEmpty { updateLongestFrame() }
        guard let end = watch.end else { return }
        let reason =
            switch end {
            case .gone: "the interface is gone"
            case .linkTypeChanged(let old, let new): "its link type, ARPHRD \(old), has become \(new)"
            }
        try fail(CaptureError(.failure, "capturing on \(interface)", reason: reason, errorNumber: ENETDOWN))
    }

    /// Ends the capture with an error, which comes when what was captured has been handed out.
    private mutating func fail(_ error: CaptureError) throws(CaptureError) {
        failure = error
        try channels.stop()
        phase = .draining(pauses: 0)
    }

    private mutating func endLingering() throws(CaptureError) {
        guard case .lingering(let end) = phase, SystemClock.steady >= end else { return }
        try channels.stop()
        phase = .draining(pauses: 0)
    }

    /// The rings have nothing to hand over: either that was all, or their last blocks' timers are still running.
    private mutating func drain() throws(CaptureError) {
        if case .draining = phase, channels.isComplete {
            isFinished = true
            return
        }
        usleep(UInt32(PacketRing.blockTimeout) * 500)
        guard case .draining(let pauses) = phase else { return }
        phase = .draining(pauses: pauses + 1)
        // The limit, a second, is for a kernel whose counters and ring should ever disagree.
        isFinished = pauses == 200
    }

    private mutating func noteLength(_ header: FrameHeader) {
        let index = header.interface.map { Int32(bitPattern: $0) } ?? link.index
        if watch.note(length: header.wireLength, header: link.longestHeader, on: index) { updateLongestFrame() }
    }

    private mutating func updateLongestFrame() {
        longestFrame = watch.smallestMTU.map { $0 + link.longestHeader } ?? .max
    }

    /// Completes a frame in place: puts back the VLAN tag, makes the cooked header.
    private func frame(of slot: RingSlot) -> (bytes: UnsafeRawBufferPointer, header: FrameHeader) {
        var slot = unsafe slot
        // The kernel strips the VLAN tag and tells it beside the frame.
        let isTagged = unsafe slot.status & UInt32(TP_STATUS_VLAN_VALID) != 0
        switch link.framing {
        case .link: if isTagged { unsafe slot.insertTag() }
        case .cooked: unsafe slot.insertCookedHeader(isTagged: isTagged)
        case .network: break
        }
        let header = unsafe FrameHeader(
            number: counts.captured &+ 1,
            timestamp: Timestamp(seconds: Int64(slot.seconds), nanoseconds: Int64(slot.nanoseconds)),
            wireLength: slot.wireLength, linkType: link.linkType,
            interface: UInt32(bitPattern: slot.address.sll_ifindex), direction: slot.direction,
            checksumIsOffloaded: slot.status & UInt32(TP_STATUS_CSUMNOTREADY) != 0)
        let bytes = unsafe UnsafeRawBufferPointer(
            start: slot.bytes, count: min(slot.capturedLength, snapshotLength))
        return unsafe (bytes, header)
    }
}
