public import PacketDecoding

/// What a segment is to a message that lies in several.
@frozen public struct MessagePart: BitwiseCopyable, Hashable, Sendable {
    public let kind: LayerKind
    /// Whether the message is there with it (``MessageAssembler/message``); else it goes on.
    public let isLast: Bool
    /// Number of the frame that the message begins in.
    public let firstFrame: Int
    /// Segments that it lies in, this one included.
    public let segmentCount: Int
}

/// Puts application messages together that lie in several segments of TCP, in bounded memory: TLS hellos, DNS messages,
/// the headers of HTTP.
///
/// A segment that ends in a message (``LayerTraits/continues``) begins to wait; those that come next in its stream are
/// put behind it, until the message is there. What comes before its turn is kept for a while. A message that lacks
/// something is given up, quietly, when others need the room: its segments have told what they hold.
///
/// The body of HTTP is followed, too: ``hint(for:)`` tells where in a segment it ends.
///
///     var assembler = MessageAssembler()
///     if let hint = assembler.hint(for: packet) { packet = decoder.decode(packet.frame, application: hint) }
///     if let part = assembler.add(packet), part.isLast {
///         let whole = decoder.decode(assembler.message, of: .tcp, application: …, header: packet.frame.header)
///         …
///     }
public struct MessageAssembler: ~Copyable {
    /// Bytes of one message; a longer one is not put together.
    public static var longestMessage: Int { 65_537 }
    /// Messages that wait at a time; the oldest makes room.
    public static var capacity: Int { 1024 }
    /// Bytes that wait at a time; the oldest message makes room.
    public static var memoryLimit: Int { 4 << 20 }

    /// By flow and direction.
    private var waiting: [UInt64: WaitingMessage] = [:]
    /// The keys of ``waiting`` in the order in which they came, and some that wait no more.
    private var order: [UInt64] = []
    private var oldest = 0
    private var bytesWaiting = 0
    /// How many wait by a hash of their ports: what does not need to be looked up.
    private var ports = InlineArray<256, UInt16>(repeating: 0)
    /// Where messages ended that were put together: what comes again of them is no news.
    private var ends: [UInt64: UInt32] = [:]
    private var bodies = HTTPStreams()
    /// What came before its stream's first byte, by flow and direction.
    private var early: [UInt64: [EarlySegment]] = [:]
    private var output: [UInt8] = []
    private var decoder = PacketDecoder()
    private let fingerprinter: FlowFingerprinter

    /// - Parameter seed: of the hash; nil takes a random one.
    public init(seed: UInt64? = nil) { self.init(FlowFingerprinter(seed: seed)) }

    init(_ fingerprinter: FlowFingerprinter) { self.fingerprinter = fingerprinter }

    /// The message that the last segment has completed, with all that follows it in that segment.
    public var message: RawSpan {
        @_lifetime(borrow self)
        get { unsafe output.span.bytes }
    }

    /// Messages that wait.
    public var waitingCount: Int { waiting.count }

    /// What to decode the next packet as once more, before it is added: it begins with bytes of a message before; nil
    /// where it has been decoded right.
    public mutating func hint(for packet: Packet) -> ApplicationHint? {
        guard !bodies.isEmpty, let index = packet.segmentIndex, let header = packet.segmentHeader(at: index),
            header.isSound, let flow = fingerprinter.fingerprint(of: packet, at: index)
        else { return nil }
        return hint(for: packet, header, flow, at: index)
    }

    /// Whether no packet needs to be looked at for ``hint(for:)``.
    var followsNothing: Bool { bodies.isEmpty }

    mutating func hint(
        for packet: Packet, _ header: TCPHeader, _ flow: FlowFingerprint, at index: Int
    ) -> ApplicationHint? {
        let layer = packet.layers[index]
        let length = layer.end &- layer.payloadOffset
        guard length > 0 else {
            if header.flags.contains(.syn) { bodies.forget(flow) }
            return nil
        }
        let isTold = packet.layers.count > index &+ 1
        let preceding = bodies.follow(
            flow, header.sequenceNumber.rawValue, packet, index, length: length,
            seemsHTTP: isTold && packet.layers[index &+ 1].kind == .http)
        // Most lie within a body, and nothing was told of them.
        guard preceding > 0, isTold || preceding < length else { return nil }
        return ApplicationHint(.http, fromServer: false, precedingBytes: preceding)
    }

    /// Takes the next packet.
    ///
    /// - Parameter isEarly: whether its stream's first byte is still to come (``SegmentBases/isEarly``).
    /// - Returns: nil where it brings nothing but what it tells itself.
    @inline(__always)
    public mutating func add(_ packet: Packet, isEarly: Bool = false) -> MessagePart? {
        // Nearly all packets are done here.
        guard packet.layers.count > 0, isEarly || needs(packet.layers[packet.layers.count &- 1]) else { return nil }
        return take(packet, isEarly, nil)
    }

