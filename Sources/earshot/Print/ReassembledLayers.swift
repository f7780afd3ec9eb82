import Conversations
import PacketDecoding
import Rendering

/// What `-v` shows below a fragment that completes its datagram.
struct ReassembledLayers: ~Copyable {
    private var reassembler = IPReassembler()
    private var decoder: PacketDecoder

    init(ports: PortMap) { decoder = PacketDecoder(ports: ports) }

    mutating func write(after packet: Packet, showsBytes: Bool, to buffer: inout ByteBuffer) {
        guard packet.isFragment, let whole = reassembler.add(packet) else { return }
        buffer.reassembledTree(whole, decoder.decode(whole.frame), showsBytes: showsBytes)
    }
}
