// Host identity protocol: RFC 7401 section 5.1. Over IPv4 too.
//
//    0           7 8          15 16         23 24         31
//   +-------------+-------------+-------------+-------------+
//   | next header |   length    |0| pkt type  |version|res|1|
//   |         checksum          |         controls          |
//   |        sender's host identity tag, 16 bytes           |
//   |       receiver's host identity tag, 16 bytes          |
//   |                  parameters ...                       |
//   +-------------------------------------------------------+

/// The fixed part of a HIP packet, as on the wire (40 bytes).
@frozen public struct IPv6HostIdentity: IPv6ExtensionHeader {
    @usableFromInline let rawNextHeader, rawLength, rawType, rawVersion: UInt8
    @usableFromInline let rawChecksum, rawControls: UInt16
    /// Host identity tag: a hash of the public key that names the host, in the form of an address.
    public let sender: IPv6Address
    /// Host identity tag of the receiver; all zeros where it is not known yet.
    public let receiver: IPv6Address

    @inlinable public static var layer: LayerKind { .hostIdentity }

    /// 59, nothing follows, in every packet so far.
    @inlinable public var nextHeader: IPProtocol { IPProtocol(rawValue: rawNextHeader) }
    /// In bytes: 40 to 2048.
    @inlinable public var headerLength: Int { (Int(rawLength) &+ 1) &* 8 }
    @inlinable public var packetType: UInt8 { rawType & 0x7f }
    /// 2 since RFC 7401, 1 before.
    @inlinable public var version: UInt8 { rawVersion >> 4 }
    /// Over the packet and a pseudo-header.
    @inlinable public var checksum: UInt16 { UInt16(bigEndian: rawChecksum) }
    @inlinable public var controls: UInt16 { UInt16(bigEndian: rawControls) }

    /// RFC 7401's name of the packet type.
    @inlinable public var packetName: StaticString? {
        switch packetType {
        case 1: "I1"
        case 2: "R1"
        case 3: "I2"
        case 4: "R2"
        case 16: "UPDATE"
        case 17: "NOTIFY"
        case 18: "CLOSE"
        case 19: "CLOSE_ACK"
        default: nil
        }
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(IPv6HostIdentity.self, at: index) else { return }
        sink.extensionHeader(header)
        sink.number("type", header.packetType, meaning: header.packetName)
        sink.number("version", header.version)
        sink.checksum(
            header.checksum,
            packet.transportChecksum(
                at: index, stored: header.checksum, protocolNumber: IPProtocol.hostIdentity.rawValue,
                length: header.headerLength))
        sink.hexNumber("controls", header.controls, digits: 4)
        sink.address("sender", header.sender)
        sink.address("receiver", header.receiver)
    }

    /// `HIP I1, length 40`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(IPv6HostIdentity.self, at: index) else { return }
        sink.write("HIP ")
        sink.name(header.packetName, or: header.packetType)
        sink.write(", length ")
        sink.decimal(header.headerLength)
    }
}
