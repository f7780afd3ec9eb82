import Conversations
import Host
import PacketDecoding
import Rendering

/// Takes what both transports bring.
protocol DatagramConsumer: StreamConsumer, ~Copyable {
    /// - Parameters:
    ///   - bytes: what was captured of it.
    ///   - length: on the wire, in bytes.
    mutating func datagram(_ bytes: RawSpan, length: Int, at place: StreamPlace)
    /// A conversation begins.
    mutating func begin(_ conversation: Conversation)
    /// Client and server of a conversation change places: from here on they are right.
    mutating func swapRoles(_ transport: Transport, _ number: Int)
}

/// Takes what a ``StreamEvents`` kept.
protocol StreamSink: StreamConsumer, ~Copyable {
    /// Whether it wants to be told whose events follow.
    static var namesConversations: Bool { get }
    /// Everything from here on is of `conversation`.
    mutating func begin(_ conversation: Conversation)
    /// - Parameters: as of ``DatagramConsumer/datagram(_:length:at:)``.
    mutating func datagram(_ bytes: RawSpan, length: Int, at place: StreamPlace)
}

/// What reassembly says, kept until it can be shown: in memory as long as that is little, then in a file.
///
/// Bytes that lie in the savefile as they are stay there, and are read again.
struct StreamEvents: DatagramConsumer, ~Copyable {
    /// With what the last event brings it is mostly no more than 2 MiB, which a processor's own memory holds.
    private static var memoryLimit: Int { 31 << 16 }
    /// More bytes are several events, so that what they become can be written in between.
    private static var longest: Int { 1 << 18 }
    /// Fewer bytes are kept: to read them again would take longer.
    private static var shortest: Int { 256 }

    private var memory = ByteBuffer(capacity: 1 << 12)
    private var spool = EventSpool()
    private let isChained: Bool
    private let leavesBytes: Bool
    /// The frame that is being followed: where its bytes begin and end in memory, and where they can be had again.
    private var frameStart: UInt = 0
    private var frameEnd: UInt = 0
    private var framePosition = -1
    /// Conversations whose client and server have changed places since somebody asked.
    private var changed: [(Transport, Int)] = []
    /// Why events are missing.
    private(set) var failure: HostError?

    /// - Parameters:
    ///   - isChained: whether each conversation's events are asked for on their own, after all have come.
    ///   - leavesBytes: whether the savefile can be read again.
    init(isChained: Bool, leavesBytes: Bool) {
        self.isChained = isChained
        self.leavesBytes = leavesBytes
    }

    var isEmpty: Bool { memory.isEmpty }

    /// Before what `frame` leads to.
    mutating func begin(_ frame: Frame) {
        framePosition = !isChained ? 0 : leavesBytes ? frame.position ?? -1 : -1
        unsafe frame.bytes.withUnsafeBytes { bytes in
            frameStart = UInt(bitPattern: bytes.baseAddress)
            frameEnd = frameStart &+ UInt(bytes.count)
        }
    }

    /// There is no frame any more.
    mutating func end() { framePosition = -1 }

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        var place = place
        var rest = bytes
        repeat {
            let piece = rest.clipped(from: 0, to: Self.longest)
            add(StreamEvent(.data, .tcp, place, byteCount: piece.byteCount), piece)
            place.offset &+= piece.byteCount
            rest = rest.clipped(from: piece.byteCount, to: rest.byteCount)
        } while !rest.isEmpty
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        add(StreamEvent(.gap, .tcp, place, length: length, detail: reason.rawValue))
    }

    mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) {
        add(StreamEvent(.conflict, .tcp, place, byteCount: bytes.byteCount), bytes)
    }

    mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
        add(StreamEvent(.discarded, .tcp, place, length: length, detail: reason.rawValue))
    }

    mutating func reset(at place: StreamPlace) { add(StreamEvent(.reset, .tcp, place)) }

    mutating func end(_ ending: StreamEnding, at place: StreamPlace) {
        add(StreamEvent(.end, .tcp, place, detail: ending.rawValue))
    }

    mutating func datagram(_ bytes: RawSpan, length: Int, at place: StreamPlace) {
        add(StreamEvent(.datagram, .udp, place, byteCount: bytes.byteCount, length: length), bytes)
    }

    mutating func begin(_ conversation: Conversation) {}

    mutating func swapRoles(_ transport: Transport, _ number: Int) { changed.append((transport, number)) }

    mutating func takeChanged() -> [(Transport, Int)] {
        guard !changed.isEmpty else { return [] }
        defer { changed.removeAll() }
        return changed
    }

    private mutating func add(_ event: consuming StreamEvent, _ bytes: RawSpan = RawSpan()) {
        guard failure == nil else { return }
        if isChained {
            if memory.count >= Self.memoryLimit { spill() }
            guard failure == nil else { return }
            event.previous = spool.link(event, at: memory.count)
        }
        let position = position(of: bytes)
        if position >= 0 { event.leaveBytes(at: position) }
        event.append(to: &memory)
        if position < 0 { memory.append(bytes) }
    }

    /// Where `bytes` can be had again; negative where they must be kept.
    private func position(of bytes: RawSpan) -> Int {
        guard framePosition >= 0, bytes.byteCount >= (isChained ? Self.shortest : 1) else { return -1 }
        let start = unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        // What was held, or put together from fragments, lies in memory of its own.
        guard start >= frameStart, start < frameEnd, bytes.byteCount <= frameEnd &- start else { return -1 }
        return framePosition &+ Int(start &- frameStart)
    }

    private mutating func spill() {
        do throws(HostError) {
            try spool.spill(memory)
            memory.removeAll()
        } catch {
            failure = error
        }
    }
}

extension StreamEvents {
    /// Hands every event to `sink`, in the order they came, and forgets them.
    ///
    /// - Parameters:
    ///   - frame: the one that led to them; none where there was none.
    ///   - conversation: finds a conversation by its number.
    ///   - pause: called after each event.
    mutating func drain<Sink: StreamSink & ~Copyable>(
        _ frame: RawSpan, into sink: inout Sink, _ conversation: (Transport, Int) -> Conversation?,
        pause: (inout Sink) throws(Failure) -> Void
    ) throws(Failure) {
        var position = 0
        while position < memory.count {
            let event = StreamEvent(in: memory.bytes, at: position)
            position &+= StreamEvent.size
            let kept = memory.bytes.clipped(from: position, to: position &+ event.keptBytes)
            position &+= event.keptBytes
            if Sink.namesConversations {
                guard let conversation = conversation(event.transport, event.conversation) else { continue }
                sink.begin(conversation)
            }
            if event.liesElsewhere {
                event.hand(frame.clipped(from: event.position, to: event.position &+ event.bytes), to: &sink)
            } else {
                event.hand(kept, to: &sink)
            }
            try pause(&sink)
        }
        memory.removeAll()
    }

    /// Hands the events of one conversation to `sink`, in the order they came.
    ///
    /// - Parameters:
    ///   - isReversed: whether client and server are the other way round than where the events were kept.
    ///   - savefile: where the bytes lie that were not kept.
    ///   - pause: called after each event.
    mutating func replay<Sink: StreamSink & ~Copyable>(
        _ transport: Transport, _ number: Int, isReversed: Bool, from savefile: inout FileWindow?,
        into sink: inout Sink,
        pause: (inout Sink) throws(Failure) -> Void
    ) throws(Failure) {
        try spool.replay(transport, number, isReversed: isReversed, memory, from: &savefile, into: &sink, pause: pause)
    }
}
