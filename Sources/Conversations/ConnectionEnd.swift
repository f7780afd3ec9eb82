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
    var flight = Flight()
    var smoothed = SmoothedTime()
    /// The shortest round trip of its payload, in nanoseconds.
    var shortest = Int64.max
    /// The largest window it has offered, in bytes; negative before it has offered any.
    private var window: Int32 = -1
    /// The number of a SYN,ACK that one with another number followed, until the other end has chosen.
    var otherBase: UInt32?
    /// Of its windows; the largest there is (RFC 7323 section 2.3) where its SYN was not captured.
    private var windowShift: UInt8 = 14

    /// Notes the window of a segment it sends; that of a SYN is never scaled (RFC 7323 section 2.2).
    mutating func offer(_ size: UInt16, isSYN: Bool, shift: UInt8?) {
        if isSYN { windowShift = min(shift ?? 0, 14) }
        window = max(window, Int32(size) &<< (isSYN ? 0 : Int32(windowShift)))
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
    var tolerance: Int { window < 0 ? 1 << 30 : max(Int(window), 65535) }

    /// Whether `number` can be one that this end has come to, and the other knows of or would take.
    ///
    /// - Parameter tolerance: the other's.
    func reaches(_ number: Int, tolerance: Int) -> Bool {
        guard sent.isKnown else { return true }
        let known = acknowledged == .min ? sent.end : acknowledged
        return number >= min(sent.end, known) &- tolerance && number <= max(sent.end, known) &+ tolerance
    }
}
