import Conversations
import PacketDecoding

/// Bytes that were sent in the place of others that had come first.
struct StreamConflict {
    let place: StreamPlace
    let length: Int
    /// What was sent; empty where nobody asks for it.
    let bytes: [UInt8]
}

/// How far the two sides of a conversation have been shown, and what is to be said where they go on: a conflict is known
/// as soon as the bytes are there, which may be long before they are in order.
struct StreamProgress {
    private struct Side {
        /// Offset of the first byte that has not been shown.
        var shown = 0
        /// By their offsets.
        var waiting: [StreamConflict] = []

        /// Of the other side.
        var reversed: Side {
            Side(
                shown: shown,
                waiting: waiting.map { StreamConflict(place: $0.place.reversed, length: $0.length, bytes: $0.bytes) })
        }
    }

    /// Conflicts that wait; further ones are told at once.
    private static var maximumWaiting: Int { 256 }

    private var client = Side()
    private var server = Side()

    /// Client and server change places.
    mutating func swapRoles() {
        (client, server) = (server.reversed, client.reversed)
    }

    private subscript(side: ConversationSide) -> Side {
        get { side == .client ? client : server }
        _modify { if side == .client { yield &client } else { yield &server } }
    }

    func isShown(_ place: StreamPlace) -> Bool { place.offset < self[place.side].shown }

    func hasRoom(_ side: ConversationSide) -> Bool { self[side].waiting.count < Self.maximumWaiting }

    mutating func wait(_ conflict: StreamConflict) {
        let side = conflict.place.side
        let index = self[side].waiting.firstIndex { $0.place.offset > conflict.place.offset }
        self[side].waiting.insert(conflict, at: index ?? self[side].waiting.endIndex)
    }

    /// Where the next conflict that waits belongs.
    func nextConflict(_ side: ConversationSide) -> Int { self[side].waiting.first?.place.offset ?? .max }

    /// The next conflict at `offset` or before it.
    mutating func takeConflict(_ side: ConversationSide, upTo offset: Int) -> StreamConflict? {
        guard let first = self[side].waiting.first, first.place.offset <= offset else { return nil }
        return self[side].waiting.removeFirst()
    }

    mutating func show(_ side: ConversationSide, upTo offset: Int) {
        self[side].shown = max(self[side].shown, offset)
    }
}
