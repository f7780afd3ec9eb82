// Mobility header: RFC 6275 section 6.1.
//
//    0           7 8          15 16         23 24         31
//   +-------------+-------------+-------------+-------------+
//   | next header |   length    | message type|  reserved   |
//   |         checksum          |      message data ...
//   +---------------------------+-----------------------------

/// The fixed part of a mobility header, as on the wire (6 bytes).
@frozen public struct IPv6Mobility: IPv6ExtensionHeader {
    @usableFromInline let rawNextHeader, rawLength, rawType, rawReserved: UInt8
    @usableFromInline let rawChecksum: UInt16

    @inlinable public static var layer: LayerKind { .mobility }

    /// 59, nothing follows, in every message so far.
    @inlinable public var nextHeader: IPProtocol { IPProtocol(rawValue: rawNextHeader) }
    /// In bytes: 8 to 2048.
    @inlinable public var headerLength: Int { (Int(rawLength) &+ 1) &* 8 }
    @inlinable public var messageType: UInt8 { rawType }
    /// Over the header and a pseudo-header.
    @inlinable public var checksum: UInt16 { UInt16(bigEndian: rawChecksum) }

    /// RFC 6275's name of the message.
    @inlinable public var messageName: StaticString? {
        switch messageType {
        case 0: "binding refresh request"
        case 1: "home test init"
        case 2: "care-of test init"
        case 3: "home test"
        case 4: "care-of test"
        case 5: "binding update"
        case 6: "binding acknowledgement"
        case 7: "binding error"
        default: nil
        }
    }

    /// tcpdump's name of the message.
    @inlinable public var messageAbbreviation: StaticString? {
        switch messageType {
        case 0: "BRR"
        case 1: "HoTI"
        case 2: "CoTI"
        case 3: "HoT"
        case 4: "CoT"
        case 5: "BU"
        case 6: "BA"
        case 7: "BE"
        default: nil
        }
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(IPv6Mobility.self, at: index) else { return }
        sink.extensionHeader(header)
        sink.number("type", header.messageType, meaning: header.messageName)
        sink.checksum(
            header.checksum,
            packet.transportChecksum(
                at: index, stored: header.checksum, protocolNumber: IPProtocol.mobility.rawValue,
                length: header.headerLength))
    }

    /// `mobility: BU`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(IPv6Mobility.self, at: index) else { return }
        sink.write("mobility: ")
        if let name = header.messageAbbreviation {
            sink.write(name)
        } else {
            sink.write("type-#")
            sink.decimal(header.messageType)
        }
    }
}
