import PacketDecoding

/// What is known of one end of a TCP connection.
struct ConnectionEnd: BitwiseCopyable {
    var sent = SentSequence()
    var flight = Flight()
    var smoothed = SmoothedTime()
    /// The shortest round trip of its payload, in nanoseconds.
    var shortest = Int64.max
    /// The highest relative number of this end's that the other has acknowledged.
    var acknowledged = Int.min
    /// The relative number after this end's FIN.
    var finEnd: Int?
    /// The number of a SYN,ACK that one with another number followed, until the other end has chosen.
    var otherBase: UInt32?
    /// It has sent a SYN,ACK.
    var hasAnswered = false
    /// It has sent an acknowledgment without SYN or RST.
    var hasSpoken = false
    /// The largest window it has offered, in bytes; nil before it has offered any.
    private var window: Int?
    /// Of its windows; the largest there is (RFC 7323 section 2.3) where its SYN was not captured.
    private var windowShift = 14

    /// Notes the window of a segment it sends; that of a SYN is never scaled (RFC 7323 section 2.2).
    mutating func offer(_ size: UInt16, isSYN: Bool, shift: UInt8?) {
        if isSYN { windowShift = min(Int(shift ?? 0), 14) }
        window = max(window ?? 0, Int(size) << (isSYN ? 0 : windowShift))
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
    var tolerance: Int { max(window ?? 1 << 30, 65535) }

    /// Whether `number` can be one that this end has come to, and the other knows of or would take.
    func reaches(_ number: Int, receiver: ConnectionEnd) -> Bool {
        guard sent.isKnown else { return true }
        let known = acknowledged == .min ? sent.end : acknowledged
        let tolerance = receiver.tolerance
        return number >= min(sent.end, known) &- tolerance && number <= max(sent.end, known) &+ tolerance
    }
}
