// TCP: RFC 9293 section 3.1. ECN: RFC 3168; accurate ECN: RFC 9768.
//
//    0                        15 16                           31
//   +---------------------------+------------------------------+
//   |        source port        |      destination port        |
//   |                     sequence number                      |
//   |                  acknowledgment number                   |
//   |offset| rsrvd |   flags    |           window             |
//   |         checksum          |       urgent pointer         |
//   |                  options, up to 40 bytes                 |
//   +----------------------------------------------------------+

/// The control bits of a TCP segment (RFC 9293 section 3.1).
@frozen public struct TCPFlags: OptionSet, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// No more data from the sender.
    @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 0x001) }
    @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 0x002) }
    @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 0x004) }
    @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 0x008) }
    /// The acknowledgment number counts.
    @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 0x010) }
    /// The urgent pointer counts.
    @inlinable public static var urg: TCPFlags { TCPFlags(rawValue: 0x020) }
    /// ECN echo (RFC 3168 section 6.1).
    @inlinable public static var ece: TCPFlags { TCPFlags(rawValue: 0x040) }
    /// Congestion window reduced (RFC 3168 section 6.1).
    @inlinable public static var cwr: TCPFlags { TCPFlags(rawValue: 0x080) }
    /// Accurate ECN (RFC 9768).
    @inlinable public static var ae: TCPFlags { TCPFlags(rawValue: 0x100) }
}

/// The fixed part of a TCP header, as on the wire (20 bytes).
@frozen public struct TCPHeader: WireHeader {
    @usableFromInline let rawSourcePort, rawDestinationPort: UInt16
    @usableFromInline let rawSequenceNumber, rawAcknowledgmentNumber: UInt32
    @usableFromInline let rawOffsetAndFlags, rawWindow, rawChecksum, rawUrgentPointer: UInt16

    @inlinable public static var layer: LayerKind { .tcp }

    @inlinable public var sourcePort: UInt16 { UInt16(bigEndian: rawSourcePort) }
    @inlinable public var destinationPort: UInt16 { UInt16(bigEndian: rawDestinationPort) }
    /// Of the first byte of payload; of the SYN itself where there is one.
    @inlinable public var sequenceNumber: SequenceNumber { SequenceNumber(UInt32(bigEndian: rawSequenceNumber)) }
    /// The next sequence number expected from the other side; counts only with the ACK flag.
    @inlinable public var acknowledgmentNumber: SequenceNumber {
        SequenceNumber(UInt32(bigEndian: rawAcknowledgmentNumber))
    }
    /// With options, in bytes: 20 to 60.
    @inlinable public var headerLength: Int { Int(UInt16(bigEndian: rawOffsetAndFlags) >> 12) &* 4 }
    /// The three bits after the data offset that no RFC has given a meaning, 0 to 7.
    @inlinable public var reserved: UInt8 { UInt8(truncatingIfNeeded: UInt16(bigEndian: rawOffsetAndFlags) >> 9) & 7 }
    @inlinable public var flags: TCPFlags { TCPFlags(rawValue: UInt16(bigEndian: rawOffsetAndFlags) & 0x1ff) }
    /// Receive window in bytes, before scaling (RFC 7323 section 2.2).
    @inlinable public var window: UInt16 { UInt16(bigEndian: rawWindow) }
    @inlinable public var checksum: UInt16 { UInt16(bigEndian: rawChecksum) }
    /// Offset of the byte after the urgent data; counts only with the URG flag.
    @inlinable public var urgentPointer: UInt16 { UInt16(bigEndian: rawUrgentPointer) }
}

