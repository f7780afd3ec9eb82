/// The tunnels that conversations run in, of those that run in any.
///
/// The two directions may take different ones, or only one of them a tunnel: each conversation learns them from the
/// first packet of each side.
struct TunnelBook {
    struct Entry: BitwiseCopyable {
        /// What the packets of each side came in: 0 outside of any tunnel, ``unknown`` before the first.
        var client, server: UInt64

        subscript(side: ConversationSide) -> UInt64 {
            get { side == .client ? client : server }
            set { if side == .client { client = newValue } else { server = newValue } }
        }

        /// Whether packets that are in no tunnel belong to the conversation.
        var isPartlyPlain: Bool { client == 0 || server == 0 }
    }

    /// No tunnel's number, as those are odd.
    static var unknown: UInt64 { 2 }

    private var entries: [Int: Entry] = [:]

    /// Whether no conversation runs in a tunnel.
    var isEmpty: Bool { entries.isEmpty }

    /// Nil for a conversation of which no packet came in a tunnel.
    subscript(slot: Int) -> Entry? {
        get { entries.isEmpty ? nil : entries[slot] }
        set { if newValue != nil || !entries.isEmpty { entries[slot] = newValue } }
    }
}
