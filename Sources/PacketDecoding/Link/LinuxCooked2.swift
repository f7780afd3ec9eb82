// Linux cooked capture, version 2: LINKTYPE_LINUX_SLL2 (276),
// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html.
//
//    0        7 8       15 16             31
//   +-------------------+------------------+
//   |   protocol type   | reserved, zero   |
//   |           interface index            |
//   |   ARPHRD type     | pkt type|addr len|
//   |        link-layer address, 8         |
//   +-------------------+------------------+

/// The header of a cooked frame, version 2, as on the wire (20 bytes).
@frozen public struct LinuxSLL2Header: WireHeader {
    @usableFromInline let rawProtocol, rawReserved: UInt16
    @usableFromInline let rawInterface: UInt32
    @usableFromInline let rawHardware: UInt16
    @usableFromInline let rawPacketType, rawAddressLength: UInt8
    @usableFromInline let rawAddress: (UInt32, UInt32)

    @inlinable public static var layer: LayerKind { .linuxSLL2 }
    /// Of the sender's address, from the header's start.
    @usableFromInline static var addressOffset: Int { 12 }

    /// The capturing host's number of the interface, from 1.
    @inlinable public var interfaceIndex: UInt32 { UInt32(bigEndian: rawInterface) }
    @inlinable public var packetType: LinuxPacketType { LinuxPacketType(rawValue: UInt16(rawPacketType)) }
    /// Of the sender's address, in bytes; 0 where the interface has none. Of a longer one only eight bytes are there.
    @inlinable public var addressLength: Int { Int(rawAddressLength) }
    @inlinable public var protocolType: LinuxProtocolType {
        LinuxProtocolType(hardware: UInt16(bigEndian: rawHardware), value: UInt16(bigEndian: rawProtocol))
    }
}

extension LinuxSLL2Header: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(LinuxSLL2Header.self)
        try decoder.append(Layer(.linuxSLL2, at: start, headerLength: size, end: cursor.end))
        return header.protocolType.next
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(LinuxSLL2Header.self, at: index) else { return }
        header.protocolType.describe(to: &sink)
        sink.number("interface_index", header.interfaceIndex)
        sink.number("arphrd_type", header.protocolType.hardware, meaning: header.protocolType.hardwareName)
        sink.number("packet_type", header.packetType.rawValue, meaning: header.packetType.meaning)
        sink.number("address_length", header.addressLength)
        let address = packet.headerBytes(at: index).clipped(from: addressOffset, to: addressOffset &+ 8)
        sink.linuxAddress(address, length: header.addressLength)
    }

    /// `In  ifindex 1 02:00:00:00:00:01 ethertype IPv4 (0x0800), length 80`, the packet type flush left in three
    /// columns. tcpdump puts the interface's name before it, which the packet does not tell.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(LinuxSLL2Header.self, at: index) else { return }
        let word = header.packetType.abbreviation
        sink.write(word)
        for _ in word.utf8CodeUnitCount..<3 { sink.write(" ") }
        sink.write(" ifindex ")
        sink.decimal(header.interfaceIndex)
        sink.write(" ")
        let address = packet.headerBytes(at: index).clipped(from: addressOffset, to: addressOffset &+ 8)
        sink.linuxAddress(address, length: header.addressLength)
        header.protocolType.summarize(to: &sink)
        sink.write(", length ")
        sink.decimal(packet.frame.wireLength)
    }
}
