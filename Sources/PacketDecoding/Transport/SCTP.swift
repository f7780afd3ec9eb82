// Stream control transmission protocol: RFC 9260 section 3.1. What its chunks say is in SCTPChunk.swift.
//
//    0             15 16            31
//   +----------------+----------------+
//   |  source port   |  dest. port    |
//   |        verification tag         |
//   |            checksum             |
//   |           chunks ...            |
//   +---------------------------------+

/// The common header of an SCTP packet, as on the wire (12 bytes).
@frozen public struct SCTPHeader: WireHeader {
    @usableFromInline let rawSourcePort, rawDestinationPort: UInt16
    @usableFromInline let rawTag, rawChecksum: UInt32

    @inlinable public static var layer: LayerKind { .sctp }

    @inlinable public var sourcePort: UInt16 { UInt16(bigEndian: rawSourcePort) }
    @inlinable public var destinationPort: UInt16 { UInt16(bigEndian: rawDestinationPort) }
    /// Which association the receiver takes the packet for; 0 in the first packet of one.
    @inlinable public var verificationTag: UInt32 { UInt32(bigEndian: rawTag) }
    /// CRC32c over the packet with this field zero, its bytes in reverse (RFC 9260 appendix A).
    @inlinable public var checksum: UInt32 { UInt32(bigEndian: rawChecksum) }
}

extension SCTPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        _ = try decoder.readPartial(SCTPHeader.self, &cursor)
        try decoder.append(Layer(.sctp, at: start, headerLength: size, end: cursor.end))
        return nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let ports = packet.ports(at: index) else { return }
        sink.number("source_port", ports.source)
        sink.number("destination_port", ports.destination)
        guard let header = packet.header(SCTPHeader.self, at: index) else { return }
        sink.hexNumber("verification_tag", header.verificationTag, digits: 8)
        sink.hexNumber("checksum", header.checksum, digits: 8)
        sink.word("checksum_status", checksumStatus(at: index, of: packet).name)
        SCTPChunk.describe(packet.payload(at: index), to: &sink)
    }

    /// `sctp (1) [DATA] (B)(E) [TSN: 1] [SID: 0] [SSEQ 0] [PPID 0x7]`, one number and name a chunk.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard packet.header(SCTPHeader.self, at: index) != nil else { return sink.write(" [|sctp]") }
        sink.write("sctp")
        SCTPChunk.summarize(packet.payload(at: index), to: &sink)
    }

    /// Verifies the checksum of SCTP layer `index` over what was captured. There is no pseudo-header.
    public static func checksumStatus(at index: Int, of packet: Packet) -> ChecksumStatus {
        let layer = packet.layers[index]
        let end = packet.wireEnd(at: index)
        guard packet.holdsWhole(end &- layer.offset, at: index), let header = packet.header(SCTPHeader.self, at: index)
        else { return .unverified }
        var code = CRC32C()
        code.add(packet.frame.bytes.clipped(from: layer.offset, to: layer.offset &+ 8))
        for _ in 0..<4 { code.add(0) }
        code.add(packet.frame.bytes.clipped(from: layer.offset &+ 12, to: end))
        if code.value.byteSwapped == header.checksum { return .good }
        return packet.frame.header.checksumIsOffloaded && !layer.traits.contains(.quoted) ? .offloaded : .bad
    }
}
