import Conversations
import PacketDecoding

/// What a consumer of streams was given, as text: bytes as they are, everything else in brackets.
struct StreamLog: StreamConsumer, ~Copyable {
    var client = ""
    var server = ""
    /// Both sides in the order they were given, each piece after `>` or `<`.
    var both = ""
    /// Where the pieces did not follow each other.
    var misplaced = 0
    private var ends: [StreamPlace: Int] = [:]

    private mutating func add(_ text: String, _ place: StreamPlace, length: Int = 0) {
        if place.side == .client { client += text } else { server += text }
        both += (place.side == .client ? ">" : "<") + text
        if length > 0 {
            let stream = StreamPlace(conversation: place.conversation, side: place.side)
            if place.offset != ends[stream, default: 0] { misplaced += 1 }
            ends[stream] = place.offset &+ length
        }
    }

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        let text = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        add(text, place, length: bytes.byteCount)
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        add("[\(length) \(reason)]", place, length: length)
    }

    mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) {
        add("[\(bytes.byteCount) differ]", place)
    }

    mutating func discarded(_ length: Int, at place: StreamPlace) { add("[\(length) afterFIN]", place) }

    mutating func reset(at place: StreamPlace) { add("[RST]", place) }

    mutating func end(_ ending: StreamEnding, at place: StreamPlace) { add("[\(ending)]", place) }
}

/// A segment as the reassembler is told of it.
struct StreamSegment {
    var side = ConversationSide.client
    var flags: TCPFlags = [.ack]
    var start: Int
    var bytes: [UInt8]
    /// On the wire; nil where all of it was captured.
    var length: Int?
    var acknowledgment = 1
    var phase = ConversationPhase.data
    var conversation = 0

    init(
        _ start: Int, _ text: String = "", flags: TCPFlags = [.ack], side: ConversationSide = .client, ack: Int = 1,
        length: Int? = nil, phase: ConversationPhase = .data, conversation: Int = 0
    ) {
        self.start = start
        bytes = Array(text.utf8)
        self.flags = flags
        self.side = side
        self.length = length
        acknowledgment = ack
        self.phase = phase
        self.conversation = conversation
    }

    /// The other side acknowledges everything before `number`.
    static func acknowledged(_ number: Int, by side: ConversationSide = .server) -> StreamSegment {
        StreamSegment(1, side: side, ack: number)
    }
}

extension StreamReassembler {
    mutating func observe<Consumer: StreamConsumer & ~Copyable>(
        _ segment: StreamSegment, frame: Int = 0, into consumer: inout Consumer
    ) {
        var step = ConversationStep(
            transport: .tcp, conversation: segment.conversation, side: segment.side, frame: frame, timestamp: nil)
        step.flags = segment.flags
        step.relativeSequenceNumber = segment.start
        step.relativeAcknowledgmentNumber = segment.acknowledgment
        step.payloadLength = segment.length ?? segment.bytes.count
        step.phase = segment.phase
        let bytes = segment.bytes
        unsafe observe(step, bytes.span.bytes, into: &consumer)
    }
}

/// What a reassembler makes of segments: the client's stream, or both sides.
func reassembled(_ segments: [StreamSegment], finishes: Bool = true) -> (client: String, server: String, both: String) {
    var reassembler = StreamReassembler()
    var log = StreamLog()
    for (index, segment) in segments.enumerated() { reassembler.observe(segment, frame: index + 1, into: &log) }
    if finishes { reassembler.finish(into: &log) }
    return (log.client, log.server, log.both + (log.misplaced > 0 ? "MISPLACED" : ""))
}