    /// Whether a packet with this innermost layer is to be looked at.
    @inline(__always)
    func needs(_ innermost: Layer) -> Bool {
        innermost.kind == .http || innermost.traits.contains(.continues) || !waiting.isEmpty
    }

    /// - Parameter flow: of the innermost segment; nil where it is not known.
    @inline(never)
    mutating func take(_ packet: Packet, _ isEarly: Bool, _ flow: FlowFingerprint?) -> MessagePart? {
        guard let index = packet.segmentIndex else { return nil }
        let place = Self.place(of: packet, index)
        let innermost = packet.layers[packet.layers.count &- 1]
        let begins = innermost.traits.contains(.continues)
        guard begins || isEarly || innermost.kind == .http || ports[place] > 0,
            let header = packet.segmentHeader(at: index),
            header.isSound, let flow = flow ?? fingerprinter.fingerprint(of: packet, at: index)
        else { return nil }
        let segment = CarryingSegment(flow, place, header, packet.frame.header)
        let payload = packet.payload(at: index)
        let isCut = payload.byteCount < packet.payloadLength(at: index)
        if header.flags.contains(.syn) || header.flags.contains(.rst) {
            forget(segment.key)
            ends[segment.key] = nil
            early[segment.key] = nil
        } else if isCut {
            // Nothing can be put behind it.
            forget(segment.key)
        } else if waiting[segment.key] != nil {
            let part = goOn(segment, payload)
            if part != nil || waiting[segment.key] != nil { return part }
        }
        if innermost.kind == .http { bodies.note(packet, after: index, segment, number: segment.number) }
        guard !isCut else { return nil }
        if begins { return begin(segment, packet, index) }
        if isEarly { hold(payload, segment) }
        return nil
    }

    /// Keeps what comes before its stream's first byte.
    private mutating func hold(_ payload: RawSpan, _ segment: CarryingSegment) {
        guard payload.byteCount > 0, payload.byteCount <= EarlySegment.longest else { return }
        if early.count >= EarlySegment.maximumStreams { early.removeAll(keepingCapacity: true) }
        let piece = EarlySegment(number: segment.number, bytes: payload.copied)
        early[segment.key, default: []].insert(piece)
    }

    /// Ports of both directions lead to the same place.
    private static func place(of packet: Packet, _ index: Int) -> Int {
        let offset = packet.layers[index].offset
        guard packet.frame.bytes.byteCount &- offset >= 4 else { return 0 }
        let sum = packet.frame.bytes.uint16(at: offset) &+ packet.frame.bytes.uint16(at: offset &+ 2)
        return Int((sum ^ sum &>> 8) & 0xff)
    }

    private mutating func begin(_ segment: CarryingSegment, _ packet: Packet, _ index: Int) -> MessagePart? {
        guard let beginning = packet.unfinishedMessage, beginning.needed <= Self.longestMessage else { return nil }
        let payload = packet.payload(at: index)
        let bytes = packet.frame.bytes.clipped(
            from: beginning.start, to: packet.layers[index].payloadOffset &+ payload.byteCount)
        let next = segment.number &+ UInt32(truncatingIfNeeded: payload.byteCount)
        // A message that was put together is sent again.
        if let end = ends[segment.key], (0...Self.longestMessage).contains(Int(Int32(bitPattern: end &- next))) {
            return nil
        }
        let kind = packet.layers[packet.layers.count &- 1].kind
        var message = WaitingMessage(
            kind, bytes, needed: beginning.needed, next: next, place: segment.place, frame: packet.frame.header.number)
        guard let early = early.removeValue(forKey: segment.key) else {
            insert(segment.key, message)
            return nil
        }
        for piece in early { _ = message.take(unsafe piece.bytes.span.bytes, at: piece.number) }
        insert(segment.key, message)
        return message.mayBeWhole ? look(segment, &message) : nil
    }

    private mutating func insert(_ key: UInt64, _ message: WaitingMessage) {
        while waiting.count >= Self.capacity || bytesWaiting &+ message.size > Self.memoryLimit, oldest < order.count {
            forget(order[oldest])
            oldest &+= 1
        }
        if oldest > Self.capacity || order.count > 4 &* Self.capacity {
            // Those that were forgotten in between stand in the order, too.
            order = order[oldest...].filter { waiting[$0] != nil }
            oldest = 0
        }
        order.append(key)
        bytesWaiting &+= message.size
        ports[message.place] &+= 1
        waiting[key] = message
    }

