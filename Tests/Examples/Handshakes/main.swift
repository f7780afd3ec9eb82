import Conversations
import PacketCapture

// Prints how long the TCP handshakes of a savefile took.
do {
    for try await conversation in Savefile(CommandLine.arguments[1]).conversations() {
        guard let time = conversation.handshakeTime else { continue }
        let (client, server) = (conversation.key.client, conversation.key.server)
        print("\(client) to \(server): \(Double(time) / 1e6) ms")
    }
} catch {
    print(error)
}
