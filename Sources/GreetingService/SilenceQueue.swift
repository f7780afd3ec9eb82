/// Who has been silent for how long, the longest first. A client is in it once; every operation takes the same time,
/// however many there are.
struct SilenceQueue {
    private struct Link {
        let since: ContinuousClock.Instant
        var longer: UInt64?
        var shorter: UInt64?
    }

    private var links: [UInt64: Link] = [:]
    private var first: UInt64?
    private var last: UInt64?

    /// The client that has been silent for longest, and since when.
    var longest: (client: UInt64, since: ContinuousClock.Instant)? {
        first.flatMap { client in links[client].map { (client, $0.since) } }
    }

    func contains(_ client: UInt64) -> Bool { links[client] != nil }

    /// Puts a client behind all others, wherever it was before.
    ///
    /// - Parameter now: not before that of an earlier call.
    mutating func insert(_ client: UInt64, at now: ContinuousClock.Instant) {
        remove(client)
        links[client] = Link(since: now, longer: last)
        if let last { links[last]?.shorter = client } else { first = client }
        last = client
    }

    mutating func remove(_ client: UInt64) {
        guard let link = links.removeValue(forKey: client) else { return }
        if let longer = link.longer { links[longer]?.shorter = link.shorter } else { first = link.shorter }
        if let shorter = link.shorter { links[shorter]?.longer = link.longer } else { last = link.longer }
    }
}
