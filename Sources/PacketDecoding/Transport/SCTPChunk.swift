// SCTP chunks: RFC 9260 section 3.2.
//
//    0        7 8       15 16            31
//   +----------+----------+----------------+
//   |   type   |  flags   |     length     |
//   |              value ...               |
//   +--------------------------------------+

/// One chunk of an SCTP packet, found but not yet interpreted.
@frozen public struct SCTPChunk: BitwiseCopyable, Hashable, Sendable {
    public let type: UInt8
    public let flags: UInt8
    /// With type, flags and length, without padding, in bytes: at least 4.
    public let length: Int
    /// Of the type, within the packet's chunks.
    public let offset: Int

    /// Chunks begin at multiples of four bytes.
    @inlinable public var nextOffset: Int { offset &+ (length &+ 3) & ~3 }

    /// The chunk at `offset`; nil at the packet's end and where its length is impossible. Its value may be cut.
    @inlinable
    public init?(in chunks: RawSpan, at offset: Int) {
        guard offset &+ 4 <= chunks.byteCount else { return nil }
        type = chunks.byte(at: offset)
        flags = chunks.byte(at: offset &+ 1)
        length = Int(chunks.uint16(at: offset &+ 2))
        self.offset = offset
        guard length >= 4 else { return nil }
    }

    /// tcpdump's name.
    @inlinable public var name: StaticString? {
        switch type {
        case 0: "DATA"
        case 1: "INIT"
        case 2: "INIT ACK"
        case 3: "SACK"
        case 4: "HB REQ"
        case 5: "HB ACK"
        case 6: "ABORT"
        case 7: "SHUTDOWN"
        case 8: "SHUTDOWN ACK"
        case 9: "OP ERR"
        case 10: "COOKIE ECHO"
        case 11: "COOKIE ACK"
        case 12: "ECN ECHO"
        case 13: "CWR"
        case 14: "SHUTDOWN COMPLETE"
        case 64: "I-DATA"
        case 128: "ASCONF ACK"
        case 130: "RE-CONFIG"
        case 132: "PAD"
        case 192: "FORWARD TSN"
        case 193: "ASCONF"
        default: nil
        }
    }
}

extension SCTPChunk {
    /// The chunks as a list called `chunks`.
    @inlinable
    static func describe(_ chunks: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        sink.beginList("chunks")
        var offset = 0
        while let chunk = SCTPChunk(in: chunks, at: offset) {
            sink.beginItem(chunk.name ?? "chunk")
            sink.number("type", chunk.type, meaning: chunk.name)
            sink.hexNumber("flags", chunk.flags, digits: 2)
            sink.number("length", chunk.length)
            chunk.describe(chunks.clipped(from: offset &+ 4, to: offset &+ chunk.length), to: &sink)
            sink.endItem()
            offset = chunk.nextOffset
        }
        sink.endList()
    }

    /// The fields of one chunk's value.
    @inlinable
    func describe(_ value: RawSpan, to sink: inout some FieldSink & ~Copyable) {
        switch (type, value.byteCount) {
        case (0, 12...):
            sink.number("transmission_sequence_number", value.uint32(at: 0))
            sink.number("stream_id", value.uint16(at: 4))
            sink.number("stream_sequence_number", value.uint16(at: 6))
            sink.number("payload_protocol", value.uint32(at: 8))
        case (1, 16...), (2, 16...):
            sink.hexNumber("initiate_tag", value.uint32(at: 0), digits: 8)
            sink.number("receiver_window", value.uint32(at: 4))
            sink.number("outbound_streams", value.uint16(at: 8))
            sink.number("inbound_streams", value.uint16(at: 10))
            sink.number("initial_sequence_number", value.uint32(at: 12))
        case (3, 12...):
            sink.number("cumulative_acknowledgment", value.uint32(at: 0))
            sink.number("receiver_window", value.uint32(at: 4))
            sink.number("gap_count", value.uint16(at: 8))
            sink.number("duplicate_count", value.uint16(at: 10))
        default: break
        }
    }

    @inlinable
    static func summarize(_ chunks: RawSpan, to sink: inout some TextSink & ~Copyable) {
        var offset = 0
        var number = 0
        while let chunk = SCTPChunk(in: chunks, at: offset) {
            number &+= 1
            sink.write(number == 1 ? " (" : ", (")
            sink.decimal(number)
            sink.write(") [")
            if let name = chunk.name {
                sink.write(name)
            } else {
                sink.write("Unknown chunk type: 0x")
                sink.hex(UInt64(chunk.type), digits: 0)
            }
            sink.write("]")
            chunk.say(chunks.clipped(from: offset &+ 4, to: offset &+ chunk.length), to: &sink)
            offset = chunk.nextOffset
        }
    }

    @inlinable
    func say(_ value: RawSpan, to sink: inout some TextSink & ~Copyable) {
        switch (type, value.byteCount) {
        case (0, 12...):
            if flags & 0x07 != 0 { sink.write(" ") }
            if flags & 0x04 != 0 { sink.write("(U)") }
            if flags & 0x02 != 0 { sink.write("(B)") }
            if flags & 0x01 != 0 { sink.write("(E)") }
            sink.write(" [TSN: ")
            sink.decimal(value.uint32(at: 0))
            sink.write("] [SID: ")
            sink.decimal(value.uint16(at: 4))
            sink.write("] [SSEQ ")
            sink.decimal(value.uint16(at: 6))
            sink.write("] [PPID ")
            sink.hexNumber(value.uint32(at: 8))
            sink.write("]")
        case (1, 16...), (2, 16...):
            sink.write(" [init tag: ")
            sink.decimal(value.uint32(at: 0))
            sink.write("] [rwnd: ")
            sink.decimal(value.uint32(at: 4))
            sink.write("] [OS: ")
            sink.decimal(value.uint16(at: 8))
            sink.write("] [MIS: ")
            sink.decimal(value.uint16(at: 10))
            sink.write("] [init TSN: ")
            sink.decimal(value.uint32(at: 12))
            sink.write("]")
        case (3, 12...):
            sink.write(" [cum ack ")
            sink.decimal(value.uint32(at: 0))
            sink.write("] [a_rwnd ")
            sink.decimal(value.uint32(at: 4))
            sink.write("] [#gap acks ")
            sink.decimal(value.uint16(at: 8))
            sink.write("] [#dup tsns ")
            sink.decimal(value.uint16(at: 10))
            sink.write("]")
        default: break
        }
    }
}
