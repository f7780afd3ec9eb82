// Shim6: RFC 5533 section 5.
//
//    0           7 8          15 16 17                         31
//   +-------------+-------------+--+----------------------------+
//   | next header |   length    |1 |                            |   payload extension
//   |             receiver's context tag, 47 bits               |
//   +-------------+-------------+--+----------------------------+
//
//    0           7 8          15 16 17      23 24              31
//   +-------------+-------------+--+----------+-----------------+
//   | next header |   length    |0 |   type   | type-specific |0|   control message
//   |          checksum         |  type-specific ...
//   +---------------------------+--------------------------------

/// The first eight bytes of a shim6 header, as on the wire.
@frozen public struct IPv6Shim6: IPv6ExtensionHeader {
    @usableFromInline let rawNextHeader, rawLength: UInt8
    @usableFromInline let rawWord: UInt16
    @usableFromInline let rawRest: UInt32

    @inlinable public static var layer: LayerKind { .shim6 }

    /// 59, nothing follows, in a control message.
    @inlinable public var nextHeader: IPProtocol { IPProtocol(rawValue: rawNextHeader) }
    /// In bytes: 8 in a payload extension, up to 2048 in a control message.
    @inlinable public var headerLength: Int { (Int(rawLength) &+ 1) &* 8 }
    /// Whether the packet's payload follows; else this is a control message.
    @inlinable public var isPayloadExtension: Bool { UInt16(bigEndian: rawWord) & 0x8000 != 0 }
    /// Of a payload extension: names the receiver's context (47 bits).
    @inlinable public var contextTag: UInt64 {
        UInt64(UInt16(bigEndian: rawWord) & 0x7fff) << 32 | UInt64(UInt32(bigEndian: rawRest))
    }
    /// Of a control message, 0 to 127.
    @inlinable public var messageType: UInt8 { UInt8(truncatingIfNeeded: UInt16(bigEndian: rawWord) >> 8) & 0x7f }
    /// Of a control message: over the message and a pseudo-header.
    @inlinable public var checksum: UInt16 { UInt16(truncatingIfNeeded: UInt32(bigEndian: rawRest) >> 16) }

    /// RFC 5533's name of a control message.
    @inlinable public var messageName: StaticString? {
        switch messageType {
        case 1: "I1"
        case 2: "R1"
        case 3: "I2"
        case 4: "R2"
        case 5: "R1bis"
        case 6: "I2bis"
        case 64: "update request"
        case 65: "update acknowledgement"
        case 66: "keepalive"
        case 67: "probe"
        case 68: "error"
        default: nil
        }
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(IPv6Shim6.self, at: index) else { return }
        sink.extensionHeader(header)
        sink.boolean("payload_extension", header.isPayloadExtension)
        if header.isPayloadExtension {
            sink.hexNumber("context_tag", header.contextTag, digits: 12)
        } else {
            sink.number("type", header.messageType, meaning: header.messageName)
            sink.hexNumber("checksum", header.checksum, digits: 4)
        }
    }

    /// `shim6`, and of a control message its name: `shim6 R1, length 40`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(IPv6Shim6.self, at: index) else { return }
        sink.write("shim6")
        guard !header.isPayloadExtension else { return }
        sink.write(" ")
        sink.name(header.messageName, or: header.messageType)
        sink.write(", length ")
        sink.decimal(header.headerLength)
    }
}
