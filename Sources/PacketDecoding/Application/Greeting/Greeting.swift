// The greeting protocol: a server that welcomes its clients and greets them by the names they send. There is no
// framing; over a stream a message is what one receive returns, over datagrams it is one datagram.
//
//    server                      client
//    "Welcome!"          →
//                        ←       "Michael"
//    "Hello, Michael!"   →
//                        ←       "exit"

/// One segment's or datagram's worth of the greeting protocol. It is all header: nothing follows it.
public enum Greeting {
    /// Whether `payload`, a server's first in a conversation, opens the greeting protocol.
    @inlinable
    public static func opens(_ payload: RawSpan) -> Bool { payload.starts(with: "Welcome!") }
}

extension Greeting: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let length = cursor.remaining
        let isWhole = cursor.captured == length
        try decoder.append(
            Layer(
                .greeting, at: cursor.offset, headerLength: length, end: cursor.end, traits: isWhole ? [] : .partial))
        try cursor.require(length, for: .greeting)
        return nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let payload = packet.headerBytes(at: index)
        let message = GreetingMessage(payload, fromServer: packet.layers[index].traits.contains(.fromServer))
        sink.word("message", message.kind.name)
        if message.answers > 0 {
            sink.beginList("names")
            var offset = message.kind == .welcome ? 8 : 0
            while let answer = GreetingMessage.answer(in: payload, at: offset) {
                sink.beginItem("name")
                sink.text("name", payload.extracting(answer.name))
                sink.endItem()
                offset = answer.end
            }
            sink.endList()
        } else if message.kind == .name {
            sink.text("name", payload)
        }
        if message.count > 1 { sink.number("run_together", message.count) }
        if message.endsInExit { sink.boolean("ends_in_exit", true) }
        sink.text("text", payload)
    }

    /// `greeting name "Michael"`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        let payload = packet.headerBytes(at: index)
        let message = GreetingMessage(payload, fromServer: packet.layers[index].traits.contains(.fromServer))
        sink.write("greeting ")
        if message.count > 1 {
            if message.kind == .welcome { sink.write("welcome and ") }
            sink.decimal(message.answers)
            sink.write(message.answers == 1 ? " answer run together" : " answers run together")
        } else {
            sink.write(message.kind.name)
        }
        if message.kind != .request { preview(payload, to: &sink) }
        if message.endsInExit { sink.write(" ending in \"exit\"") }
        if packet.layers[index].traits.contains(.partial) { sink.write(" [|greeting]") }
    }

    /// The beginning of `text` in quotes.
    @inlinable
    static func preview(_ text: RawSpan, to sink: inout some TextSink & ~Copyable) {
        let end = text.previewLength
        sink.write(" \"")
        sink.escaped(text.clipped(from: 0, to: end))
        sink.write("\"")
        if end < text.byteCount { sink.write("…") }
    }
}
