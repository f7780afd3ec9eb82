/// The beginning of a message that goes on in the next segment.
@frozen public struct UnfinishedMessage: BitwiseCopyable, Hashable, Sendable {
    /// Offset of its first byte, from the start of the frame.
    public let start: Int
    /// How many bytes it takes from there on, at least, to tell more of it; 0 where no number tells, but an empty line.
    public let needed: Int

    init(start: Int, needed: Int) {
        self.start = start
        self.needed = needed
    }
}

extension Packet {
    /// What goes on after the innermost layer (``LayerTraits/continues``); nil where that is nothing.
    public var unfinishedMessage: UnfinishedMessage? {
        guard layers.count > 0 else { return nil }
        let index = layers.count &- 1
        let layer = layers[index]
        guard layer.traits.contains(.continues) else { return nil }
        let bytes = headerBytes(at: index)
        switch layer.kind {
        case .tls:
            guard let message = TLS.unfinished(in: bytes) else { return nil }
            return UnfinishedMessage(start: layer.offset &+ message.start, needed: message.needed)
        case .dns:
            let needed = bytes.byteCount >= 2 ? 2 &+ Int(bytes.uint16(at: 0)) : 2
            return UnfinishedMessage(start: layer.offset, needed: needed)
        case .http: return UnfinishedMessage(start: layer.offset, needed: 0)
        default: return nil
        }
    }
}
