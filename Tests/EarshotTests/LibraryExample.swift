import Conversations
import PacketCapture
import PacketDecoding

/// Prints how long each TCP handshake of a savefile took.
func printHandshakes(of path: String) throws {
    var savefile = try SavefileReader(path: path)
    var decoder = PacketDecoder()
    var conversations = ConversationTable()
    while let frame = try savefile.next() {
        guard let step = conversations.observe(decoder.decode(frame)), let time = step.handshakeTime else { continue }
        print("conversation \(step.conversation): \(Double(time) / 1e6) ms")
    }
}
