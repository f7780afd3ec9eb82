import Conversations
import PacketDecoding
import Rendering

/// Something that reassembly said, as it is kept: what it is, then in most cases the bytes it is about.
struct StreamEvent: BitwiseCopyable {
    enum Kind: UInt8 {
        case data, gap, conflict, discarded, reset, end, datagram
    }

    private struct Flags: OptionSet, BitwiseCopyable {
        let rawValue: UInt8

        static let isUDP = Flags(rawValue: 1)
        static let isServer = Flags(rawValue: 2)
        static let hasTimestamp = Flags(rawValue: 4)
        static let liesElsewhere = Flags(rawValue: 8)
    }

    /// Without its bytes.
    static var size: Int { MemoryLayout<StreamEvent>.size }

    /// Where the event before it of the same conversation is, among those that are kept with it; negative where none is.
    var previous: Int32 = -1
    private let kind: UInt8
    private let detail: UInt8
    private var flags: Flags
    // It is written as it lies in memory, which must not hold what nobody put there.
    private var padding: UInt8 = 0
    private let conversationNumber: UInt32
    private let byteCount: UInt32
    private let length: Int
    private let offset: Int
    private let frame: Int
    private let timestamp: Int64
    /// Of its bytes, where they are not kept with it.
    private(set) var position = -1

    /// - Parameters:
    ///   - byteCount: of the bytes it is about.
    ///   - length: what it tells of a gap or of a datagram.
    ///   - detail: a gap's or a discard's reason, or a stream's ending.
    init(
        _ kind: Kind, _ transport: Transport, _ place: StreamPlace, byteCount: Int = 0, length: Int = 0,
        detail: UInt8 = 0
    ) {
        self.kind = kind.rawValue
        self.detail = detail
        flags = transport == .udp ? .isUDP : []
        if place.side == .server { flags.insert(.isServer) }
        if place.timestamp != nil { flags.insert(.hasTimestamp) }
        conversationNumber = UInt32(truncatingIfNeeded: place.conversation)
        self.byteCount = UInt32(truncatingIfNeeded: byteCount)
        self.length = length
        offset = place.offset
        frame = place.frame
        timestamp = place.timestamp?.rawValue ?? 0
    }

    /// The event at `offset` of what was kept.
    init(in kept: RawSpan, at offset: Int) {
        self = unsafe kept.unsafeLoadUnaligned(fromByteOffset: offset, as: StreamEvent.self)
    }

    /// Leaves the bytes where they are.
    mutating func leaveBytes(at position: Int) {
        flags.insert(.liesElsewhere)
        self.position = position
    }

    /// It is of the other side.
    mutating func swapRoles() { flags.formSymmetricDifference(.isServer) }

    /// Whether the bytes are not kept with it.
    var liesElsewhere: Bool { flags.contains(.liesElsewhere) }

    /// Bytes it is about.
    var bytes: Int { Int(byteCount) }

    /// Those of them that are kept with it.
    var keptBytes: Int { liesElsewhere ? 0 : bytes }

    var transport: Transport { flags.contains(.isUDP) ? .udp : .tcp }

    var conversation: Int { Int(conversationNumber) }

    func append(to memory: inout ByteBuffer) {
        unsafe withUnsafeBytes(of: self) { unsafe memory.append($0.bytes) }
    }

    /// Says it again.
    func hand<Sink: StreamSink & ~Copyable>(_ bytes: RawSpan, to sink: inout Sink) {
        let place = StreamPlace(
            conversation: conversation, side: flags.contains(.isServer) ? .server : .client, offset: offset,
            frame: frame, timestamp: flags.contains(.hasTimestamp) ? Timestamp(rawValue: timestamp) : nil)
        switch Kind(rawValue: kind) {
        case .data: sink.data(bytes, at: place)
        case .gap: sink.gap(length, StreamGapReason(rawValue: detail) ?? .notCaptured, at: place)
        case .conflict: sink.conflict(bytes, at: place)
        case .discarded:
            sink.discarded(length, StreamDiscardReason(rawValue: detail) ?? .afterFIN, at: place)
        case .reset: sink.reset(at: place)
        case .end: sink.end(StreamEnding(rawValue: detail) ?? .open, at: place)
        case .datagram: sink.datagram(bytes, length: length, at: place)
        case nil: break
        }
    }
}
