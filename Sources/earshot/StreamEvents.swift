import Conversations
import Host
import PacketDecoding
import Rendering

/// Takes what a ``StreamEvents`` kept.
protocol StreamSink: StreamConsumer, ~Copyable {
    /// Everything from here on is of `conversation`.
    mutating func begin(_ conversation: Conversation)
    mutating func datagram(_ bytes: RawSpan, length: Int, at place: StreamPlace)
}

/// What reassembly says, kept until it can be shown: in memory as long as that is little, then in a file.
struct StreamEvents: StreamConsumer, ~Copyable {
    private enum Kind: UInt64 {
        case data, gap, conflict, discarded, reset, end, datagram
    }

    /// Seven numbers of eight bytes.
    private static let headerSize = 56
    private static let memoryLimit = 1 << 22

    private var memory = ByteBuffer(capacity: 1 << 12)
    private var file = SpoolFile()
    /// Of each conversation where its last event lies; negative where it has none.
    private var lastTCP: [Int] = []
    private var lastUDP: [Int] = []
    private let isChained: Bool
    /// Why events are missing.
    private(set) var failure: HostError?

    /// - Parameter isChained: whether each conversation's events are asked for on their own.
    init(isChained: Bool) { self.isChained = isChained }

    var isEmpty: Bool { memory.isEmpty && file.count == 0 }

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        add(.data, bytes, bytes.byteCount, 0, .tcp, place)
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        add(.gap, RawSpan(), length, reason.rawValue, .tcp, place)
    }

    mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) {
        add(.conflict, bytes, bytes.byteCount, 0, .tcp, place)
    }

    mutating func discarded(_ length: Int, at place: StreamPlace) { add(.discarded, RawSpan(), length, 0, .tcp, place) }

    mutating func reset(at place: StreamPlace) { add(.reset, RawSpan(), 0, 0, .tcp, place) }

    mutating func end(_ ending: StreamEnding, at place: StreamPlace) {
        add(.end, RawSpan(), 0, ending.rawValue, .tcp, place)
    }

    mutating func datagram(_ bytes: RawSpan, length: Int, at place: StreamPlace) {
        add(.datagram, bytes, length, 0, .udp, place)
    }

    private mutating func add(
        _ kind: Kind, _ bytes: RawSpan, _ length: Int, _ detail: UInt8, _ transport: Transport, _ place: StreamPlace
    ) {
        guard failure == nil else { return }
        if isChained && memory.count >= Self.memoryLimit { spill() }
        let position = file.count &+ memory.count
        let previous = isChained ? chain(position, transport, place.conversation) : -1
        var meta = kind.rawValue | UInt64(detail) << 8 | UInt64(transport == .udp ? 1 : 0) << 16
        meta |= UInt64(place.side == .server ? 1 : 0) << 17 | UInt64(place.timestamp == nil ? 0 : 1) << 18
        word(UInt64(bitPattern: Int64(previous)))
        word(meta)
        word(UInt64(bitPattern: Int64(bytes.byteCount)) << 32 | UInt64(truncatingIfNeeded: place.conversation))
        word(UInt64(bitPattern: Int64(length)))
        word(UInt64(bitPattern: Int64(place.offset)))
        word(UInt64(bitPattern: Int64(place.frame)))
        word(UInt64(bitPattern: place.timestamp?.rawValue ?? 0))
        memory.append(bytes)
    }

    private mutating func word(_ value: UInt64) {
        let big = value.bigEndian
        unsafe withUnsafeBytes(of: big) { unsafe memory.append($0.bytes) }
    }

    private mutating func chain(_ position: Int, _ transport: Transport, _ number: Int) -> Int {
        func replace(_ last: inout [Int]) -> Int {
            while last.count <= number { last.append(-1) }
            defer { last[number] = position }
            return last[number]
        }
        return transport == .tcp ? replace(&lastTCP) : replace(&lastUDP)
    }

    // The compiler takes a span of `memory` for one of everything else here.
    private static func append(_ memory: borrowing ByteBuffer, to file: inout SpoolFile) throws(HostError) {
        try file.append(memory.bytes)
    }

    private mutating func spill() {
        do throws(HostError) {
            try Self.append(memory, to: &file)
            memory.removeAll()
        } catch {
            failure = error
        }
    }
}

