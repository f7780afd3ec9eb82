// A frame as one line of JSON (RFC 8259, JSON Lines). Fixtures/schema/frame.schema.json describes it.

internal import Conversations
public import PacketDecoding

extension ByteBuffer {
    /// One line: what is known of the frame, every field of every layer, and why the decoding stopped, if it did.
    ///
    /// - Parameter message: what the segment completes, or is part of. Its layers follow the segment's; their offsets
    ///   count from the message's first byte.
    public mutating func jsonRecord(_ packet: Packet, message: AssembledMessage? = nil) {
        var writer = JSONWriter(self)
        writer.beginObject()
        writer.frame(packet.frame)
        writer.beginList("layers")
        for index in 0..<packet.layers.count {
            writer.beginObject()
            writer.layer(packet.layers[index], fault: packet.fault)
            packet.describe(index, to: &writer)
            writer.endObject()
        }
        var fault = packet.fault
        if let message {
            writer.layers(of: message)
            fault = fault ?? message.packet.fault
        }
        writer.endList()
        if let fault { writer.fault(fault) }
        writer.endObject()
        self = writer.finish()
        write("\n")
    }

    /// Text off the wire inside a JSON string: printable UTF-8 as it is, anything that could act on a terminal or a
    /// reader as `\uNNNN`, a byte that is not UTF-8 as the replacement character U+FFFD.
    mutating func jsonEscaped(_ bytes: RawSpan) {
        var offset = 0
        while offset < bytes.byteCount {
            let plain = bytes.plainASCIICount(from: offset)
            if plain > 0 {
                append(bytes.clipped(from: offset, to: offset &+ plain))
                offset &+= plain
                continue
            }
            let unit = EscapedCharacter(in: bytes, at: offset)
            switch unit.form {
            case .plain, .short: write(unit)
            case .byte(let value): jsonEscape(value < 0x80 ? UInt16(value) : 0xfffd)
            case .scalar(let value):
                if let scalar = Unicode.Scalar(value) {
                    for codeUnit in scalar.utf16 { jsonEscape(codeUnit) }
                }
            }
            offset &+= unit.length
        }
    }

    private mutating func jsonEscape(_ codeUnit: UInt16) {
        write("\\u")
        hex(UInt64(codeUnit), digits: 4)
    }
}

/// Fields as members of JSON objects.
private struct JSONWriter: ~Copyable {
    private var buffer: ByteBuffer
    /// Whether the innermost open object or array has an element already.
    private var needsComma = false

    init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

    consuming func finish() -> ByteBuffer { buffer }

    mutating func beginObject() {
        separate()
        buffer.write("{")
        needsComma = false
    }

    mutating func endObject() {
        buffer.write("}")
        needsComma = true
    }

    mutating func frame(_ frame: Frame) {
        number("frame", frame.header.number)
        begin("timestamp")
        if let timestamp = frame.header.timestamp {
            buffer.write("\"")
            buffer.seconds(timestamp.rawValue, .nanoseconds)
            buffer.write("\"")
        } else {
            buffer.write("null")
        }
        number("captured_length", frame.capturedLength)
        number("original_length", frame.header.statedLength)
        number("link_type", frame.header.linkType.rawValue)
        if let interface = frame.header.interface { number("interface_id", interface) }
        guard frame.comments.count > 0 else { return }
        beginList("comments")
        for index in 0..<frame.comments.count {
            separate()
            string(frame.comments[index])
        }
        endList()
    }

    /// What every layer has, and how its header ended too early, if it did.
    mutating func layer(_ layer: Layer, fault: DecodeError?) {
        word("layer", layer.kind.name)
        number("offset", layer.offset)
        if layer.traits.contains(.quoted) { boolean("quoted", true) }
        guard layer.traits.contains(.partial) else { return }
        if case .truncated? = fault?.reason {
            word("incomplete", "truncated")
        } else {
            word("incomplete", "malformed")
        }
    }

    /// The layers of a message that lay in several segments.
    mutating func layers(of message: AssembledMessage) {
        let packet = message.packet
        for index in 1..<max(1, packet.layers.count) {
            beginObject()
            layer(packet.layers[index], fault: packet.fault)
            number("first_frame", message.part.firstFrame)
            number("segment_count", message.part.segmentCount)
            packet.describe(index, to: &self)
            endObject()
        }
    }

