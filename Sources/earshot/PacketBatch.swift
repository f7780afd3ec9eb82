import Conversations
import PacketDecoding
import Rendering

/// Decoded packets that outlive their source's memory: their bytes, layers and comments lie one behind the other in
/// memory that is used again for the next ones.
struct PacketBatch: ~Copyable {
    private struct Entry {
        let header: FrameHeader
        let bytes, layers, comments: Range<Int>
        let fault: DecodeError?
        let bases: SegmentBases?
    }

    private var entries: [Entry] = []
    private var bytes = ByteBuffer(capacity: 1 << 18)
    private var layers: [Layer] = []
    private var comments: [Range<Int>] = []

    var isEmpty: Bool { entries.isEmpty }

    /// Enough that handing it to another thread costs a packet next to nothing, and few enough for a core's cache.
    var isFull: Bool { entries.count >= 512 || bytes.count >= 1 << 18 }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll()
        layers.removeAll(keepingCapacity: true)
        comments.removeAll(keepingCapacity: true)
    }

    mutating func append(_ packet: Packet, _ bases: SegmentBases?) {
        let frame = packet.frame
        let firstLayer = layers.count
        for index in packet.layers.indices { layers.append(packet.layers[index]) }
        let firstComment = comments.count
        for index in 0..<frame.comments.count { comments.append(store(frame.comments[index])) }
        entries.append(
            Entry(
                header: frame.header, bytes: store(frame.bytes), layers: firstLayer..<layers.count,
                comments: firstComment..<comments.count, fault: packet.fault, bases: bases))
    }

    private mutating func store(_ span: RawSpan) -> Range<Int> {
        let start = bytes.count
        bytes.append(span)
        return start..<bytes.count
    }

    /// Hands the packets to `body`, in their order.
    func forEach<Failure: Error>(_ body: (Packet, SegmentBases?) throws(Failure) -> Void) throws(Failure) {
        let memory = bytes.bytes
        for index in entries.indices {
            let entry = entries[index]
            let frame = Frame(
                memory.extracting(entry.bytes), header: entry.header,
                comments: FrameComments(comments.span.extracting(entry.comments), in: memory))
            try body(
                Packet(frame: frame, layers: layers.span.extracting(entry.layers), fault: entry.fault), entry.bases)
        }
    }
}
