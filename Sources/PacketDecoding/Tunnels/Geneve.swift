// Generic network virtualization encapsulation: RFC 8926 section 3.4.
//
//    0   1 2         7 8  9 10     15 16                  31
//   +-----+-----------+--+--+--------+----------------------+
//   | ver |opt length | O| C|reserved|    protocol type     |
//   |     virtual network identifier      |    reserved     |
//   |                     options ...                       |
//   +-------------------------------------------------------+

/// The fixed part of a Geneve header, as on the wire (8 bytes).
@frozen public struct GeneveHeader: WireHeader {
    @usableFromInline let rawVersionAndLength, rawFlags: UInt8
    @usableFromInline let rawType: UInt16
    @usableFromInline let rawNetwork: UInt32

    @inlinable public static var layer: LayerKind { .geneve }

    /// 0 in every packet so far.
    @inlinable public var version: UInt8 { rawVersionAndLength >> 6 }
    /// In bytes: 0 to 252.
    @inlinable public var optionsLength: Int { Int(rawVersionAndLength & 0x3f) &* 4 }
    /// A message of the tunnel's own, not a tenant's packet.
    @inlinable public var isControl: Bool { rawFlags & 0x80 != 0 }
    /// Whether an endpoint must look at the options.
    @inlinable public var hasCriticalOptions: Bool { rawFlags & 0x40 != 0 }
    @inlinable public var protocolType: EtherType { EtherType(rawValue: UInt16(bigEndian: rawType)) }
    /// 24 bits.
    @inlinable public var networkIdentifier: UInt32 { UInt32(bigEndian: rawNetwork) >> 8 }
}

extension GeneveHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(GeneveHeader.self)
        guard cursor.captured >= header.optionsLength else {
            try decoder.append(
                Layer(.geneve, at: start, headerLength: size &+ cursor.captured, end: cursor.end, traits: .partial))
            throw cursor.shortage(of: size &+ header.optionsLength, since: start, for: .geneve)
        }
        cursor.skip(header.optionsLength)
        try decoder.append(
            Layer(.geneve, at: start, headerLength: size &+ header.optionsLength, end: cursor.end))
        return cursor.remaining > 0 ? LayerKind(header.protocolType) : nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(GeneveHeader.self, at: index) else { return }
        sink.number("version", header.version)
        sink.number("options_length", header.optionsLength)
        sink.boolean("control", header.isControl)
        sink.boolean("critical_options", header.hasCriticalOptions)
        sink.hexNumber("protocol_type", header.protocolType.rawValue, digits: 4, meaning: header.protocolType.name)
        sink.number("vni", header.networkIdentifier)
        if header.optionsLength > 0 {
            sink.bytes("options", packet.headerBytes(at: index).clipped(from: size, to: .max))
        }
    }

    /// `Geneve, Flags [C], vni 0xa, options [8 bytes]: `.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(GeneveHeader.self, at: index) else { return }
        sink.write("Geneve, Flags [")
        switch (header.isControl, header.hasCriticalOptions) {
        case (false, false): sink.write("none")
        case (true, false): sink.write("O")
        case (false, true): sink.write("C")
        case (true, true): sink.write("OC")
        }
        sink.write("], vni ")
        sink.hexNumber(header.networkIdentifier)
        if context.showsLinkHeader { sink.carries(header.protocolType) }
        if header.optionsLength > 0 {
            sink.write(", options [")
            sink.decimal(header.optionsLength)
            sink.write(" bytes]")
        }
        guard packet.layers[index].statedPayloadLength > 0 else { return }
        sink.write(": ")
        if index &+ 1 >= packet.layers.count {
            sink.write("geneve-proto-0x")
            sink.hex(UInt64(header.protocolType.rawValue), digits: 0)
        }
    }
}
