import PacketDecoding

/// Follows the bodies of HTTP/1 messages over segments (RFC 9112 section 6.3): what lies in one is no message, whatever
/// it begins with, and the next message begins where it ends.
///
/// It remembers the latest conversations, one for each place of a table; what it has forgotten is told by its bytes.
struct HTTPStreams {
    private static var capacity: Int { 1024 }

    /// None until the first message of HTTP.
    private var conversations: [HTTPConversation] = []

    var isEmpty: Bool { conversations.isEmpty }

    private static func slot(_ flow: FlowFingerprint) -> Int { Int(flow.value >> 20) & (capacity &- 1) }

    /// A connection begins anew.
    mutating func forget(_ flow: FlowFingerprint) {
        guard !conversations.isEmpty else { return }
        let slot = Self.slot(flow)
        if conversations[slot].fingerprint == flow.value { conversations[slot].restart() }
    }

    /// How many bytes at the beginning of a segment's payload belong to a message before it.
    ///
    /// - Parameters:
    ///   - number: of its first byte.
    ///   - transport: index of the layer that carries it.
    ///   - length: of the payload on the wire.
    ///   - seemsHTTP: whether its bytes alone look like a message of HTTP.
    mutating func follow(
        _ flow: FlowFingerprint, _ number: UInt32, _ packet: Packet, _ transport: Int, length: Int, seemsHTTP: Bool
    ) -> Int {
        let slot = Self.slot(flow)
        guard !conversations.isEmpty, conversations[slot].fingerprint == flow.value else { return 0 }
        return flow.isForward
            ? conversations[slot].forward.follow(number, packet, transport, length: length, seemsHTTP: seemsHTTP)
            : conversations[slot].backward.follow(number, packet, transport, length: length, seemsHTTP: seemsHTTP)
    }

    /// Notes the messages of a segment, or of several put together.
    ///
    /// - Parameters:
    ///   - transport: index of the layer that carries them.
    ///   - segment: the last.
    ///   - number: of the first byte that the layer carries.
    mutating func note(_ packet: Packet, after transport: Int, _ segment: CarryingSegment, number: UInt32) {
        let flow = segment.flow
        if conversations.isEmpty {
            conversations = Array(repeating: HTTPConversation(), count: Self.capacity)
        }
        let slot = Self.slot(flow)
        if conversations[slot].fingerprint != flow.value {
            conversations[slot] = HTTPConversation(flow.value)
        }
        let origin = packet.layers[transport].payloadOffset
        for index in transport &+ 1..<packet.layers.count {
            let layer = packet.layers[index]
            guard layer.kind == .http, layer.traits.isDisjoint(with: [.continues, .partial]) else { continue }
            let end = number &+ UInt32(truncatingIfNeeded: layer.end &- origin)
            conversations[slot].note(
                packet, index, isForward: flow.isForward, end: end, segment.acknowledgment)
        }
    }
}

private struct HTTPConversation: BitwiseCopyable {
    /// 0 where nothing is remembered.
    let fingerprint: UInt64
    var forward = HTTPSide()
    var backward = HTTPSide()
    /// Which requests wait for their answer, as far as it matters.
    private var asked: RequestKinds = []
    /// Whether the latest message was an answer: the next request begins a new turn.
    private var wasAnswered = false

    init(_ fingerprint: UInt64 = 0) { self.fingerprint = fingerprint }

    mutating func restart() { self = HTTPConversation(fingerprint) }

    /// Notes one message of the side that sent it.
    mutating func note(_ packet: Packet, _ index: Int, isForward: Bool, end: UInt32, _ acknowledgment: UInt32) {
        guard isForward ? forward.isNews(end) : backward.isNews(end) else { return }
        // A start line has more than four bytes.
        let word = packet.frame.bytes.uint32(at: packet.layers[index].offset)
        let isAnswer = word == RawSpan.http
        if !isAnswer {
            if wasAnswered { asked = [] }
            wasAnswered = false
            asked.insert(RequestKinds(word))
        }
        var side = HTTPSide(next: end)
        // Most messages end where they begin.
        if isAnswer || packet.layers[index].traits.contains(.bodyContinues), let outline = packet.httpOutline(at: index)
        {
            let start = end &- UInt32(truncatingIfNeeded: outline.bodyLength)
            if let status = outline.status, status >= 200 { wasAnswered = true }
            if outline.status == 101 {
                // What both say from here on is no HTTP (RFC 9110 section 7.8).
                side = HTTPSide(next: start, isUpgraded: true)
                let other = HTTPSide(next: acknowledgment, isUpgraded: true)
                if isForward { backward = other } else { forward = other }
            } else if outline.status != nil, asked == .head {
                side = HTTPSide(next: start)
            } else if let status = outline.status, (200...299).contains(status), asked == .connect {
                side = HTTPSide(next: start)
            } else if let rest = outline.rest {
                // Where the requests are not known, or of several kinds, it may answer HEAD.
                let mayBeNone = outline.status != nil && outline.bodyLength == 0 && asked != .other
                side = HTTPSide(next: end, start: start, rest, mayBeNone: mayBeNone && !outline.isAboutHTTP)
            }
        }
        if isForward { forward = side } else { backward = side }
    }
}

