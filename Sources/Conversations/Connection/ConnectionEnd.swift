import PacketDecoding

/// What is known of one end of a TCP connection.
struct ConnectionEnd: BitwiseCopyable {
    var sent = SentSequence()
    /// It has sent a SYN,ACK.
    var hasAnswered = false
    /// It has sent an acknowledgment without SYN or RST.
    var hasSpoken = false
    /// The highest relative number of this end's that the other has acknowledged.
    var acknowledged = Int.min
    /// The relative number after this end's FIN; out of reach before that.
    var finEnd = Int.max
    /// It knows nothing of this connection any more: a SYN of its begins another, even with the same number.
    var isGone = false
    var flight = Flight()
    var smoothed = SmoothedTime()
    /// The shortest round trip of its payload, in nanoseconds.
    var shortest = Int64.max
    /// The relative number after what its SYN carried (RFC 7413), or after that.
    var openingEnd = 1
    /// The window it offers, in bytes, and the largest it has offered; negative before it has offered any.
    private(set) var window: Int32 = -1
    private var largestWindow: Int32 = -1
    /// The relative number after the byte of its last zero-window probe.
    var probeEnd = Int.min
    /// What its last segment was, where that asks for an answer that has nothing new.
    var request = Request.none
    /// The number of a SYN,ACK that one with another number followed, until the other end has chosen.
    var otherBase: UInt32?

    /// Notes the window of a segment it sends; that of a SYN is never scaled (RFC 7323 section 2.2).
    ///
    /// - Parameter shift: as ``WiresharkDirection/shift``.
    mutating func offer(_ size: UInt16, isSYN: Bool, shift: Int8) {
        // The largest shift there is (RFC 7323 section 2.3), where its SYN was not captured.
        window = Int32(size) &<< (isSYN ? 0 : shift == -1 ? 14 : Int32(max(0, shift)))
        largestWindow = max(largestWindow, window)
    }

    enum Request: UInt8, BitwiseCopyable {
        case none, keepAlive, zeroWindowProbe
        /// A RST that the other end challenges.
        case challengedReset
    }

    /// Takes up the first of two SYN,ACKs where the connection goes on with its next number.
    mutating func choose(_ next: UInt32, _ gaps: inout GapPool) {
        guard let otherBase, next == otherBase &+ 1 else { return }
        sent.begin(at: otherBase, &gaps)
        _ = sent.capture(from: 0, length: 1, &gaps)
        self.otherBase = nil
    }

    /// How far from what is known of the other end's numbers this one still takes a segment of them to be. A
    /// capture may lack segments, and windows change on their way: more than this end takes itself.
    var tolerance: Int { largestWindow < 0 ? 1 << 30 : max(Int(largestWindow), 65535) }

    /// Whether `number` is one that this end has left so far behind that no window reaches back to it.
    func isPast(_ number: Int, tolerance: Int) -> Bool {
        sent.isKnown && number < min(sent.end, acknowledged == .min ? sent.end : acknowledged) &- tolerance
    }

    /// Whether `number` can be one that this end has come to, and the other knows of or would take.
    ///
    /// - Parameter tolerance: the other's.
    func reaches(_ number: Int, tolerance: Int) -> Bool {
        guard sent.isKnown else { return true }
        let known = acknowledged == .min ? sent.end : acknowledged
        return number >= min(sent.end, known) &- tolerance && number <= max(sent.end, known) &+ tolerance
    }
}
