// IP security, over IPv4 and IPv6. Authentication header: RFC 4302 section 2. Encapsulating security payload: RFC 4303
// section 2.
//
//    0           7 8          15 16             31
//   +-------------+-------------+------------------+
//   | next header |   length    |     reserved     |   AH only
//   |          security parameters index           |
//   |               sequence number                |
//   |        integrity check value (AH) ...        |
//   +----------------------------------------------+

/// The fixed part of an authentication header, as on the wire (12 bytes).
@frozen public struct AuthenticationHeader: IPv6ExtensionHeader {
    @usableFromInline let rawNextHeader, rawLength: UInt8
    @usableFromInline let rawReserved: UInt16
    @usableFromInline let rawSecurityParametersIndex, rawSequenceNumber: UInt32

    @inlinable public static var layer: LayerKind { .authentication }

    @inlinable public var nextHeader: IPProtocol { IPProtocol(rawValue: rawNextHeader) }
    /// In bytes: the field counts words of four, less two (RFC 4302 section 2.2).
    @inlinable public var headerLength: Int { (Int(rawLength) &+ 2) &* 4 }
    /// Which security association the packet belongs to; 1 to 255 are reserved.
    @inlinable public var securityParametersIndex: UInt32 { UInt32(bigEndian: rawSecurityParametersIndex) }
    /// Counts the association's packets, against replay.
    @inlinable public var sequenceNumber: UInt32 { UInt32(bigEndian: rawSequenceNumber) }

    /// A length below the fixed part's is impossible, but some senders count it as IPv6 does. What follows is looked for
    /// where the field says.
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        guard let header = cursor.peek(AuthenticationHeader.self), header.headerLength < size else {
            return try readWhole(&cursor, into: &decoder)
        }
        try decoder.append(Layer(layer, at: start, headerLength: header.headerLength, end: cursor.end))
        cursor.skip(header.headerLength)
        return LayerKind(header.nextHeader)
    }

    /// The fixed part of layer `index`, also where its length field claims less.
    @inlinable
    static func header(at index: Int, of packet: Packet) -> AuthenticationHeader? {
        let offset = packet.layers[index].offset
        guard offset &+ size <= packet.capturedEnd(at: index) else { return nil }
        return packet.frame.bytes.header(AuthenticationHeader.self, at: offset)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = header(at: index, of: packet) else { return }
        sink.extensionHeader(header)
        sink.hexNumber("spi", header.securityParametersIndex, digits: 8)
        sink.number("sequence_number", header.sequenceNumber)
        sink.bytes("integrity_check_value", packet.headerBytes(at: index).clipped(from: size, to: .max))
    }

    /// `AH(spi=0x00000001,seq=0x2,icv=0x0123456789abcdef01234567)`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = header(at: index, of: packet) else { return }
        sink.write("AH(spi=0x")
        sink.hex(UInt64(header.securityParametersIndex), digits: 8)
        sink.write(",seq=0x")
        sink.hex(UInt64(header.sequenceNumber), digits: 0)
        sink.write(",icv=0x")
        sink.hexBytes(packet.headerBytes(at: index).clipped(from: size, to: .max))
        sink.write(")")
    }
}

/// What an encapsulating security payload shows without its keys, as on the wire (8 bytes).
@frozen public struct ESPHeader: WireHeader {
    @usableFromInline let rawSecurityParametersIndex, rawSequenceNumber: UInt32

    @inlinable public static var layer: LayerKind { .encapsulatingSecurity }

    /// Which security association the packet belongs to; 1 to 255 are reserved.
    @inlinable public var securityParametersIndex: UInt32 { UInt32(bigEndian: rawSecurityParametersIndex) }
    /// Counts the association's packets, against replay.
    @inlinable public var sequenceNumber: UInt32 { UInt32(bigEndian: rawSequenceNumber) }
}

extension ESPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        _ = try cursor.read(ESPHeader.self)
        try decoder.append(Layer(.encapsulatingSecurity, at: start, headerLength: size, end: cursor.end))
        // The rest is encrypted, or looks like it: even the next header's number stands in the trailer.
        return nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(ESPHeader.self, at: index) else { return }
        sink.hexNumber("spi", header.securityParametersIndex, digits: 8)
        sink.number("sequence_number", header.sequenceNumber)
    }

    /// `ESP(spi=0x00000001,seq=0x1), length 100`, the length with the header.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(ESPHeader.self, at: index) else { return }
        sink.write("ESP(spi=0x")
        sink.hex(UInt64(header.securityParametersIndex), digits: 8)
        sink.write(",seq=0x")
        sink.hex(UInt64(header.sequenceNumber), digits: 0)
        sink.write("), length ")
        sink.decimal(packet.layers[index].length)
    }
}