extension StreamEvents {
    /// Hands every event to `sink`, in the order they came, and forgets them.
    ///
    /// - Parameter conversation: finds a conversation by its number.
    mutating func drain<Sink: StreamSink & ~Copyable>(
        into sink: inout Sink, _ conversation: (Transport, Int) -> Conversation?
    ) {
        var position = 0
        while position < memory.count {
            position &+= Self.show(memory.bytes, at: position, to: &sink, conversation)
        }
        memory.removeAll()
    }

    /// Hands the event at `position` to `sink`; how many bytes it takes.
    private static func show<Sink: StreamSink & ~Copyable>(
        _ bytes: RawSpan, at position: Int, to sink: inout Sink, _ conversation: (Transport, Int) -> Conversation?
    ) -> Int {
        let transport: Transport = bytes.uint64(at: position &+ 8) >> 16 & 1 == 0 ? .tcp : .udp
        let size = bytes.uint64(at: position &+ 16)
        if let conversation = conversation(transport, Int(size & 0xffff_ffff)) {
            sink.begin(conversation)
            hand(bytes, at: position, to: &sink)
        }
        return headerSize &+ Int(size >> 32)
    }

    /// Hands the events of one conversation to `sink`; `pause` is called between them.
    func replay<Sink: StreamSink & ~Copyable>(
        _ transport: Transport, _ number: Int, into sink: inout Sink, pause: (inout Sink) throws(Failure) -> Void
    ) throws(Failure) {
        let last = transport == .tcp ? lastTCP : lastUDP
        guard number < last.count else { return }
        var positions: [Int] = []
        var scratch: [UInt8] = []
        do throws(HostError) {
            var position = last[number]
            while position >= 0 {
                positions.append(position)
                position = try previous(of: position, &scratch)
            }
        } catch {
            throw Failure(error)
        }
        while let position = positions.popLast() {
            do throws(HostError) { try hand(position, &scratch, to: &sink) } catch { throw Failure(error) }
            try pause(&sink)
        }
    }

    private func previous(of position: Int, _ scratch: inout [UInt8]) throws(HostError) -> Int {
        let stored = file.count
        if position >= stored { return Int(truncatingIfNeeded: memory.bytes.uint64(at: position &- stored)) }
        try file.read(into: &scratch, count: 8, at: position)
        return unsafe Int(truncatingIfNeeded: scratch.span.bytes.uint64(at: 0))
    }

    private func hand<Sink: StreamSink & ~Copyable>(
        _ position: Int, _ scratch: inout [UInt8], to sink: inout Sink
    ) throws(HostError) {
        let stored = file.count
        if position >= stored { return Self.hand(memory.bytes, at: position &- stored, to: &sink) }
        try file.read(into: &scratch, count: Self.headerSize, at: position)
        let size = unsafe Int(scratch.span.bytes.uint64(at: 16) >> 32)
        try file.read(into: &scratch, count: Self.headerSize &+ size, at: position)
        unsafe Self.hand(scratch.span.bytes, at: 0, to: &sink)
    }

    private static func hand<Sink: StreamSink & ~Copyable>(_ event: RawSpan, at position: Int, to sink: inout Sink) {
        let meta = event.uint64(at: position &+ 8)
        let size = event.uint64(at: position &+ 16)
        let length = Int(truncatingIfNeeded: event.uint64(at: position &+ 24))
        let time = Int64(truncatingIfNeeded: event.uint64(at: position &+ 48))
        let place = StreamPlace(
            conversation: Int(size & 0xffff_ffff), side: meta >> 17 & 1 == 0 ? .client : .server,
            offset: Int(truncatingIfNeeded: event.uint64(at: position &+ 32)),
            frame: Int(truncatingIfNeeded: event.uint64(at: position &+ 40)),
            timestamp: meta >> 18 & 1 == 0 ? nil : Timestamp(rawValue: time))
        let start = position &+ headerSize
        let bytes = event.clipped(from: start, to: start &+ Int(size >> 32))
        let detail = UInt8(truncatingIfNeeded: meta >> 8)
        switch Kind(rawValue: meta & 0xff) {
        case .data: sink.data(bytes, at: place)
        case .gap: sink.gap(length, StreamGapReason(rawValue: detail) ?? .notCaptured, at: place)
        case .conflict: sink.conflict(bytes, at: place)
        case .discarded: sink.discarded(length, at: place)
        case .reset: sink.reset(at: place)
        case .end: sink.end(StreamEnding(rawValue: detail) ?? .open, at: place)
        case .datagram: sink.datagram(bytes, length: length, at: place)
        case nil: break
        }
    }
}
