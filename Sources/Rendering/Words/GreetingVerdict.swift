public import Conversations
import PacketDecoding

/// Whether a greeting was heard whole, point by point: what `earshot demo` ends with.
public struct GreetingVerdict: Sendable {
    private let account: GreetingAccount
    private let conversation: Conversation
    private let names: Int
    private let captured: Int
    private let dropped: Int

    /// - Parameters:
    ///   - names: how many the client sent.
    ///   - captured: packets delivered.
    ///   - dropped: packets that the kernel had to drop.
    public init(_ account: GreetingAccount, of conversation: Conversation, names: Int, captured: Int, dropped: Int) {
        self.account = account
        self.conversation = conversation
        self.names = names
        self.captured = captured
        self.dropped = dropped
    }

    private var hasConnection: Bool { conversation.key.transport == .tcp }

    /// Whether nothing was missing.
    public var isGood: Bool {
        account.isComplete(names: names) && dropped == 0
            && (!hasConnection || (conversation.handshakeTime != nil && conversation.outcome == .closed))
    }

    public func write(to buffer: inout ByteBuffer) {
        if hasConnection {
            row("handshake", isGood: conversation.handshakeTime != nil, to: &buffer)
            if let time = conversation.handshakeTime {
                buffer.write("heard, ")
                buffer.milliseconds(time)
                buffer.write(" ms\n")
            } else {
                buffer.write("not heard\n")
            }
        }
        row("messages", isGood: account.isComplete(names: names), to: &buffer)
        buffer.write(account.hasWelcome ? "welcome, " : "no welcome, ")
        buffer.decimal(account.names)
        buffer.write(account.names == 1 ? " name, " : " names, ")
        buffer.decimal(account.answers)
        buffer.write(account.answers == 1 ? " answer, " : " answers, ")
        buffer.write(account.hasExit ? "exit\n" : "no exit\n")
        if hasConnection {
            row("teardown", isGood: conversation.outcome == .closed, to: &buffer)
            buffer.write(conversation.outcome == .closed ? "heard, both ends closed\n" : "not heard to its end\n")
        }
        row("packets", isGood: dropped == 0, to: &buffer)
        buffer.decimal(captured)
        buffer.write(" captured, ")
        buffer.decimal(dropped)
        buffer.write(" lost\n")
    }

    private func row(_ title: StaticString, isGood: Bool, to buffer: inout ByteBuffer) {
        buffer.write(isGood ? "ok       " : "missing  ")
        buffer.write(title)
        for _ in title.utf8CodeUnitCount..<11 { buffer.write(" ") }
    }
}
