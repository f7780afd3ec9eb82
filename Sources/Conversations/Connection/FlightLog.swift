import PacketDecoding

/// One end's payload on its way, as a chain through the ``FlightLog``.
struct Flight: BitwiseCopyable {
    /// Position of the first segment in the log; negative where nothing is on its way.
    fileprivate var first = -1
    fileprivate var last = -1
    /// Relative sequence number up to which payload was sent more than once, so that nobody can tell which copy
    /// an acknowledgment is for (Karn's algorithm, RFC 6298 section 3).
    fileprivate var ambiguousEnd = Int.min

    /// Payload before relative sequence number `end` was sent again.
    mutating func resent(before end: Int) { ambiguousEnd = max(ambiguousEnd, end) }
}

/// When the segments that no one has acknowledged yet were sent: one bounded log for all conversations. The
/// oldest are overwritten; the conversation that misses them times nothing until it sends anew.
struct FlightLog {
    private struct Segment: BitwiseCopyable {
        /// The relative sequence number after its payload.
        var end: Int
        var sent: Timestamp?
        var frame: Int
        /// Position of the next segment of the same end, once there is one.
        var next: Int
    }

    private let capacity: Int
    private var segments: [Segment] = []
    /// Positions count on for ever; position p lies at index p modulo the capacity.
    private var written = 0

    /// - Parameter capacity: segments, a power of two.
    init(capacity: Int = 65536) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0)
        self.capacity = capacity
    }

    private func index(_ position: Int) -> Int { position & (capacity &- 1) }

    private func isKept(_ position: Int) -> Bool { position >= 0 && position >= written &- capacity }

    /// Notes payload that was sent for the first time, in order.
    mutating func append(end: Int, sent: Timestamp?, frame: Int, to flight: inout Flight) {
        let segment = Segment(end: end, sent: sent, frame: frame, next: -1)
        let position = written
        if segments.count < capacity { segments.append(segment) } else { segments[index(position)] = segment }
        written &+= 1
        // A chain that lost its first segment is given up: what it led to can't be found any more.
        if isKept(flight.first) {
            segments[index(flight.last)].next = position
        } else {
            flight.first = position
        }
        flight.last = position
    }

    /// Takes what was sent before relative sequence number `end` out of the flight.
    ///
    /// - Returns: the frame of the last of it, and when that was sent; nil where that is not known or not certain.
    mutating func acknowledge(before end: Int, in flight: inout Flight) -> (frame: Int, sent: Timestamp?)? {
        var sent: (frame: Int, sent: Timestamp?)?
        while isKept(flight.first) {
            let segment = segments[index(flight.first)]
            guard segment.end <= end else { break }
            sent = segment.end > flight.ambiguousEnd ? (segment.frame, segment.sent) : nil
            flight.first = flight.first == flight.last ? -1 : segment.next
        }
        return sent
    }
}

/// What the ends of all conversations share: when the segments on their way were sent, and which numbers were skipped.
struct TransmissionLog {
    var flights: FlightLog
    var gaps = GapPool()

    init(capacity: Int = 65536) { flights = FlightLog(capacity: capacity) }
}
