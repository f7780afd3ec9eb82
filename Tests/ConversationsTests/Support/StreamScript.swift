@testable import Conversations
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

    mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
        add("[\(length) \(reason)]", place)
    }

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
    /// Bytes of it that came for the first time.
    var new = 0
    /// What the table said of it.
    var notes: StepNotes = []

    init(
        _ start: Int, _ text: String = "", flags: TCPFlags = [.ack], side: ConversationSide = .client, ack: Int = 1,
        length: Int? = nil, phase: ConversationPhase = .data, conversation: Int = 0, notes: StepNotes = []
    ) {
        self.start = start
        bytes = Array(text.utf8)
        self.flags = flags
        self.side = side
        self.length = length
        acknowledgment = ack
        self.phase = phase
        self.conversation = conversation
        self.notes = notes
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
        step.newPayloadLength = segment.new
        step.notes = segment.notes
        step.phase = segment.phase
        let bytes = segment.bytes
        unsafe observe(step, bytes.span.bytes, into: &consumer)
    }
}

/// What is new of segments, as the table counts it.
struct NewPayload {
    private var pool = GapPool()
    private var sides: [Int: SentSequence] = [:]

    mutating func count(_ segment: inout StreamSegment) {
        guard !segment.flags.contains(.rst), !segment.notes.contains(.keepAlive) else { return }
        let side = segment.conversation * 2 + (segment.side == .client ? 0 : 1)
        let syn = segment.flags.contains(.syn) ? 1 : 0
        var sent = sides[side] ?? SentSequence()
        if !sent.isKnown {
            if syn == 1 { sent.begin(at: 0, &pool) } else { sent.beginMidstream(at: 1, &pool) }
        }
        _ = sent.capture(from: segment.start, length: syn, &pool)
        segment.new = sent.capture(
            from: segment.start + syn, length: segment.length ?? segment.bytes.count, &pool)
        sides[side] = sent
    }
}

/// What a reassembler makes of segments: the client's stream, or both sides.
func reassembled(_ segments: [StreamSegment], finishes: Bool = true) -> (client: String, server: String, both: String) {
    var reassembler = StreamReassembler()
    var log = StreamLog()
    var new = NewPayload()
    for (index, segment) in segments.enumerated() {
        var segment = segment
        new.count(&segment)
        reassembler.observe(segment, frame: index + 1, into: &log)
    }
    if finishes { reassembler.finish(into: &log) }
    return (log.client, log.server, log.both + (log.misplaced > 0 ? "MISPLACED" : ""))
}
