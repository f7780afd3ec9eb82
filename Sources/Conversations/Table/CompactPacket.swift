import PacketDecoding

/// All that a conversation takes from one of its first packets, where that is little: those that never get further, as
/// in a flood, are kept as no more than this.
struct CompactPacket: BitwiseCopyable {
    /// Packets that a conversation rests with, at most.
    static var maximumCount: Int { 2 }

    let frame: Int
    private let rawTime: Int64
    private let rawPayloadLength: UInt32
    private let sequence, acknowledgment: UInt32
    private let window: UInt16
    private let flags: UInt16
    private let rawMaximumSegmentSize: UInt16
    private let headerLength: UInt8
    private let rawWindowShift: UInt8
    /// What its payload is.
    let application: LayerKind?
    private var has: Traits

    private struct Traits: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let time = Traits(rawValue: 1 << 0)
        static let maximumSegmentSize = Traits(rawValue: 1 << 1)
        static let windowShift = Traits(rawValue: 1 << 2)
        static let mark = Traits(rawValue: 1 << 3)
        static let replacing = Traits(rawValue: 1 << 4)
        static let server = Traits(rawValue: 1 << 5)
        static let copy = Traits(rawValue: 1 << 6)

        init(rawValue: UInt8) { self.rawValue = rawValue }

        init(from side: ConversationSide, _ time: Timestamp?) {
            rawValue =
                (time == nil ? 0 : Self.time.rawValue) | (side == .server ? Self.server.rawValue : 0)
        }
    }

    /// Before there is one.
    static var none: CompactPacket { CompactPacket() }

    private init() {
        (frame, rawTime, rawPayloadLength, sequence, acknowledgment) = (0, 0, 0, 0, 0)
        (window, flags, rawMaximumSegmentSize, headerLength, rawWindowShift) = (0, 0, 0, 0, 0)
        application = nil
        has = []
    }

    /// Of a segment; nil where there is more to it.
    init?(_ facts: SegmentFacts, from side: ConversationSide, _ application: LayerKind?, isReplacing: Bool) {
        guard !facts.isFragment, facts.holes?.count ?? 0 == 0, let length = UInt32(exactly: facts.payloadLength) else {
            return nil
        }
        frame = facts.frame
        rawTime = facts.time?.rawValue ?? 0
        rawPayloadLength = length
        sequence = facts.header.sequenceNumber.rawValue
        acknowledgment = facts.header.acknowledgmentNumber.rawValue
        window = facts.header.window
        flags = facts.header.flags.rawValue
        rawMaximumSegmentSize = facts.maximumSegmentSize ?? 0
        headerLength = UInt8(truncatingIfNeeded: facts.header.headerLength)
        rawWindowShift = facts.windowShift ?? 0
        self.application = application
        var has = Traits(from: side, facts.time)
        if facts.maximumSegmentSize != nil { has.insert(.maximumSegmentSize) }
        if facts.windowShift != nil { has.insert(.windowShift) }
        if facts.isMarked { has.insert(.mark) }
        if isReplacing { has.insert(.replacing) }
        if facts.isCopy { has.insert(.copy) }
        self.has = has
    }

    /// Of a datagram.
    ///
    /// - Parameter length: of its payload.
    init?(
        _ header: FrameHeader, length: Int, from side: ConversationSide, _ application: LayerKind?, isCopy: Bool = false
    ) {
        guard let length = UInt32(exactly: length) else { return nil }
        frame = header.number
        rawTime = header.timestamp?.rawValue ?? 0
        rawPayloadLength = length
        (sequence, acknowledgment, window, flags) = (0, 0, 0, 0)
        (rawMaximumSegmentSize, headerLength, rawWindowShift) = (0, 0, 0)
        self.application = application
        var has = Traits(from: side, header.timestamp)
        if isCopy { has.insert(.copy) }
        self.has = has
    }

    /// Its sender was taken for the other side.
    mutating func swapRoles() { has.formSymmetricDifference(.server) }

    /// The SYN that begins a connection, and nothing else.
    var isOpening: Bool { TCPFlags(rawValue: flags).intersection([.syn, .ack, .fin, .rst]) == .syn }
    var side: ConversationSide { has.contains(.server) ? .server : .client }
    var time: Timestamp? { has.contains(.time) ? Timestamp(rawValue: rawTime) : nil }
    /// On the wire, in bytes.
    var payloadLength: Int { Int(rawPayloadLength) }
    var isCopy: Bool { has.contains(.copy) }
    /// It began a connection between ports that had one before.
    var isReplacing: Bool { has.contains(.replacing) }

    /// Of a segment.
    var facts: SegmentFacts {
        SegmentFacts(
            header: SegmentHeader(
                sequenceNumber: SequenceNumber(sequence), acknowledgmentNumber: SequenceNumber(acknowledgment),
                flags: TCPFlags(rawValue: flags), window: window, headerLength: Int(headerLength), isSound: true),
            frame: frame, time: time, payloadLength: payloadLength, isFragment: false, isMarked: has.contains(.mark),
            maximumSegmentSize: has.contains(.maximumSegmentSize) ? rawMaximumSegmentSize : nil,
            windowShift: has.contains(.windowShift) ? rawWindowShift : nil, holes: nil, isCopy: isCopy)
    }
}