    mutating func fault(_ fault: DecodeError) {
        begin("fault")
        needsComma = false
        beginObject()
        word("layer", fault.layer.name)
        number("offset", fault.offset)
        switch fault.reason {
        case .truncated(let needed, let captured):
            word("reason", "truncated")
            number("needed", needed)
            number("captured", captured)
        case .tooShort(let needed, let available):
            word("reason", "too_short")
            number("needed", needed)
            number("available", available)
        case .badLength(let value):
            word("reason", "bad_length")
            number("value", value)
        case .badVersion(let value):
            word("reason", "bad_version")
            number("value", value)
        case .badValue(let value):
            word("reason", "bad_value")
            number("value", value)
        case .tooDeep: word("reason", "too_deep")
        }
        endObject()
    }

    private mutating func separate() {
        if needsComma { buffer.write(",") }
        needsComma = true
    }

    /// A member's name, which is ours and needs no escape.
    private mutating func begin(_ name: StaticString) { unsafe buffer.take(begin(name, room: 0)) }

    /// Puts a member's name at the buffer's tail.
    ///
    /// - Parameter room: how many bytes may be put behind it.
    @unsafe @inline(__always)
    private mutating func begin(_ name: StaticString, room: Int) -> UncheckedWriter {
        var tail = unsafe buffer.tail(for: name.utf8CodeUnitCount &+ 4 &+ room)
        if needsComma { tail.put(UInt8(ascii: ",")) }
        needsComma = true
        tail.put(UInt8(ascii: "\""))
        tail.put(name)
        tail.put("\":")
        return tail
    }

    private mutating func string(_ text: RawSpan) {
        buffer.write("\"")
        buffer.jsonEscaped(text)
        buffer.write("\"")
    }
}

extension ByteBuffer {
    /// A word of ours in quotes.
    fileprivate mutating func quoted(_ word: StaticString) {
        var tail = unsafe tail(for: word.utf8CodeUnitCount &+ 2)
        tail.put(UInt8(ascii: "\""))
        tail.put(word)
        tail.put(UInt8(ascii: "\""))
        unsafe take(tail)
    }
}

extension JSONWriter: FieldSink {
    mutating func number(_ name: StaticString, _ value: UInt64, meaning: StaticString?) {
        var tail = unsafe begin(name, room: 20)
        tail.decimal(value)
        unsafe buffer.take(tail)
    }

    mutating func hexNumber(_ name: StaticString, _ value: UInt64, digits: Int, meaning: StaticString?) {
        number(name, value, meaning: meaning)
    }

    mutating func boolean(_ name: StaticString, _ value: Bool) {
        begin(name)
        buffer.write(value ? "true" : "false")
    }

    mutating func word(_ name: StaticString, _ value: StaticString) {
        begin(name)
        buffer.quoted(value)
    }

    mutating func address(_ name: StaticString, _ value: IPv4Address) {
        begin(name)
        buffer.write("\"")
        buffer.address(value)
        buffer.write("\"")
    }

    mutating func address(_ name: StaticString, _ value: IPv6Address) {
        begin(name)
        buffer.write("\"")
        buffer.address(value)
        buffer.write("\"")
    }

    mutating func address(_ name: StaticString, _ value: MACAddress) {
        begin(name)
        buffer.write("\"")
        buffer.address(value)
        buffer.write("\"")
    }

    mutating func address(_ name: StaticString, bytes: RawSpan) {
        begin(name)
        buffer.write("\"")
        buffer.hexBytes(bytes, separator: ":")
        buffer.write("\"")
    }

    mutating func bytes(_ name: StaticString, _ value: RawSpan) {
        begin(name)
        buffer.write("\"")
        buffer.hexBytes(value)
        buffer.write("\"")
    }

    mutating func text(_ name: StaticString, _ value: RawSpan) {
        begin(name)
        string(value)
    }

    /// A checksum left to the network card is wrong on the wire: that is what `checksum_status` says, as for any other
    /// reader of the capture; why it is, `checksum_offloaded`.
    mutating func checksum(_ stored: UInt16, _ status: ChecksumStatus) {
        number("checksum", stored)
        word("checksum_status", status == .offloaded ? ChecksumStatus.bad.name : status.name)
        if status == .offloaded { boolean("checksum_offloaded", true) }
    }

    mutating func beginList(_ name: StaticString) {
        begin(name)
        buffer.write("[")
        needsComma = false
    }

    mutating func listWord(_ word: StaticString) {
        separate()
        buffer.quoted(word)
    }

    mutating func beginItem(_ title: StaticString) { beginObject() }

    mutating func endItem() { endObject() }

    mutating func endList() {
        buffer.write("]")
        needsComma = true
    }
}
