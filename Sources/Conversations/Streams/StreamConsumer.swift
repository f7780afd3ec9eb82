public import PacketDecoding

/// Where in a stream something is, and when it could be said.
@frozen public struct StreamPlace: BitwiseCopyable, Hashable, Sendable {
    /// The number of the TCP conversation.
    public var conversation: Int
    /// Whose bytes they are.
    public var side: ConversationSide
    /// Of the first byte that is meant, counted from the first byte of the stream, or the first that was captured of
    /// it; bytes that are missing count too.
    public var offset: Int
    /// The frame with which everything before was there: not always the one that brought the bytes.
    public var frame: Int
    /// Of that frame.
    public var timestamp: Timestamp?

    public init(
        conversation: Int, side: ConversationSide, offset: Int = 0, frame: Int = 0, timestamp: Timestamp? = nil
    ) {
        self.conversation = conversation
        self.side = side
        self.offset = offset
        self.frame = frame
        self.timestamp = timestamp
    }

    /// The same place of the other side.
    public var reversed: StreamPlace {
        var place = self
        place.side = side.other
        return place
    }
}

/// Why bytes of a stream are missing.
@frozen public enum StreamGapReason: UInt8, BitwiseCopyable, Hashable, Sendable {
    /// The other side acknowledged bytes of which no segment was captured.
    case notCaptured
    /// Their segment was captured, but the snapshot length cut it.
    case snapped
    /// They had not come when there was no more room for what lay behind them.
    case memory
    /// They had not come when the capture or the connection ended, and nobody acknowledged them or what follows.
    case unacknowledged
    /// They had not come when the capture ended, of which all is one side's: whether the other got them is not known.
    case oneWay
}

/// Why bytes that were captured are left out of a stream.
@frozen public enum StreamDiscardReason: UInt8, BitwiseCopyable, Hashable, Sendable {
    /// They lie behind their sender's FIN, and nobody acknowledged them (RFC 9293 section 3.10.7.4).
    case afterFIN
    /// They lie before the first byte of the stream: in a capture that began later than the connection, those behind
    /// them came first.
    case beforeFirst
    /// They came after a gap had been told in their place.
    case late
    /// They lie further ahead of what was acknowledged than any window reaches (RFC 7323 section 2.3): no receiver takes
    /// them.
    case outOfWindow
}

/// How a stream ends.
@frozen public enum StreamEnding: UInt8, BitwiseCopyable, Hashable, Sendable {
    /// All up to the FIN is there, or said to be missing.
    case finished
    /// A RST ended the connection.
    case reset
    /// The capture ended first.
    case open
    /// The conversation was given up because too many others have begun since.
    case evicted
}

/// Takes the bytes of TCP streams in order.
///
/// For each side of a conversation it is given, piece by piece and without overlap, all of its stream: bytes and gaps.
/// Offsets go on from piece to piece.
public protocol StreamConsumer: ~Copyable {
    /// The next bytes of a stream, at least one. They are borrowed, often from the frame itself.
    mutating func data(_ bytes: RawSpan, at place: StreamPlace)
    /// The next `length` bytes of a stream are missing, at least one. A gap goes as far as bytes are missing for the same
    /// reason: it is told when the next byte is there.
    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace)
    /// From `place` on `bytes` were sent where others had come before, and not the same all of them: those that came
    /// first count.
    ///
    /// Of what was handed on only the last is kept to compare with
    /// (``StreamReassembler/init(memoryLimit:capacity:comparisonLimit:)``).
    mutating func conflict(_ bytes: RawSpan, at place: StreamPlace)
    /// `length` bytes that were captured are no part of the stream. Those before its first byte have a negative offset.
    mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace)
    /// The side sent a RST, the first of the connection. What the streams go on with had been sent before that was
    /// known, and its receiver drops it (RFC 9293 section 3.10.7.1).
    mutating func reset(at place: StreamPlace)
    /// Nothing comes any more of this stream.
    mutating func end(_ ending: StreamEnding, at place: StreamPlace)
}

extension StreamConsumer where Self: ~Copyable {
    public mutating func conflict(_ bytes: RawSpan, at place: StreamPlace) {}
    public mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {}
    public mutating func reset(at place: StreamPlace) {}
    public mutating func end(_ ending: StreamEnding, at place: StreamPlace) {}
}