extension TCPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try decoder.readPartial(TCPHeader.self, &cursor)
        let length = header.headerLength
        guard length >= size else {
            try decoder.append(Layer(.tcp, at: start, headerLength: size, end: cursor.end, traits: .partial))
            throw DecodeError(.tcp, at: start, .badLength(length))
        }
        guard cursor.captured >= length &- size else {
            try decoder.append(Layer(.tcp, at: start, headerLength: length, end: cursor.end, traits: .partial))
            throw cursor.shortage(of: length, since: start, for: .tcp)
        }
        cursor.skip(length &- size)
        try decoder.append(Layer(.tcp, at: start, headerLength: length, end: cursor.end))
        return decoder.payload(
            of: .tcp, sourcePort: header.sourcePort, destinationPort: header.destinationPort, at: cursor)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(TCPHeader.self, at: index) else {
            return describePartial(index, of: packet, to: &sink)
        }
        let layer = packet.layers[index]
        sink.number("source_port", header.sourcePort)
        sink.number("destination_port", header.destinationPort)
        sink.number("sequence_number", header.sequenceNumber.rawValue)
        sink.number("acknowledgment_number", header.acknowledgmentNumber.rawValue)
        sink.number("header_length", header.headerLength)
        sink.number("reserved", header.reserved)
        sink.flags(header.flags)
        sink.number("window", header.window)
        sink.checksum(header.checksum, checksumStatus(at: index, of: packet))
        sink.number("urgent_pointer", header.urgentPointer)
        guard header.headerLength >= size else { return }
        sink.number("payload_offset", layer.payloadOffset)
        sink.number("payload_length", packet.payloadLength(at: index))
        if header.headerLength > size {
            let area = packet.headerBytes(at: index).clipped(from: size, to: header.headerLength)
            TCPOption.describe(area, isWhole: !layer.traits.contains(.partial), to: &sink)
        }
    }

    /// The fields of a header that ends before its 20th byte.
    @inlinable
    static func describePartial(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let bytes = packet.headerBytes(at: index)
        let count = bytes.byteCount
        guard count >= 4 else { return }
        sink.number("source_port", bytes.uint16(at: 0))
        sink.number("destination_port", bytes.uint16(at: 2))
        guard count >= 8 else { return }
        sink.number("sequence_number", bytes.uint32(at: 4))
        guard count >= 12 else { return }
        sink.number("acknowledgment_number", bytes.uint32(at: 8))
        guard count >= 14 else { return }
        let offsetAndFlags = bytes.uint16(at: 12)
        sink.number("header_length", offsetAndFlags >> 12 &* 4)
        sink.number("reserved", offsetAndFlags >> 9 & 7)
        sink.flags(TCPFlags(rawValue: offsetAndFlags & 0x1ff))
        guard count >= 16 else { return }
        sink.number("window", bytes.uint16(at: 14))
        guard count >= 18 else { return }
        sink.checksum(bytes.uint16(at: 16), checksumStatus(at: index, of: packet))
    }

    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        let layer = packet.layers[index]
        guard let header = packet.header(TCPHeader.self, at: index) else { return sink.write(" [|tcp]") }
        let flags = header.flags
        guard header.headerLength >= size else {
            sink.write(" tcp ")
            sink.decimal(layer.length &- header.headerLength)
            return sink.badHeaderLength(header.headerLength, "short, < ", size)
        }
        if context.isBrief {
            sink.write("tcp ")
            sink.decimal(layer.statedPayloadLength)
        } else {
            sink.write("Flags [")
            sink.flags(flags)
            sink.write("]")
        }
        guard header.headerLength <= layer.length else {
            return sink.badHeaderLength(header.headerLength, "long, > ", layer.length)
        }
        if context.isBrief { return }
        if layer.statedPayloadLength > 0 || !flags.isDisjoint(with: [.syn, .fin, .rst]) {
            let first = header.sequenceNumber.rawValue &- context.sequenceBase
            sink.write(", seq ")
            sink.decimal(first)
            if layer.statedPayloadLength > 0 {
                sink.write(":")
                sink.decimal(first &+ UInt32(truncatingIfNeeded: layer.statedPayloadLength))
            }
        }
        if flags.contains(.ack) {
            sink.write(", ack ")
            sink.decimal(header.acknowledgmentNumber.rawValue &- context.acknowledgmentBase)
        }
        sink.write(", win ")
        sink.decimal(header.window)
        if flags.contains(.urg) {
            sink.write(", urg ")
            sink.decimal(header.urgentPointer)
        }
        if header.headerLength > size {
            let area = packet.headerBytes(at: index).clipped(from: size, to: header.headerLength)
            guard
                TCPOption.say(
                    area, length: header.headerLength &- size, flags: flags,
                    acknowledgmentBase: context.acknowledgmentBase, to: &sink)
            else { return }
        }
        sink.write(", length ")
        sink.decimal(layer.statedPayloadLength)
    }

    /// Verifies the checksum of TCP layer `index` over what was captured.
    ///
    /// A quote is summed as far as it goes, as Wireshark does it: one that ends inside the segment is bad.
    @inlinable
    public static func checksumStatus(at index: Int, of packet: Packet) -> ChecksumStatus {
        let bytes = packet.headerBytes(at: index)
        guard bytes.byteCount >= 18 else { return .unverified }
        let layer = packet.layers[index]
        return packet.transportChecksum(
            at: index, stored: bytes.uint16(at: 16), protocolNumber: IPProtocol.tcp.rawValue,
            length: min(layer.end, packet.enclosingEnd(at: index)) &- layer.offset)
    }
}

extension FieldSink where Self: ~Copyable {
    @inlinable
    mutating func flags(_ flags: TCPFlags) {
        beginList("flags")
        if flags.contains(.fin) { listWord("fin") }
        if flags.contains(.syn) { listWord("syn") }
        if flags.contains(.rst) { listWord("rst") }
        if flags.contains(.psh) { listWord("psh") }
        if flags.contains(.ack) { listWord("ack") }
        if flags.contains(.urg) { listWord("urg") }
        if flags.contains(.ece) { listWord("ece") }
        if flags.contains(.cwr) { listWord("cwr") }
        if flags.contains(.ae) { listWord("ae") }
        endList()
    }
}

extension TextSink where Self: ~Copyable {
    /// tcpdump's letters; `e` is that of its later releases.
    @inlinable
    mutating func flags(_ flags: TCPFlags) {
        guard !flags.isEmpty else { return write("none") }
        if flags.contains(.fin) { write("F") }
        if flags.contains(.syn) { write("S") }
        if flags.contains(.rst) { write("R") }
        if flags.contains(.psh) { write("P") }
        if flags.contains(.ack) { write(".") }
        if flags.contains(.urg) { write("U") }
        if flags.contains(.ece) { write("E") }
        if flags.contains(.cwr) { write("W") }
        if flags.contains(.ae) { write("e") }
    }

    @inlinable
    mutating func badHeaderLength(_ length: Int, _ comparison: StaticString, _ bound: Int) {
        write(" [bad hdr length ")
        decimal(length)
        write(" - too ")
        write(comparison)
        decimal(bound)
        write("]")
    }
}
