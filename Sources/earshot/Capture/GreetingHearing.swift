import Conversations
import GreetingService
import PacketDecoding
import Rendering

/// Draws one greeting as it happens and keeps account of what was heard of it.
struct GreetingHearing: PacketConsumer, ~Copyable {
    private let transport: Transport
    private var ladders: LiveLadders
    private var account = GreetingAccount()

    init(_ options: LadderOptions, ports: PortMap, transport: GreetingTransport) {
        self.transport = transport == .tcp ? .tcp : .udp
        ladders = LiveLadders(options, ports: ports, interface: "lo")
    }

    mutating func consume(_ frame: Frame) throws(Failure) {
        try ladders.draw(frame) { step, payload in
            // Another client of the same port is drawn, but it is not the one that is told about.
            if step.conversation == 0 { account.hear(step, payload: payload) }
        }
    }

    mutating func tick(dropped: Int) throws(Failure) { try ladders.tick(dropped: dropped) }

    mutating func pause() throws(Failure) { try ladders.pause() }

    mutating func finish() throws(Failure) { try ladders.finish() }

    /// Says what was heard and lost; whether it was all of the greeting.
    func verdict(captured: Int, dropped: Int) throws(Failure) -> Bool {
        guard let conversation = ladders.firstConversation(transport) else { return false }
        let verdict = GreetingVerdict(
            account, of: conversation, names: GreetingClient.defaultNames.count, captured: captured, dropped: dropped)
        var output = Output()
        output.buffer.write("\n")
        verdict.write(to: &output.buffer)
        try output.flush()
        return verdict.isGood
    }
}