    private mutating func forget(_ key: UInt64) {
        guard let message = waiting.removeValue(forKey: key) else { return }
        bytesWaiting &-= message.size
        ports[message.place] &-= 1
    }

    /// Takes a segment of a stream in which a message waits.
    private mutating func goOn(_ segment: CarryingSegment, _ payload: RawSpan) -> MessagePart? {
        let key = segment.key
        guard payload.byteCount > 0, var message = waiting[key] else { return nil }
        // Its memory is not to be copied when it grows.
        waiting[key] = nil
        bytesWaiting &-= message.size
        let outcome = message.take(payload, at: segment.number)
        bytesWaiting &+= message.size
        waiting[key] = message
        switch outcome {
        case .known: return nil
        case .nothingNew, .early: return MessagePart(message, isLast: false)
        case .elsewhere:
            forget(key)
            return nil
        case .goesOn: break
        }
        guard message.mayBeWhole else {
            if message.isTooLong || bytesWaiting > Self.memoryLimit { forget(key) }
            return MessagePart(message, isLast: false)
        }
        return look(segment, &message)
    }

    /// Looks whether a message is there.
    private mutating func look(_ segment: CarryingSegment, _ message: inout WaitingMessage) -> MessagePart? {
        let key = segment.key
        output = message.bytes
        var rest: UnfinishedMessage?
        guard let kind = Self.ending(of: output, message, segment, &decoder, &bodies, &rest) else {
            // It was no message after all.
            forget(key)
            return nil
        }
        if let rest, rest.start == 0 {
            guard rest.needed <= Self.longestMessage, message.looks < WaitingMessage.maximumLooks else {
                forget(key)
                return nil
            }
            message.needed = rest.needed
            message.looks &+= 1
            waiting[key] = message
            return MessagePart(message, isLast: false)
        }
        forget(key)
        let length = message.bytes.count
        if ends.count >= Self.capacity { ends.removeAll(keepingCapacity: true) }
        ends[key] = message.next &- UInt32(truncatingIfNeeded: length &- (rest?.start ?? length))
        if let rest, rest.needed <= Self.longestMessage {
            let tail = unsafe message.bytes.span.bytes.clipped(from: rest.start, to: length)
            insert(
                key,
                WaitingMessage(
                    kind, tail, needed: rest.needed, next: message.next, place: message.place,
                    frame: segment.header.number))
        }
        return MessagePart(message, isLast: true)
    }

    /// What `bytes` end with, and in `rest` what of that goes on; nil where they begin with no message.
    private static func ending(
        of bytes: [UInt8], _ message: WaitingMessage, _ segment: CarryingSegment, _ decoder: inout PacketDecoder,
        _ bodies: inout HTTPStreams, _ rest: inout UnfinishedMessage?
    ) -> LayerKind? {
        let whole = unsafe decoder.decode(
            bytes.span.bytes, of: .tcp, application: ApplicationHint(message.kind, fromServer: false),
            header: segment.header)
        rest = whole.unfinishedMessage
        guard whole.layers.count > 1 else { return nil }
        let kind = whole.layers[whole.layers.count &- 1].kind
        if kind == .http {
            bodies.note(
                whole, after: 0, segment, number: message.next &- UInt32(truncatingIfNeeded: bytes.count))
        }
        return kind
    }
}

/// What one segment says to the messages that it brings.
struct CarryingSegment: BitwiseCopyable {
    let flow: FlowFingerprint
    /// A hash of its ports, the same for both directions.
    let place: Int
    /// Of the first byte that it carries, which comes behind a SYN.
    let number: UInt32
    let acknowledgment: UInt32
    let header: FrameHeader

    init(_ flow: FlowFingerprint, _ place: Int, _ segment: TCPHeader, _ header: FrameHeader) {
        self.flow = flow
        self.place = place
        number = segment.sequenceNumber.rawValue &+ (segment.flags.contains(.syn) ? 1 : 0)
        acknowledgment = segment.acknowledgmentNumber.rawValue
        self.header = header
    }

    /// Of the flow and its direction.
    var key: UInt64 { flow.value & ~1 | (flow.isForward ? 1 : 0) }
}

extension MessagePart {
    fileprivate init(_ message: WaitingMessage, isLast: Bool) {
        kind = message.kind
        self.isLast = isLast
        firstFrame = message.firstFrame
        segmentCount = message.segmentCount
    }
}

/// A segment that came before its turn.
private struct EarlySegment {
    /// Of a stream.
    static var maximumCount: Int { 16 }
    /// In bytes.
    static var longest: Int { 16384 }
    /// Streams whose first byte is waited for: with the others 4 MiB.
    static var maximumStreams: Int { 16 }