/// What kinds of requests one message can answer.
private struct RequestKinds: OptionSet, BitwiseCopyable {
    let rawValue: UInt8

    static var other: RequestKinds { RequestKinds(rawValue: 1) }
    static var head: RequestKinds { RequestKinds(rawValue: 2) }
    static var connect: RequestKinds { RequestKinds(rawValue: 4) }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// - Parameter word: the first four bytes of the request.
    init(_ word: UInt32) {
        switch word {
        case 0x4845_4144: self = .head
        case 0x434f_4e4e: self = .connect
        default: self = .other
        }
    }
}

/// How far the messages of one direction were followed.
private struct HTTPSide: BitwiseCopyable {
    /// The number of the last body's first byte, and of the byte that comes next.
    private var start, next: UInt32
    /// What is left of the body; nil between messages.
    private var rest: HTTPBody?
    /// Whether there may be no body, though the headers tell its length: the response to HEAD (RFC 9110 section 9.3.2).
    private var mayBeNone = false
    private let isUpgraded, isKnown: Bool

    init() {
        (start, next, rest, isUpgraded, isKnown) = (0, 0, nil, false, false)
    }

    /// Between messages, or behind the last one.
    init(next: UInt32, isUpgraded: Bool = false) {
        (start, self.next, rest, self.isUpgraded, isKnown) = (next, next, nil, isUpgraded, true)
    }

    init(next: UInt32, start: UInt32, _ rest: HTTPBody, mayBeNone: Bool) {
        (self.start, self.next, self.rest, isUpgraded, isKnown) = (start, next, rest, false, true)
        self.mayBeNone = mayBeNone
    }

    /// Whether a message that ends at `end` was not followed before.
    func isNews(_ end: UInt32) -> Bool { !isKnown || !isUpgraded && Int32(bitPattern: end &- next) > 0 }

    /// How many bytes of the payload, from its first on, belong to the body.
    mutating func follow(
        _ number: UInt32, _ packet: Packet, _ transport: Int, length: Int, seemsHTTP: Bool
    ) -> Int {
        guard isKnown, Int32(bitPattern: number &- start) >= 0 else { return 0 }
        if isUpgraded { return seemsHTTP ? length : 0 }
        let distance = Int(Int32(bitPattern: number &- next))
        // All of it came before.
        if length <= -distance { return length }
        guard rest != nil else { return max(0, -distance) }
        if mayBeNone, distance == 0, seemsHTTP, packet.payload(at: transport).isHTTPResponse {
            rest = nil
            return 0
        }
        mayBeNone = false
        if distance > 0 { skip(distance, to: number) }
        let from = max(0, -distance)
        // Only chunks are read.
        if case .bytes(let left)? = rest, left > UInt64(length &- from) {
            rest = .bytes(left &- UInt64(length &- from))
            next = number &+ UInt32(truncatingIfNeeded: length)
            return length
        }
        let end = rest?.take(packet.payload(at: transport), from: from, length: length &- from)
        next = number &+ UInt32(truncatingIfNeeded: end ?? length)
        switch rest {
        case nil, .lost:
            rest = nil
            return from
        default: break
        }
        if end != nil { rest = nil }
        return end ?? length
    }

    /// Bytes of the stream are missing before `number`.
    private mutating func skip(_ count: Int, to number: UInt32) {
        switch rest {
        case .bytes(let left) where left > count: rest = .bytes(left &- UInt64(count))
        case .untilClose: break
        default:
            // The body may end among them.
            rest = nil
            start = number
        }
    }
}

extension RawSpan {
    /// `HTTP`, with which a response begins.
    fileprivate static var http: UInt32 { 0x4854_5450 }

    fileprivate var isHTTPResponse: Bool { byteCount >= 4 && uint32(at: 0) == Self.http }
}
