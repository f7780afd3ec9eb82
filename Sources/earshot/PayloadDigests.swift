import Conversations
import Crypto
import PacketDecoding
import Rendering

/// The SHA-256 of what each side of TCP conversations said.
///
/// Bytes that were acknowledged but not captured, or cut, count as gaps and are no part of the digest. Nothing behind
/// a hole that nobody acknowledged is: that it arrived is not known.
struct PayloadDigests: StreamConsumer, ~Copyable {
    private struct Side {
        var hash: SHA256?
        var payload = StreamPayload()
        var isBroken = false

        mutating func finish() {
            guard let hash else { return }
            payload.digest = Array(hash.finalize())
            self.hash = nil
        }
    }

    /// By number and side: 2 n is the client of conversation n.
    private var sides: [Int: Side] = [:]

    /// What a side said; nothing where it said nothing.
    func payload(_ conversation: Int, _ side: ConversationSide) -> StreamPayload {
        guard var found = sides[Self.key(conversation, side)] else { return StreamPayload() }
        found.finish()
        return found.payload
    }

    private static func key(_ conversation: Int, _ side: ConversationSide) -> Int {
        conversation &* 2 &+ (side == .client ? 0 : 1)
    }

    mutating func data(_ bytes: RawSpan, at place: StreamPlace) {
        let key = Self.key(place.conversation, place.side)
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe Self.add(buffer, to: &sides[key, default: Side()])
        }
    }

    private static func add(_ bytes: UnsafeRawBufferPointer, to side: inout Side) {
        guard !side.isBroken else { return }
        if side.hash == nil && side.payload.bytes == 0 { side.hash = SHA256() }
        unsafe side.hash?.update(bufferPointer: bytes)
        side.payload.bytes &+= bytes.count
    }

    mutating func gap(_ length: Int, _ reason: StreamGapReason, at place: StreamPlace) {
        let key = Self.key(place.conversation, place.side)
        if reason == .unacknowledged {
            sides[key]?.isBroken = true
        } else if sides[key]?.isBroken != true {
            sides[key, default: Side()].payload.gaps &+= 1
            sides[key, default: Side()].payload.gapBytes &+= length
        }
    }

    mutating func end(_ ending: StreamEnding, at place: StreamPlace) {
        sides[Self.key(place.conversation, place.side)]?.finish()
    }
}
