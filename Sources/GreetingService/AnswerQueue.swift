import Sockets

/// The answers that datagrams wait for. Peers take turns, and nobody's datagrams take the others' places.
///
/// A peer is an address and a port. It may have 64 answers here, and fewer when space runs short: no more than a
/// sixteenth of what is free, but always one (dynamic thresholds: Choudhury and Hahne, IEEE/ACM Transactions on
/// Networking 6(2), 1998). All together have 4096, at about 1 KiB each.
struct AnswerQueue {
    private struct Peer {
        /// By time; those due at the same time in the order they came in.
        var answers: [(message: [UInt8], due: ContinuousClock.Instant)] = []
        /// How many of them are due.
        var dueCount = 0
    }

    static let maximumCount = 4096
    static let maximumCountOfPeer = 64

    private(set) var count = 0
    private var peers: [SocketAddress: Peer] = [:]
    /// An entry for each answer that is not due yet.
    private var schedule = DeadlineQueue<SocketAddress>()
    /// Peers with an answer that is due, each once, from `turn` on.
    private var turns: [SocketAddress] = []
    private var turn = 0

    /// When there is something to send: the past, where there is already.
    var deadline: ContinuousClock.Instant? {
        guard turn < turns.count else { return schedule.next }
        return peers[turns[turn]]?.answers.first?.due
    }

    /// Whether one more answer for the peer has a place.
    func hasPlace(for peer: SocketAddress) -> Bool {
        let free = Self.maximumCount - count
        let limit = min(Self.maximumCountOfPeer, max(1, free / 16))
        return free > 0 && (peers[peer]?.answers.count ?? 0) < limit
    }

    /// Keeps an answer that has a place; one that is due sooner than those before it goes before them.
    mutating func insert(_ message: [UInt8], for peer: SocketAddress, at due: ContinuousClock.Instant) {
        count += 1
        schedule.insert(peer, at: due)
        let answers = peers[peer]?.answers ?? []
        let index = answers.lastIndex { $0.due <= due }.map { $0 + 1 } ?? 0
        peers[peer, default: Peer()].answers.insert((message, due), at: index)
    }

    /// The answer whose turn it is, if one is due; it stays until ``removeNext()``.
    mutating func next(at now: ContinuousClock.Instant) -> (message: [UInt8], peer: SocketAddress)? {
        while let peer = schedule.popDue(at: now) {
            if peers[peer]?.dueCount == 0 { turns.append(peer) }
            peers[peer]?.dueCount += 1
        }
        guard turn < turns.count else { return nil }
        let peer = turns[turn]
        return peers[peer]?.answers.first.map { ($0.message, peer) }
    }

    /// Takes out what ``next(at:)`` gave: the next peer has its turn.
    mutating func removeNext() {
        guard turn < turns.count else { return }
        let peer = turns[turn]
        turn += 1
        count -= 1
        peers[peer]?.answers.removeFirst()
        peers[peer]?.dueCount -= 1
        if peers[peer]?.dueCount ?? 0 > 0 { turns.append(peer) }
        if peers[peer]?.answers.isEmpty == true { peers[peer] = nil }
        if turn >= 64 && turn >= turns.count / 2 {
            turns.removeFirst(turn)
            turn = 0
        }
    }
}
