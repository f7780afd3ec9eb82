/// The requests of one host that may still be answered: what each one's reply is held against.
struct EchoWindow: Sendable {
    /// As many as sequence numbers can tell apart.
    static let limit = 65_536
    /// A request younger than this is not forgotten while there is room to grow, in nanoseconds.
    private static let youth: Int64 = 60_000_000_000

    struct Request: Sendable {
        /// From 1 on, not wrapped.
        var number = 0
        /// Monotonic, in nanoseconds.
        var sentAt: Int64 = 0
        /// Whether the kernel said when it went out.
        var isStamped = false
        var replies = 0
        /// Answered by an error, or never sent.
        var hasFailed = false

        var isSettled: Bool { replies > 0 || hasFailed }
    }

    private var ring = [Request](repeating: Request(), count: 64)
    private(set) var last = 0
    /// Requests that nothing has settled.
    private(set) var unsettled = 0

    mutating func add(at time: Int64) -> Int {
        last += 1
        let old = ring[last % ring.count]
        if old.number > 0, time - old.sentAt < Self.youth, ring.count < Self.limit { grow() }
        ring[last % ring.count] = Request(number: last, sentAt: time)
        unsettled += 1
        return last
    }

    private mutating func grow() {
        var larger = [Request](repeating: Request(), count: ring.count * 2)
        for request in ring where request.number > 0 { larger[request.number % larger.count] = request }
        ring = larger
    }

    /// The newest request with this sequence number; nil when none that is remembered has it.
    func number(ofSequence sequence: UInt16) -> Int? {
        let behind = Int(UInt16(truncatingIfNeeded: last) &- sequence)
        let number = last - behind
        return number > 0 && ring[number % ring.count].number == number ? number : nil
    }

    subscript(number: Int) -> Request { ring[number % ring.count] }

    /// Changes a request that is remembered.
    mutating func update(_ number: Int, _ body: (inout Request) -> Void) {
        let slot = number % ring.count
        guard ring[slot].number == number else { return }
        let wasSettled = ring[slot].isSettled
        body(&ring[slot])
        if !wasSettled && ring[slot].isSettled { unsettled -= 1 }
    }
}
