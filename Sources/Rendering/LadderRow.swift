// One row of a ladder: an arrow with its words, and what is worth saying beside it.

internal import Conversations
internal import PacketDecoding

/// A step and the beginning of its payload, kept while it is not decided whether it is shown.
struct LadderRow {
    /// Bytes of payload kept.
    static let previewCapacity = 96

    let step: ConversationStep
    private var storage = InlineArray<96, UInt8>(repeating: 0)
    private var count = 0

    init(_ step: ConversationStep, preview: RawSpan) {
        self.step = step
        count = min(preview.byteCount, Self.previewCapacity)
        for index in 0..<count { storage[index] = preview.byte(at: index) }
    }

    var preview: RawSpan {
        @_lifetime(borrow self)
        get { storage.span.extracting(first: count).raw }
    }

    /// Whether the payload goes on beyond the preview.
    var previewIsCut: Bool {
        step.notes.contains(.icmpError) ? count == Self.previewCapacity : step.payloadLength > count
    }
}

extension ByteBuffer {
    /// The words on a row's arrow, in at most `room` columns: `PSH s1+8 "Welcome!"`.
    mutating func ladderLabel(_ row: LadderRow, room: Int, _ layout: LadderLayout) {
        let step = row.step
        if step.notes.contains(.icmpError) {
            return preview(of: row, columns: room, layout)
        }
        switch step.transport {
        case .tcp: segment(step, isRoomy: room >= 40)
        case .udp: byteSize(step.payloadLength)
        }
        // A preview of fewer than three characters says nothing.
        let left = room - bytes.columns - 3
        guard step.payloadLength > 0, left >= 3 else { return }
        write(" \"")
        preview(of: row, columns: left, layout)
        write("\"")
    }

    private mutating func segment(_ step: ConversationStep, isRoomy: Bool) {
        flags(step.flags)
        let tellsSequence = step.payloadLength > 0 || !step.flags.isDisjoint(with: [.syn, .fin, .rst])
        if tellsSequence {
            write(" s")
            decimal(step.relativeSequenceNumber)
        }
        if step.payloadLength > 0 {
            write("+")
            decimal(step.payloadLength)
        }
        // Beside data the acknowledgment number is the first to make room for the payload.
        if step.flags.contains(.ack) && (isRoomy || step.payloadLength == 0 || step.flags.contains(.fin)) {
            write(" a")
            decimal(step.relativeAcknowledgmentNumber)
        }
        if step.flags.contains(.syn) && (isRoomy || !step.flags.contains(.ack)) {
            write(" w")
            decimal(step.window)
            if let size = step.maximumSegmentSize {
                write(" mss")
                decimal(size)
            }
        }
    }

    private static let flagNames: [(flag: TCPFlags, name: StaticString)] = [
        (.syn, "SYN"), (.fin, "FIN"), (.rst, "RST"), (.psh, "PSH"), (.urg, "URG"), (.ece, "ECE"), (.cwr, "CWR"),
        (.ae, "AE"),
    ]

    /// Flag names; ACK only beside SYN and where there is no other, since nearly every segment has it.
    private mutating func flags(_ flags: TCPFlags) {
        var needsComma = false
        for (flag, name) in Self.flagNames where flags.contains(flag) {
            if needsComma { write(",") }
            write(name)
            needsComma = true
            if flag == .syn && flags.contains(.ack) { write(",ACK") }
        }
        if !needsComma { write(flags.contains(.ack) ? "ACK" : "none") }
    }

    private mutating func preview(of row: LadderRow, columns: Int, _ layout: LadderLayout) {
        let start = count
        let (_, whole) = escaped(row.preview, columns: columns, asciiOnly: layout.usesASCII)
        guard !whole || row.previewIsCut else { return }
        truncate(to: start)
        let (_, fits) = escaped(
            row.preview, columns: columns - layout.ellipsisColumns, asciiOnly: layout.usesASCII)
        if !fits || row.previewIsCut { write(layout.ellipsis) }
    }
}

/// What is said at the right of a row.
enum LadderRemark {
    case handshake(Int64), serverTook(Int64), roundTrip(Int64), delayedAcknowledgment(Int64)
    case retransmission, refused, reset, halfClosed, zeroWindow

    var isWarning: Bool {
        switch self {
        case .retransmission, .refused, .reset, .zeroWindow: true
        case .handshake, .serverTook, .roundTrip, .delayedAcknowledgment, .halfClosed: false
        }
    }

    /// - Parameter handshakeTime: of the row's conversation, where it is known.
    static func all(of step: ConversationStep, handshakeTime: Int64?) -> [LadderRemark] {
        var remarks: [LadderRemark] = []
        if step.notes.contains(.icmpError) { return remarks }
        if step.notes.contains(.retransmission) { remarks.append(.retransmission) }
        if step.notes.contains(.refused) {
            remarks.append(.refused)
        } else if step.flags.contains(.rst) {
            remarks.append(.reset)
        }
        if let time = step.handshakeTime {
            remarks.append(.handshake(time))
        } else if let time = step.roundTripTime, step.payloadLength == 0, step.flags == .ack {
            // Delayed acknowledgments wait 40 ms and more (RFC 9293 section 3.8.6.3 allows 500 ms); the path's own
            // share is known from the handshake.
            let isDelayed = time >= 35_000_000 && handshakeTime.map { time / 2 > $0 } ?? false
            remarks.append(isDelayed ? .delayedAcknowledgment(time) : .roundTrip(time))
        }
        if let time = step.responseTime, step.side == .server { remarks.append(.serverTook(time)) }
        if step.notes.contains(.halfClosedData) { remarks.append(.halfClosed) }
        if step.transport == .tcp && step.window == 0 && !step.flags.contains(.rst) { remarks.append(.zeroWindow) }
        return remarks
    }
}

extension ByteBuffer {
    mutating func write(_ remark: LadderRemark) {
        switch remark {
        case .handshake(let time):
            write("handshake ")
            duration(time)
        case .serverTook(let time):
            write("server took ")
            duration(time)
        case .roundTrip(let time):
            write("RTT ")
            duration(time)
        case .delayedAcknowledgment(let time):
            write("delayed ACK ")
            duration(time)
        case .retransmission: write("retransmission")
        case .refused: write("connection refused")
        case .reset: write("reset")
        case .halfClosed: write("half-closed")
        case .zeroWindow: write("zero window")
        }
    }
}
