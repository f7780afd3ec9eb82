// What a datagram was in one piece, below the fragment that completed it.

public import Conversations
public import PacketDecoding

extension ByteBuffer {
    /// A line about the datagram, and every field of the layers above its IP header (`-v`). Their offsets count from
    /// the start of that header.
    ///
    /// - Parameters:
    ///   - packet: `whole`, decoded.
    ///   - showsBytes: adds each layer's header bytes in hexadecimal (`-vv`).
    public mutating func reassembledTree(_ whole: Reassembled, _ packet: Packet, showsBytes: Bool = false) {
        write("    reassembled from ")
        decimal(whole.fragmentCount)
        write(" fragments, ")
        decimal(whole.payloadLength)
        write(" bytes")
        if whole.hasOverlap { write(", which overlap: their receiver discards them (RFC 8200 section 4.5)") }
        if whole.hasConflict { write(", where they overlapped their bytes differed") }
        write("\n")
        verboseTree(packet, from: whole.headerLength, showsBytes: showsBytes)
    }
}
