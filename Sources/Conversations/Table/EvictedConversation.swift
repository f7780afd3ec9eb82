/// A conversation that a full table has given up, as it was then.
public struct EvictedConversation: Sendable {
    /// Its totals, by the roles it had in the end.
    public let conversation: Conversation
    /// Client and server have changed places since its last step: better evidence had come by then.
    public let areRolesChanged: Bool
}
