// LLC: IEEE 802.2 section 3. SNAP: IEEE 802 section 10.3, RFC 1042. IP without SNAP: RFC 948.
//
//    0        7 8       15 16           23 or 31
//   +----------+----------+---------------------+
//   |   DSAP   |   SSAP   |       control       |
//   +----------+----------+---------------------+
//
// and, when both SAPs are 0xaa and control says unnumbered information:
//
//    0                    23 24               39
//   +-----------------------+-------------------+
//   |          OUI          |     protocol      |
//   +-----------------------+-------------------+

/// The first three bytes of an LLC header, as on the wire. In information and supervisory PDUs a second control byte
/// follows; SNAP adds five bytes.
@frozen public struct LLCHeader: WireHeader {
    @usableFromInline let rawDestination, rawSource, rawControl: UInt8

    @inlinable public static var layer: LayerKind { .llc }

    /// Destination service access point; the lowest bit tells a group from an individual one.
    @inlinable public var destination: ServiceAccessPoint { ServiceAccessPoint(rawValue: rawDestination) }
    /// Source service access point; the lowest bit tells a response from a command.
    @inlinable public var source: ServiceAccessPoint { ServiceAccessPoint(rawValue: rawSource) }
    /// Whether the control field has one byte, and no sequence numbers (IEEE 802.2 section 5.4).
    @inlinable public var isUnnumbered: Bool { rawControl & 0x03 == 0x03 }
    /// Whether a SNAP header follows.
    @inlinable public var hasSNAP: Bool {
        destination == .snap && source == .snap && rawControl == 0x03
    }
    /// In bytes: 3, 4, or with SNAP 8.
    @inlinable public var headerLength: Int { hasSNAP ? 8 : isUnnumbered ? 3 : 4 }
}

/// An LLC service access point.
@frozen public struct ServiceAccessPoint: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var ip: ServiceAccessPoint { ServiceAccessPoint(rawValue: 0x06) }
    @inlinable public static var snap: ServiceAccessPoint { ServiceAccessPoint(rawValue: 0xaa) }

    /// The lowest bit: group (of a destination), response (of a source).
    @inlinable public var hasFlag: Bool { rawValue & 1 != 0 }
    @inlinable public var withoutFlag: ServiceAccessPoint { ServiceAccessPoint(rawValue: rawValue & 0xfe) }

    /// tcpdump's name; 0xff is the global address.
    @inlinable public var name: StaticString? {
        switch rawValue == 0xff ? 0xff : rawValue & 0xfe {
        case 0x00: "Null"
        case 0x04: "SNA"
        case 0x06: "IP"
        case 0x42: "STP"
        case 0xaa: "SNAP"
        case 0xe0: "IPX"
        case 0xf0: "NetBeui"
        case 0xfe: "OSI"
        case 0xff: "Global"
        default: nil
        }
    }
}

/// The SNAP header that may follow an LLC header.
@frozen public struct SNAPHeader: BitwiseCopyable, Hashable, Sendable {
    /// Whose protocol numbers these are (24 bits); 0 means EtherTypes (RFC 1042), and so does 0000f8 (IEEE 802.1H).
    public let organization: UInt32
    public let protocolNumber: UInt16

    /// - Parameter header: an LLC header from its first byte on; nil when it has no SNAP header.
    @inlinable
    public init?(_ header: RawSpan) {
        guard header.byteCount >= 8 else { return nil }
        organization = UInt32(header.uint16(at: 3)) << 8 | UInt32(header.byte(at: 5))
        protocolNumber = header.uint16(at: 6)
    }

    @inlinable public var etherType: EtherType? {
        organization == 0 || organization == 0x00_00f8 ? EtherType(rawValue: protocolNumber) : nil
    }

    /// Whether two bytes of padding and an Ethernet frame follow (RFC 2684 section 5.2).
    @inlinable public var isBridgedEthernet: Bool {
        organization == 0x00_80c2 && (protocolNumber == 1 || protocolNumber == 7)
    }

    /// tcpdump's name of the organization.
    @inlinable public var organizationName: StaticString? {
        switch organization {
        case 0x00_0000: "Ethernet"
        case 0x00_000c: "Cisco"
        case 0x00_00f8: "Cisco bridged"
        case 0x08_0007: "Appletalk"
        default: nil
        }
    }
}

