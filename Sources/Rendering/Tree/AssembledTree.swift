// What a message was in one piece, below the segment that completed it.

public import Conversations
public import PacketDecoding

/// The layers of a message that lay in several segments.
public struct AssembledMessage: ~Escapable {
    /// What the segment is to it.
    public let part: MessagePart
    /// The message, decoded: an empty TCP layer, and what it carries. Only that layer where the message goes on.
    public let packet: Packet

    /// - Parameter packet: as ``PacketDecoder/decode(_:of:application:header:)`` gives it.
    @_lifetime(copy packet)
    public init(_ part: MessagePart, _ packet: Packet) {
        self.part = part
        self.packet = packet
    }
}

extension ByteBuffer {
    /// A line about the message, and every field of its layers (`-v`). Their offsets count from its first byte.
    ///
    /// - Parameter showsBytes: adds each layer's header bytes in hexadecimal (`-vv`).
    public mutating func assembledTree(_ message: AssembledMessage, showsBytes: Bool = false) {
        let part = message.part
        write(part.isLast ? "    reassembled from " : "    part of a message that goes on, segment ")
        decimal(part.segmentCount)
        if part.isLast {
            write(" segments, ")
            decimal(message.packet.frame.bytes.byteCount)
            write(" bytes, the first in frame ")
        } else {
            write(", the first in frame ")
        }
        decimal(part.firstFrame)
        write("\n")
        guard part.isLast else { return }
        verboseTree(message.packet, fromLayer: 1, showsBytes: showsBytes)
    }
}
