// UDP-Lite: RFC 3828.
//
//    0             15 16            31
//   +----------------+----------------+
//   |  source port   |  dest. port    |
//   |    coverage    |    checksum    |
//   +----------------+----------------+

/// The header of a UDP-Lite datagram, as on the wire (8 bytes).
@frozen public struct UDPLiteHeader: WireHeader {
    @usableFromInline let rawSourcePort, rawDestinationPort, rawCoverage, rawChecksum: UInt16

    @inlinable public static var layer: LayerKind { .udpLite }

    /// Sender's port; 0 when no reply is expected.
    @inlinable public var sourcePort: UInt16 { UInt16(bigEndian: rawSourcePort) }
    @inlinable public var destinationPort: UInt16 { UInt16(bigEndian: rawDestinationPort) }
    /// How many bytes from the header's start the checksum covers: 0 means all of them, 1 to 7 are impossible.
    @inlinable public var checksumCoverage: Int { Int(UInt16(bigEndian: rawCoverage)) }
    /// As sent; 0 is impossible.
    @inlinable public var checksum: UInt16 { UInt16(bigEndian: rawChecksum) }
}

extension UDPLiteHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        _ = try decoder.readPartial(UDPLiteHeader.self, &cursor)
        try decoder.append(Layer(.udpLite, at: start, headerLength: size, end: cursor.end))
        return nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let ports = packet.ports(at: index) else { return }
        sink.number("source_port", ports.source)
        sink.number("destination_port", ports.destination)
        guard let header = packet.header(UDPLiteHeader.self, at: index) else { return }
        let layer = packet.layers[index]
        sink.number("checksum_coverage", header.checksumCoverage)
        sink.checksum(header.checksum, checksumStatus(at: index, of: packet))
        sink.number("payload_offset", layer.payloadOffset)
        sink.number("payload_length", layer.statedPayloadLength)
    }

    /// `UDP-Lite, coverage 8, length 12`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(UDPLiteHeader.self, at: index) else { return sink.write(" [|udplite]") }
        sink.write("UDP-Lite, coverage ")
        sink.decimal(header.checksumCoverage)
        sink.write(", length ")
        sink.decimal(packet.layers[index].statedPayloadLength)
    }

    /// Verifies the checksum of UDP-Lite layer `index` over what was captured of its coverage. With a coverage that no
    /// datagram can have (RFC 3828 section 3.1) there is nothing to verify.
    @inlinable
    public static func checksumStatus(at index: Int, of packet: Packet) -> ChecksumStatus {
        guard let header = packet.header(UDPLiteHeader.self, at: index) else { return .unverified }
        let length = packet.layers[index].length
        let coverage = header.checksumCoverage == 0 ? length : header.checksumCoverage
        guard coverage >= size, coverage <= length else { return .unverified }
        return packet.transportChecksum(
            at: index, stored: header.checksum, protocolNumber: IPProtocol.udpLite.rawValue, length: length,
            coverage: coverage)
    }
}