extension LLCHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        // Novell's raw IEEE 802.3 has no LLC: its IPX header begins with a checksum of all ones.
        if cursor.peekUInt16() == 0xffff { return nil }
        let start = cursor.offset
        let header = try cursor.read(LLCHeader.self)
        let rest = header.headerLength &- size
        guard cursor.captured >= rest else {
            throw cursor.shortage(of: header.headerLength, since: start, for: .llc)
        }
        cursor.skip(rest)
        try decoder.append(Layer(.llc, at: start, headerLength: header.headerLength, end: cursor.end))
        if let snap = SNAPHeader(cursor.bytes.clipped(from: start, to: cursor.offset)) {
            if snap.isBridgedEthernet {
                cursor.skip(2)
                return cursor.remaining > 0 ? .ethernet : nil
            }
            return snap.etherType.flatMap { LayerKind($0) }
        }
        return header.destination == .ip && header.isUnnumbered ? .ipv4 : nil
    }

    /// The control field of LLC layer `index`: one byte, or two in the order of the wire, the second one higher.
    @inlinable
    public static func control(at index: Int, of packet: Packet) -> UInt16 {
        let bytes = packet.headerBytes(at: index)
        return bytes.byteCount == 4 ? bytes.uint16(at: 2).byteSwapped : UInt16(bytes.byte(at: 2))
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(LLCHeader.self, at: index) else { return }
        sink.hexNumber("dsap", header.destination.rawValue, digits: 2, meaning: header.destination.name)
        sink.hexNumber("ssap", header.source.rawValue, digits: 2, meaning: header.source.name)
        sink.hexNumber("control", control(at: index, of: packet), digits: header.isUnnumbered ? 2 : 4)
        guard let snap = SNAPHeader(packet.headerBytes(at: index)) else { return }
        sink.hexNumber("snap_oui", snap.organization, digits: 6, meaning: snap.organizationName)
        sink.hexNumber("snap_protocol", snap.protocolNumber, digits: 4, meaning: snap.etherType?.name)
    }

    /// `LLC, dsap SNAP (0xaa) Individual, ssap SNAP (0xaa) Command, ctrl 0x03: oui Ethernet (0x000000), ethertype IPv4
    /// (0x0800), length 38`, the length without the header; without SNAP `ctrl 0x03: Unnumbered, ui, Flags [Command],
    /// length 3`, the length with it.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(LLCHeader.self, at: index) else { return }
        sink.write("LLC, dsap ")
        sink.accessPoint(header.destination)
        sink.write(header.destination.hasFlag ? " Group, ssap " : " Individual, ssap ")
        sink.accessPoint(header.source)
        sink.write(header.source.hasFlag ? " Response, ctrl 0x" : " Command, ctrl 0x")
        let control = control(at: index, of: packet)
        sink.hex(UInt64(control), digits: header.isUnnumbered ? 2 : 4)
        sink.write(": ")
        if let snap = SNAPHeader(packet.headerBytes(at: index)) {
            sink.snap(snap)
            sink.write(", length ")
            sink.decimal(packet.layers[index].statedPayloadLength)
        } else {
            sink.control(control, isResponse: header.source.hasFlag)
            sink.write(", length ")
            sink.decimal(packet.layers[index].length)
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// `STP (0x42)`, the number without its flag.
    @inlinable
    mutating func accessPoint(_ point: ServiceAccessPoint) {
        write(point.name ?? "Unknown")
        write(" (0x")
        hex(UInt64(point.rawValue == 0xff ? 0xff : point.withoutFlag.rawValue), digits: 2)
        write(")")
    }

    /// `oui Ethernet (0x000000), ethertype IPv4 (0x0800)`; `pid` where the number is no EtherType.
    @inlinable
    mutating func snap(_ snap: SNAPHeader) {
        write("oui ")
        write(snap.organizationName ?? "Unknown")
        write(" (0x")
        hex(UInt64(snap.organization), digits: 6)
        write("), ")
        if snap.etherType != nil {
            etherType(snap.protocolNumber)
        } else {
            write("pid 0x")
            hex(UInt64(snap.protocolNumber), digits: 4)
        }
    }

    /// What the control field says (IEEE 802.2 section 5.4): `Unnumbered, ui, Flags [Command]`.
    @inlinable
    mutating func control(_ control: UInt16, isResponse: Bool) {
        let isUnnumbered = control & 0x03 == 0x03
        if isUnnumbered {
            write("Unnumbered, ")
            switch control & 0xef {
            case 0x03: write("ui")
            case 0x0f: write("dm")
            case 0x43: write("disc")
            case 0x63: write("ua")
            case 0x6f: write("sabme")
            case 0x87: write("frmr")
            case 0xaf: write("xid")
            case 0xe3: write("test")
            default: hex(UInt64(control & 0xef), digits: 2)
            }
        } else if control & 0x01 != 0 {
            write("Supervisory, ")
            switch control & 0x0c {
            case 0x00: write("Receiver Ready")
            case 0x04: write("Receiver not Ready")
            case 0x08: write("Reject")
            default: write("Unknown")
            }
            write(", rcv seq ")
            decimal(control >> 9)
        } else {
            write("Information, send seq ")
            decimal(control >> 1 & 0x7f)
            write(", rcv seq ")
            decimal(control >> 9)
        }
        let pollOrFinal = control & (isUnnumbered ? 0x0010 : 0x0100) != 0
        switch (isResponse, pollOrFinal) {
        case (false, false): write(", Flags [Command]")
        case (false, true): write(", Flags [Poll]")
        case (true, false): write(", Flags [Response]")
        case (true, true): write(", Flags [Final]")
        }
    }
}
