import PacketDecoding

/// What the segments of one direction have shown, as far as judging the next ones takes it.
///
/// Numbers are those on the wire. As in Wireshark, 0 stands for one that is not known: where a connection comes to
/// exactly that number, an observation is lost and none invented.
struct WiresharkDirection: BitwiseCopyable {
    /// The initial sequence number, or what stands for it.
    var base: UInt32 = 0
    /// The number after the highest that was sent.
    var next: UInt32 = 0
    /// Up to where nothing is missing: what can be acknowledged.
    var complete: UInt32 = 0
    /// Of the last segment.
    var acknowledgment: UInt32 = 0
    /// Duplicate ACKs in a row; more than there can be once the other direction acknowledged what was not captured.
    var duplicates: UInt32 = 0
    /// When ``next`` was sent last, in nanoseconds since 1970; 0 where nothing tells.
    var advanced: Int64 = 0
    /// When the last segment was sent.
    var last: Int64 = 0
    /// Of the last segment, as in its header; negative before there was one.
    var window: Int32 = -1
    /// Of the windows: -1 is unknown, -2 none.
    var shift: Int8 = -1
    var isBased = false
    /// The last segment had an acknowledgment.
    var hasAcknowledged = false
    /// It has sent its SYN, and no ACK since: its windows are not scaled yet.
    var hasOnlyOpened = false
    var endedWithKeepAlive = false
    var endedWithProbe = false

    static var afterLostACK: UInt32 { .max }

    /// The window of its last segment, in bytes; nil where its scaling is not known, and before there was one.
    var scaledWindow: Int? {
        guard shift != -1, window >= 0 else { return nil }
        return Int(window) << (hasOnlyOpened ? 0 : max(0, Int(shift)))
    }

    /// Whether a SYN has another number than what was sent so far, and so begins another connection.
    func isReplaced(by sequence: UInt32) -> Bool { isBased && sequence != base }
}

/// One segment, as far as its place among the others goes.
struct TracedSegment {
    let flags: TCPFlags
    let sequence: UInt32
    let acknowledgment: UInt32
    let window: UInt16
    let length: Int
    /// Nanoseconds since 1970; 0 where the record has no time.
    let time: Int64

    init(_ header: SegmentHeader, length: Int, time: Timestamp?) {
        flags = header.flags
        sequence = header.sequenceNumber.rawValue
        acknowledgment = header.acknowledgmentNumber.rawValue
        window = header.window
        self.length = length
        self.time = time?.rawValue ?? 0
    }

    /// After its payload.
    var payloadEnd: UInt32 { sequence &+ UInt32(truncatingIfNeeded: length) }
    /// With SYN or FIN: after that.
    var end: UInt32 { payloadEnd &+ (isMark ? 1 : 0) }
    var isMark: Bool { !flags.isDisjoint(with: [.syn, .fin]) }
    /// Neither opens nor ends the connection.
    var isPlain: Bool { flags.isDisjoint(with: [.syn, .fin, .rst]) }
    var isSYN: Bool { flags.contains(.syn) && !flags.contains(.ack) }
    var isSYNACK: Bool { flags.isSuperset(of: [.syn, .ack]) }
    /// An ACK that is not a SYN,ACK.
    var isAcknowledgment: Bool { flags.contains(.ack) && !flags.contains(.syn) }
}

extension UInt32 {
    /// Whether a sequence number comes after another, modulo 2^32; of two that are 2^31 apart both do.
    func follows(_ other: UInt32) -> Bool { Int32(truncatingIfNeeded: other &- self) < 0 }
    /// Whether it comes before another.
    func precedes(_ other: UInt32) -> Bool { Int32(truncatingIfNeeded: self &- other) < 0 }
}
