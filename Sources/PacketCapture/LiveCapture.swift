import CLinux
import Glibc
public import PacketDecoding

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
    /// A descriptor that ends waiting when it is readable: an eventfd that a signal handler writes to. The caller
    /// reads it.
    public var wakeDescriptor: Int32?

    public init() {}
}

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
    /// The packet socket, for a sandbox that lets nothing be sent through it.
    public var descriptor: Int32 { socket.descriptor }
    /// Whether all that was captured before ``stop()`` has been handed out.
    public private(set) var isFinished = false

    private let link: CaptureLink
    private let wakeDescriptor: Int32?
    /// Set where the kernel cannot run the filter.
    private let ownFilter: CaptureFilter?
    private let socket: PacketSocket
    private var ring: PacketRing
    private var counts = CaptureStatistics()
    /// Frames taken out of the ring.
    private var taken = 0
    private var phase = Phase.running
    /// What ended the capture, thrown once the ring is empty.
    private var failure: CaptureError?

    private enum Phase {
        case running
        /// Stopping; frames that were sent before are still on their way through the kernel.
        case lingering(until: Int)
        /// Handing out what the kernel had received when it was asked for the last time, up to frame number `last`.
        /// `pauses` counts the times the ring had nothing to hand over.
        case draining(last: Int, pauses: Int)
    }

    /// Opens `interface`; frames are captured from now on.
    ///
    /// - Parameter interface: a name, or `any`, whose frames get a Linux cooked header (version 2).
    /// - Throws: a usage error for a bad filter or option; a failure where the system refuses.
    public init(interface: String, options: LiveCaptureOptions = LiveCaptureOptions()) throws(CaptureError) {
        guard 1...Self.maximumSnapshotLength ~= options.snapshotLength else {
            throw CaptureError(
                .usage, "opening \(interface)",
                reason: "a snapshot length of \(options.snapshotLength) is not within 1 to 262144")
        }
        guard 1...(4 << 30) ~= options.ringSize else {
            throw CaptureError(
                .usage, "opening \(interface)", reason: "a ring of \(options.ringSize) bytes is not within 1 to 4 GiB")
        }
        let link = try CaptureLink(interface: interface)
        let socket = try PacketSocket(for: link)
        let ring = try PacketRing(
            socket: socket.descriptor, size: options.ringSize, snapshotLength: options.snapshotLength,
            operation: "making a packet ring for \(interface)")
        let ownFilter = try Self.attachFilter(to: socket, link, options)
        if link.isLoopback || options.direction == .incoming { socket.ignoreOutgoing() }
        if options.isPromiscuous, link.index != 0, !link.isLoopback { try socket.becomePromiscuous(on: link.index) }
        // Whatever becomes of this process, it sees no more than it was started for.
        socket.lockFilter()
        try socket.bind(to: link.index)
        self.ownFilter = ownFilter
        self.link = link
        self.socket = socket
        self.ring = ring
        snapshotLength = options.snapshotLength
        wakeDescriptor = options.wakeDescriptor
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
            if case .draining(let last, _) = phase, taken >= last {
                isFinished = true
                break
            }
            if let slot = unsafe try ring.next() {
                taken &+= 1
                let (bytes, header) = unsafe frame(of: slot)
                if let ownFilter, unsafe !ownFilter.matches(bytes, wireLength: header.wireLength) {
                    rejected &+= 1
                    // The caller has more to look after than a flood of frames it does not want.
                    if rejected == 1000 { break }
                    continue
                }
                counts.captured &+= 1
                let span = unsafe RawSpan(_unsafeBytes: bytes)
                return Frame(unsafe _overrideLifetime(span, mutating: &self), header: header)
            }
            if case .running = phase {
                if hasWaited { break }
                try wait(milliseconds: milliseconds)
                hasWaited = true
            } else {
                drain()
            }
        }
        if isFinished, let failure = failure.take() { throw failure }
        return nil
    }

    /// Ends the capture: frames sent before are still handed out, then ``isFinished`` is true.
    public mutating func stop() {
        guard case .running = phase else { return }
        phase = .lingering(until: Self.milliseconds() + Int(PacketRing.blockTimeout))
    }

    /// What was counted so far; final once ``isFinished`` is true.
    public mutating func statistics() throws(CaptureError) -> CaptureStatistics {
        // What comes after the end is not counted.
        if case .draining = phase { return counts }
        let (passed, dropped) = try socket.takeStatistics()
        counts.received += passed - dropped
        counts.dropped += dropped
        return counts
    }

    private mutating func wait(milliseconds: Int) throws(CaptureError) {
        guard socket.wait(milliseconds: milliseconds, wake: wakeDescriptor) else { return }
        // Left unread, the error would end every wait at once.
        guard let error = socket.takeError() else { return }
        failure = error
        try drawTheLine()
    }

    /// Frames that the kernel has counted up to now are in the ring or dropped; later ones are not part of the capture.
    private mutating func drawTheLine() throws(CaptureError) {
        phase = .draining(last: try statistics().received, pauses: 0)
    }

    private mutating func endLingering() throws(CaptureError) {
        guard case .lingering(let end) = phase, Self.milliseconds() >= end else { return }
        try drawTheLine()
    }

    /// The ring has nothing to hand over: either that was all, or its last block's timer is still running.
    private mutating func drain() {
        usleep(UInt32(PacketRing.blockTimeout) * 500)
        guard case .draining(let last, let pauses) = phase else { return }
        phase = .draining(last: last, pauses: pauses + 1)
        // A second, for a kernel whose counters and ring should ever disagree.
        isFinished = pauses == 200
    }

    /// A clock for time spans.
    private static func milliseconds() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    /// Gives the kernel the filter.
    ///
    /// - Returns: the filter, where the kernel cannot run it and we must.
    private static func attachFilter(
        to socket: borrowing PacketSocket, _ link: CaptureLink, _ options: LiveCaptureOptions
    ) throws(CaptureError) -> CaptureFilter? {
        var ownFilter: CaptureFilter?
        if !options.filter.isEmpty {
            let program = try CaptureFilter.kernelProgram(
                options.filter, on: link, snapshotLength: options.snapshotLength)
            if let filter = KernelFilter(program, on: link),
                filter.restricted(to: options.direction, on: link).attach(to: socket.descriptor) == 0
            {
                return nil
            }
            ownFilter = try CaptureFilter(
                options.filter, linkType: link.linkType, snapshotLength: options.snapshotLength)
        }
        let result = KernelFilter(keeping: options.snapshotLength).restricted(to: options.direction, on: link)
            .attach(to: socket.descriptor)
        guard result == 0 else { throw CaptureError("filtering on \(link.name)", errno: result) }
        return ownFilter
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