    let number: UInt32
    let bytes: [UInt8]
}

extension [EarlySegment] {
    /// Keeps their order; one too many, or twice, is left out.
    fileprivate mutating func insert(_ segment: EarlySegment) {
        guard count < EarlySegment.maximumCount else { return }
        let place = firstIndex { Int32(bitPattern: $0.number &- segment.number) >= 0 } ?? count
        guard place == count || self[place].number != segment.number else { return }
        insert(segment, at: place)
    }
}

/// The beginning of a message, and what came before its turn.
private struct WaitingMessage {
    /// How often more of a message may turn out to be needed: it lies in as many records.
    static var maximumLooks: Int { 64 }

    enum Outcome {
        /// The message begins in it, and no more than was there before.
        case known
        /// All of it was there before.
        case nothingNew
        /// It comes before its turn.
        case early
        /// It lies beyond the message, which lacks something.
        case elsewhere
        case goesOn
    }

    let kind: LayerKind
    private(set) var bytes: [UInt8]
    /// The number of the byte that comes next.
    private(set) var next: UInt32
    /// In bytes, at least; 0 where an empty line ends the message.
    var needed: Int
    var looks = 0
    let place, firstFrame: Int
    private(set) var segmentCount = 1
    private var early: [EarlySegment] = []
    private var earlyBytes = 0
    /// Of the bytes before the last segment's.
    private var lookedAt = 0

    init(_ kind: LayerKind, _ bytes: RawSpan, needed: Int, next: UInt32, place: Int, frame: Int) {
        self.kind = kind
        self.bytes = bytes.copied
        self.needed = needed
        self.next = next
        self.place = place
        firstFrame = frame
    }

    /// What it takes of memory, in bytes.
    var size: Int { bytes.count &+ earlyBytes &+ 256 }

    var isTooLong: Bool { bytes.count >= MessageAssembler.longestMessage }

    mutating func take(_ payload: RawSpan, at number: UInt32) -> Outcome {
        let distance = Int(Int32(bitPattern: number &- next))
        guard distance <= 0 else {
            let end = bytes.count &+ distance
            guard needed == 0 ? end < MessageAssembler.longestMessage : end < needed,
                early.count < EarlySegment.maximumCount, payload.byteCount <= MessageAssembler.longestMessage
            else { return .elsewhere }
            early.append(EarlySegment(number: number, bytes: payload.copied))
            earlyBytes &+= payload.byteCount
            return .early
        }
        guard payload.byteCount > -distance else { return -distance >= bytes.count ? .known : .nothingNew }
        lookedAt = bytes.count
        append(payload.clipped(from: -distance, to: payload.byteCount))
        while let index = early.firstIndex(where: { Int32(bitPattern: $0.number &- next) <= 0 }) {
            let piece = early.remove(at: index)
            earlyBytes &-= piece.bytes.count
            let known = Int(next &- piece.number)
            if known < piece.bytes.count {
                append(unsafe piece.bytes.span.bytes.clipped(from: known, to: piece.bytes.count))
            }
        }
        return .goesOn
    }

    private mutating func append(_ more: RawSpan) {
        bytes.reserveCapacity(bytes.count &+ more.byteCount)
        for index in 0..<more.byteCount { bytes.append(more.byte(at: index)) }
        next &+= UInt32(truncatingIfNeeded: more.byteCount)
        segmentCount &+= 1
    }

    /// Whether it is worth a look.
    var mayBeWhole: Bool {
        if needed > 0 { return bytes.count >= needed }
        // An empty line: two line feeds, maybe with a carriage return between them.
        for index in max(1, lookedAt &- 2)..<max(1, bytes.count) where bytes[index] == 0x0a {
            if bytes[index &- 1] == 0x0a { return true }
            if index > 1, bytes[index &- 1] == 0x0d, bytes[index &- 2] == 0x0a { return true }
        }
        return false
    }
}

extension RawSpan {
    fileprivate var copied: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}

extension Packet {
    /// The segment that carries the innermost layers; nil where they are no application's, or those of a quoted packet
    /// or a fragment.
    public var segmentIndex: Int? {
        var index = layers.count &- 1
        while index >= 0 {
            let layer = layers[index]
            switch layer.kind {
            case .tcp: return layer.traits.isDisjoint(with: [.quoted, .fragment]) ? index : nil
            case .dns, .http, .tls, .greeting: index &-= 1
            default: return nil
            }
        }
        return nil
    }

    /// Without the layers that a segment carries.
    public var segment: Packet {
        @_lifetime(copy self)
        get {
            guard let segmentIndex else { return self }
            return Packet(frame: frame, layers: layers.extracting(first: segmentIndex &+ 1), fault: nil)
        }
    }
}
