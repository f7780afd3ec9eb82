// UDP: RFC 768. Over IPv6: RFC 8200 section 8.1.
//
//    0             15 16            31
//   +----------------+----------------+
//   |  source port   |  dest. port    |
//   |     length     |    checksum    |
//   +----------------+----------------+

/// The header of a UDP datagram, as on the wire (8 bytes).
@frozen public struct UDPHeader: WireHeader {
    @usableFromInline let rawSourcePort, rawDestinationPort, rawLength, rawChecksum: UInt16

    @inlinable public static var layer: LayerKind { .udp }

    /// Sender's port; 0 when no reply is expected.
    @inlinable public var sourcePort: UInt16 { UInt16(bigEndian: rawSourcePort) }
    @inlinable public var destinationPort: UInt16 { UInt16(bigEndian: rawDestinationPort) }
    /// Header and payload, in bytes; 0 only in an IPv6 jumbogram (RFC 2675 section 4).
    @inlinable public var length: Int { Int(UInt16(bigEndian: rawLength)) }
    /// As sent; 0 means not computed, which only IPv4 allows.
    @inlinable public var checksum: UInt16 { UInt16(bigEndian: rawChecksum) }
}

extension UDPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try decoder.readPartial(UDPHeader.self, &cursor)
        var end = cursor.end
        if header.length != 0 {
            end = start &+ max(size, header.length)
        }
        try decoder.append(Layer(.udp, at: start, headerLength: size, end: end))
        guard header.length == 0 || header.length >= size else {
            throw DecodeError(.udp, at: start, .badLength(header.length))
        }
        // The field may count bytes that follow in other fragments, or that are not there at all.
        cursor.setEnd(min(end, cursor.end))
        return decoder.payload(
            of: .udp, sourcePort: header.sourcePort, destinationPort: header.destinationPort, at: cursor)
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let ports = packet.ports(at: index) else { return }
        sink.number("source_port", ports.source)
        sink.number("destination_port", ports.destination)
        guard let header = packet.header(UDPHeader.self, at: index) else {
            let bytes = packet.headerBytes(at: index)
            if bytes.byteCount >= 6 { sink.number("length", bytes.uint16(at: 4)) }
            return
        }
        let layer = packet.layers[index]
        sink.number("length", header.length)
        sink.checksum(header.checksum, checksumStatus(at: index, of: packet))
        sink.number("payload_offset", layer.payloadOffset)
        sink.number("payload_length", layer.statedPayloadLength)
    }

    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        let layer = packet.layers[index]
        guard let header = packet.header(UDPHeader.self, at: index) else {
            if case .tooShort(_, let available)? = packet.fault?.reason {
                sink.write("truncated-udp ")
                sink.decimal(available)
            } else {
                sink.write(" [|udp]")
            }
            return
        }
        guard header.length >= size || layer.length > Int(UInt16.max) else {
            sink.write("truncated-udplength ")
            sink.decimal(header.length)
            return
        }
        let available = packet.enclosingNetwork(of: index).map { packet.layers[$0].end &- layer.payloadOffset }
        if let available, layer.statedPayloadLength > available, !layer.traits.contains(.fragment) {
            sink.write("UDP, bad length ")
            sink.decimal(layer.statedPayloadLength)
            sink.write(" > ")
            sink.decimal(available)
        } else {
            sink.write("UDP, length ")
            sink.decimal(layer.statedPayloadLength)
        }
    }

    /// Verifies the checksum of UDP layer `index` over what was captured.
    @inlinable
    public static func checksumStatus(at index: Int, of packet: Packet) -> ChecksumStatus {
        guard let header = packet.header(UDPHeader.self, at: index),
            let network = packet.enclosingNetwork(of: index)
        else { return .unverified }
        if header.checksum == 0 { return packet.layers[network].kind == .ipv4 ? .absent : .illegal }
        // Where the capture cuts what the IP packet carries, the datagram's own length is not believed either.
        guard header.length == 0 || header.length >= size,
            packet.frame.capturedLength >= packet.enclosingEnd(at: index)
        else { return .unverified }
        return packet.transportChecksum(
            at: index, stored: header.checksum, protocolNumber: IPProtocol.udp.rawValue,
            length: header.length == 0
                ? packet.enclosingEnd(at: index) &- packet.layers[index].offset : packet.layers[index].length)
    }
}
