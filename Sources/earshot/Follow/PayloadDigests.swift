import Conversations
import Crypto
import Host
import Rendering

/// The SHA-256 of what each side of TCP conversations said.
///
/// Bytes that were acknowledged but not captured, or cut, count as gaps and are no part of the digest. What lies behind
/// a hole that nobody acknowledged is no part of it either: whether its receiver got that far is not known. Where the
/// other side was not captured at all that says nothing, and it counts.
///
/// Of each side, ``SideTotals/bytes`` is the sum of `bytes`, `snappedBytes`, `unacknowledged` and `leftOut`.
struct PayloadDigests: ~Copyable {
    private let overflow = HeldBytesFile()
    private var streams: StreamReassembler
    private var sides = Sides()

    /// - Parameter capacity: conversations with payload followed at a time.
    init(capacity: Int) {
        streams = StreamReassembler(capacity: capacity, comparisonLimit: 0, overflow: overflow)
    }

    /// Why bytes that were captured are missing.
    var failure: HostError? { overflow.failure }

    /// - Parameter payload: what was captured of the step's payload.
    mutating func observe(_ step: ConversationStep, _ payload: RawSpan) {
        if step.notes.contains(.rolesChanged) { swapRoles(step.conversation) }
        streams.observe(step, payload, into: &sides)
    }

    /// Client and server of a conversation change places.
    mutating func swapRoles(_ conversation: Int) { sides.swapRoles(conversation) }

    mutating func finish() { streams.finish(into: &sides) }

    /// What a side said; nil where too many other conversations had payload to keep up with.
    func payload(_ conversation: Int, _ side: ConversationSide) -> StreamPayload? {
        guard let found = sides[conversation, side] else { return StreamPayload() }
        return found.isIncomplete ? nil : found.payload
    }

    /// Forgets a conversation that its table has given up.
    mutating func remove(_ conversation: Int) {
        // What it holds comes now, lest it comes later.
        streams.finish(conversation, into: &sides)
        sides.remove(conversation)
    }
}

extension PayloadDigests {
    fileprivate struct Side {
        private enum Digest {
            case running(SHA256)
            case done(SHA256.Digest)
        }

        private var digest: Digest?
        private var counts = StreamPayload()
        /// A hole that nobody acknowledged has come.
        private var isBroken = false
        /// Where the last gap ends.
        private var gapEnd = -1
        /// The stream was given up before its end.
        var isIncomplete = false

        var payload: StreamPayload {
            var payload = counts
            switch digest {
            case .running(let hash): payload.digest = Array(hash.finalize())
            case .done(let digest): payload.digest = Array(digest)
            case nil: break
            }
            return payload
        }

        mutating func add(_ bytes: RawSpan) {
            guard !isBroken else { return counts.unacknowledged &+= bytes.byteCount }
            var hash: SHA256
            switch digest {
            case .running(let running): hash = running
            case nil: hash = SHA256()
            case .done: return
            }
            // Let go of, lest updating copies it.
            digest = nil
            unsafe bytes.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
            digest = .running(hash)
            counts.bytes &+= bytes.byteCount
        }

        mutating func addGap(_ length: Int, _ reason: StreamGapReason, at offset: Int) {
            if reason == .unacknowledged { isBroken = true }
            guard !isBroken else {
                if reason == .snapped { counts.unacknowledged &+= length }
                return
            }
            // Bytes may be missing for one reason, and those behind them for another: it is one run.
            if offset != gapEnd { counts.gaps &+= 1 }
            gapEnd = offset &+ length
            counts.gapBytes &+= length
            if reason == .snapped { counts.snappedBytes &+= length }
        }

        mutating func leaveOut(_ length: Int) { counts.leftOut &+= length }

        /// Takes 32 bytes from here on.
        mutating func finish() {
            if case .running(let hash) = digest { digest = .done(hash.finalize()) }
        }
    }

    /// Those that said something.
    fileprivate struct Sides: StreamConsumer, ~Copyable {
        /// By number and side: 2 n is the client of conversation n.
        private var sides: [Int: Side] = [:]

        subscript(conversation: Int, side: ConversationSide) -> Side? { sides[Self.key(conversation, side)] }

        private static func key(_ conversation: Int, _ side: ConversationSide) -> Int {
            conversation &* 2 &+ (side == .client ? 0 : 1)
        }

        mutating func swapRoles(_ conversation: Int) {
            let client = sides[Self.key(conversation, .client)]
            sides[Self.key(conversation, .client)] = sides[Self.key(conversation, .server)]
            sides[Self.key(conversation, .server)] = client
        }

        mutating func remove(_ conversation: Int) {
            sides[Self.key(conversation, .client)] = nil
            sides[Self.key(conversation, .server)] = nil
        }

        mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
            sides[Self.key(place.conversation, place.side), default: Side()].add(bytes)
        }

        mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
            sides[Self.key(place.conversation, place.side), default: Side()].addGap(
                length, reason, at: place.offset)
        }

        mutating func discarded(_ length: Int, _ reason: StreamDiscardReason, at place: StreamPlace) {
            sides[Self.key(place.conversation, place.side), default: Side()].leaveOut(length)
        }

        mutating func end(_ ending: StreamEnding, at place: StreamPlace) {
            let key = Self.key(place.conversation, place.side)
            sides[key]?.finish()
            if ending == .evicted { sides[key, default: Side()].isIncomplete = true }
        }
    }
}
