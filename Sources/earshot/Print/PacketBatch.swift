import Conversations
import PacketDecoding
import Rendering

/// Packets that outlive their source's memory, on their way from one thread's hands to another's: their bytes, layers
/// and comments lie one behind the other in memory that is used again for the next ones.
struct PacketBatch: ~Copyable {
    private struct Entry {
        let header: FrameHeader
        let bytes, comments: Range<Int>
        var layers = 0..<0
        var fault: DecodeError?
        var context = PacketContext()
        /// Of ``texts``: what is written of a datagram that the packet completes.
        var text = 0..<0
        /// Of ``messages``: the bytes of the message that it completes.
        var message = 0..<0
    }

    /// What the times of the batch count from, where they count from an earlier packet's.
    var timeReference: Timestamp?
    private var entries: [Entry] = []
    private var bytes = ByteBuffer(capacity: 1 << 17)
    private var layers: [Layer] = []
    private var comments: [Range<Int>] = []
    private var texts = ByteBuffer()
    private var messages = ByteBuffer()

    var isEmpty: Bool { entries.isEmpty }

    /// Enough that handing it to another thread costs a packet next to nothing, and few enough for a core's cache.
    var isFull: Bool { entries.count >= 512 || bytes.count >= 1 << 17 }

    /// Whether a packet is in it whose text may be too much to hold.
    var isLarge: Bool { bytes.count >= 1 << 20 }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll()
        layers.removeAll(keepingCapacity: true)
        comments.removeAll(keepingCapacity: true)
        texts.removeAll()
        messages.removeAll()
    }

    mutating func append(_ frame: Frame) {
        let firstComment = comments.count
        for index in 0..<frame.comments.count { comments.append(store(frame.comments[index])) }
        entries.append(
            Entry(header: frame.header, bytes: store(frame.bytes), comments: firstComment..<comments.count))
    }

    private mutating func store(_ span: RawSpan) -> Range<Int> {
        let start = bytes.count
        bytes.append(span)
        return start..<bytes.count
    }

    /// Decodes each packet by itself.
    mutating func decode(with decoder: inout PacketDecoder) {
        Self.decode(&entries, &layers, bytes, comments, &decoder)
    }

    /// Adds what only the packets before tell, which must all have been looked at.
    ///
    /// - Parameter decoder: for the packets that conversations tell more of than their bytes do.
    mutating func recognize(with flows: inout FlowKnowledge, _ decoder: inout PacketDecoder) {
        Self.recognize(&entries, &layers, bytes, comments, &messages, &flows, &decoder)
    }

    /// Writes of the datagrams that fragments complete.
    mutating func reassemble(with reassembled: inout ReassembledLayers, showsBytes: Bool) {
        Self.reassemble(&entries, layers, bytes, comments, &texts, &reassembled, showsBytes: showsBytes)
    }

    // The compiler takes a span of one property for one of all: the others are changed by functions of their own.

    private static func decode(
        _ entries: inout [Entry], _ layers: inout [Layer], _ bytes: borrowing ByteBuffer, _ comments: [Range<Int>],
        _ decoder: inout PacketDecoder
    ) {
        for index in entries.indices {
            let frame = frame(entries[index], bytes.bytes, comments.span)
            note(decoder.decode(frame), &entries[index], &layers)
        }
    }

    private static func recognize(
        _ entries: inout [Entry], _ layers: inout [Layer], _ bytes: borrowing ByteBuffer, _ comments: [Range<Int>],
        _ messages: inout ByteBuffer, _ flows: inout FlowKnowledge, _ decoder: inout PacketDecoder
    ) {
        for index in entries.indices {
            let frame = frame(entries[index], bytes.bytes, comments.span)
            var context = flows.look(up: packet(entries[index], frame, layers.span))
            if let hint = context.hint {
                let again = decoder.decode(frame, application: hint)
                flows.add(again, &context)
                note(again, &entries[index], &layers)
            }
            entries[index].context = context
            if context.message?.isLast == true {
                let start = messages.count
                messages.append(flows.message)
                entries[index].message = start..<messages.count
            }
        }
    }

    private static func reassemble(
        _ entries: inout [Entry], _ layers: [Layer], _ bytes: borrowing ByteBuffer, _ comments: [Range<Int>],
        _ texts: inout ByteBuffer, _ reassembled: inout ReassembledLayers, showsBytes: Bool
    ) {
        for index in entries.indices {
            let start = texts.count
            let frame = frame(entries[index], bytes.bytes, comments.span)
            reassembled.write(after: packet(entries[index], frame, layers.span), showsBytes: showsBytes, to: &texts)
            entries[index].text = start..<texts.count
        }
    }

    /// Hands the packets to `body`, in their order.
    ///
    /// - Parameter body: takes also what the packets before tell of it, the message that it completes, and what is written
    ///   of the datagram that it completes.
    func forEach<Failure: Error>(
        _ body: (Packet, PacketContext, RawSpan, RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        for index in entries.indices {
            let entry = entries[index]
            let frame = Self.frame(entry, bytes.bytes, comments.span)
            try body(
                Self.packet(entry, frame, layers.span), entry.context, messages.bytes.extracting(entry.message),
                texts.bytes.extracting(entry.text))
        }
    }

    @_lifetime(copy memory, copy comments)
    private static func frame(_ entry: Entry, _ memory: RawSpan, _ comments: Span<Range<Int>>) -> Frame {
        Frame(
            memory.extracting(entry.bytes), header: entry.header,
            comments: FrameComments(comments.extracting(entry.comments), in: memory))
    }

    @_lifetime(copy frame, copy layers)
    private static func packet(_ entry: Entry, _ frame: Frame, _ layers: Span<Layer>) -> Packet {
        Packet(frame: frame, layers: layers.extracting(entry.layers), fault: entry.fault)
    }

    private static func note(_ packet: Packet, _ entry: inout Entry, _ layers: inout [Layer]) {
        let start = layers.count
        for index in packet.layers.indices { layers.append(packet.layers[index]) }
        entry.layers = start..<layers.count
        entry.fault = packet.fault
    }
}
