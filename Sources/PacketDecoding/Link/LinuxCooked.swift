// Linux cooked capture, version 1: LINKTYPE_LINUX_SLL (113), https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html.
//
//    0              15 16             31
//   +-----------------+-----------------+
//   |   packet type   |   ARPHRD type   |
//   | address length  |                 |
//   |        link-layer address, 8      |
//   |                 |  protocol type  |
//   +-----------------+-----------------+

/// How a frame passed the interface (packet(7), `sll_pkttype`).
@frozen public struct LinuxPacketType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// packet(7) in words.
    @inlinable public var meaning: StaticString? {
        switch rawValue {
        case 0: "to this host"
        case 1: "broadcast"
        case 2: "multicast"
        case 3: "to another host"
        case 4: "from this host"
        default: nil
        }
    }

    /// tcpdump's word.
    @inlinable public var abbreviation: StaticString {
        switch rawValue {
        case 0: "In"
        case 1: "B"
        case 2: "M"
        case 3: "P"
        case 4: "Out"
        default: "?"
        }
    }
}

/// The protocol type at the end of a cooked header, and the ARPHRD type that tells how to read it.
@frozen public struct LinuxProtocolType: BitwiseCopyable, Hashable, Sendable {
    /// The kind of interface, an ARPHRD_ number of the Linux kernel.
    public let hardware: UInt16
    /// From 1536 an EtherType; smaller numbers are the kernel's own (ETH_P_802_3 and others of if_ether.h).
    public let value: UInt16

    @inlinable
    public init(hardware: UInt16, value: UInt16) {
        self.hardware = hardware
        self.value = value
    }

    /// The kind of interface in words (if_arp.h).
    @inlinable public var hardwareName: StaticString? {
        switch hardware {
        case 1: "Ethernet"
        case 32: "InfiniBand"
        case 512: "PPP"
        case 768: "IP tunnel"
        case 769: "IPv6 tunnel"
        case 770: "Frame Relay"
        case 772: "loopback"
        case 776: "6in4 tunnel"
        case 778: "GRE tunnel"
        case 801: "IEEE 802.11"
        case 803: "IEEE 802.11 with radiotap"
        case 824: "netlink"
        case 65534: "no link header"
        default: nil
        }
    }

    /// What follows; nil where the field is no EtherType (Frame Relay, radiotap, netlink) or is not decoded.
    var next: LayerKind? {
        switch hardware {
        case 770, 803, 824: nil
        case 778: LayerKind(greProtocol: EtherType(rawValue: value))
        default:
            switch value {
            case 3: .ethernet
            case 4: .llc
            default: value >= 1536 ? LayerKind(EtherType(rawValue: value)) : nil
            }
        }
    }

    @inlinable
    func describe(to sink: inout some FieldSink & ~Copyable) {
        if value >= 1536 {
            sink.hexNumber("ether_type", value, digits: 4, meaning: EtherType(rawValue: value).name)
        } else {
            sink.hexNumber("protocol_type", value, digits: 4, meaning: name)
        }
    }

    /// The name of a number of the kernel's own that tcpdump knows: raw IEEE 802.3 (Novell) and IEEE 802.2.
    @inlinable var name: StaticString? {
        switch value {
        case 1: "802.3"
        case 4: "802.2"
        default: nil
        }
    }

    /// `ethertype IPv4 (0x0800)`, `802.2`.
    @inlinable
    func summarize(to sink: inout some TextSink & ~Copyable) {
        if let name { sink.write(name) } else { sink.etherType(value) }
    }
}

/// The header of a cooked frame, version 1, as on the wire (16 bytes).
@frozen public struct LinuxSLLHeader: WireHeader {
    @usableFromInline let rawPacketType, rawHardware, rawAddressLength: UInt16
    @usableFromInline let rawAddress: (UInt16, UInt16, UInt16, UInt16)
    @usableFromInline let rawProtocol: UInt16

    @inlinable public static var layer: LayerKind { .linuxSLL }
    /// Of the sender's address, from the header's start.
    @usableFromInline static var addressOffset: Int { 6 }

    @inlinable public var packetType: LinuxPacketType {
        LinuxPacketType(rawValue: UInt16(bigEndian: rawPacketType))
    }
    /// Of the sender's address, in bytes; 0 where the interface has none. Of a longer one only eight bytes are there.
    @inlinable public var addressLength: Int { Int(UInt16(bigEndian: rawAddressLength)) }
    @inlinable public var protocolType: LinuxProtocolType {
        LinuxProtocolType(hardware: UInt16(bigEndian: rawHardware), value: UInt16(bigEndian: rawProtocol))
    }
}

extension LinuxSLLHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(LinuxSLLHeader.self)
        try decoder.append(Layer(.linuxSLL, at: start, headerLength: size, end: cursor.end))
        return header.protocolType.next
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(LinuxSLLHeader.self, at: index) else { return }
        sink.number("packet_type", header.packetType.rawValue, meaning: header.packetType.meaning)
        sink.number("arphrd_type", header.protocolType.hardware, meaning: header.protocolType.hardwareName)
        sink.number("address_length", header.addressLength)
        let address = packet.headerBytes(at: index).clipped(from: addressOffset, to: addressOffset &+ 8)
        sink.linuxAddress(address, length: header.addressLength)
        header.protocolType.describe(to: &sink)
    }

    /// ` In 02:00:00:00:00:01 ethertype IPv4 (0x0800), length 76`, the packet type flush right in three columns.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(LinuxSLLHeader.self, at: index) else { return }
        let word = header.packetType.abbreviation
        for _ in word.utf8CodeUnitCount..<3 { sink.write(" ") }
        sink.write(word)
        sink.write(" ")
        let address = packet.headerBytes(at: index).clipped(from: addressOffset, to: addressOffset &+ 8)
        sink.linuxAddress(address, length: header.addressLength)
        header.protocolType.summarize(to: &sink)
        sink.write(", length ")
        sink.decimal(packet.frame.wireLength)
    }
}

extension FieldSink where Self: ~Copyable {
    /// The sender's address in a cooked header's eight bytes of room.
    @inlinable
    mutating func linuxAddress(_ room: RawSpan, length: Int) {
        switch length {
        case 0: break
        case 4: address("source", IPv4Address(rawValue: room.uint32(at: 0)))
        default: address("source", bytes: room.clipped(from: 0, to: length))
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// The sender's address in a cooked header's eight bytes of room and a space, where it is a MAC address.
    @inlinable
    mutating func linuxAddress(_ room: RawSpan, length: Int) {
        guard length == 6 else { return }
        hexBytes(room.clipped(from: 0, to: 6), separator: ":")
        write(" ")
    }
}
