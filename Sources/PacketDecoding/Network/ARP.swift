// ARP: RFC 826. Reverse ARP: RFC 903. Inverse ARP: RFC 2390. Numbers: IANA, Address Resolution Protocol Parameters.
//
//    0                 15 16     23 24     31
//   +--------------------+--------------------+
//   |   hardware type    |   protocol type    |
//   | hw size | pr. size |     operation      |
//   |   sender hardware and protocol address  |
//   |   target hardware and protocol address  |
//   +-----------------------------------------+

/// The fixed part of an ARP packet, as on the wire (8 bytes). Four addresses of the two given sizes follow.
@frozen public struct ARPHeader: WireHeader {
    @usableFromInline let rawHardwareType, rawProtocolType: UInt16
    /// Length of each hardware address, in bytes; 0 when the packet has none.
    public let hardwareSize: UInt8
    /// Length of each protocol address, in bytes; 0 when the packet has none.
    public let protocolSize: UInt8
    @usableFromInline let rawOperation: UInt16

    @inlinable public static var layer: LayerKind { .arp }

    @inlinable public var hardwareType: UInt16 { UInt16(bigEndian: rawHardwareType) }
    /// An EtherType.
    @inlinable public var protocolType: EtherType { EtherType(rawValue: UInt16(bigEndian: rawProtocolType)) }
    @inlinable public var operation: ARPOperation { ARPOperation(rawValue: UInt16(bigEndian: rawOperation)) }

    /// With the four addresses, in bytes: 8 to 1028.
    @inlinable public var headerLength: Int { Self.size &+ 2 &* (Int(hardwareSize) &+ Int(protocolSize)) }
    /// Whether the protocol addresses are IPv4 addresses.
    @inlinable public var isIPv4: Bool { protocolType == .ipv4 && protocolSize == 4 }

    /// tcpdump's name of the hardware type.
    @inlinable public var hardwareName: StaticString? {
        switch hardwareType {
        case 1: "Ethernet"
        case 6: "TokenRing"
        case 7: "ArcNet"
        case 15: "FrameRelay"
        case 19: "ATM"
        case 24: "IEEE 1394"
        case 32: "InfiniBand"
        default: nil
        }
    }
}

/// What an ARP packet asks or answers.
@frozen public struct ARPOperation: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var request: ARPOperation { ARPOperation(rawValue: 1) }
    @inlinable public static var reply: ARPOperation { ARPOperation(rawValue: 2) }
    @inlinable public static var reverseRequest: ARPOperation { ARPOperation(rawValue: 3) }
    @inlinable public static var reverseReply: ARPOperation { ARPOperation(rawValue: 4) }
    @inlinable public static var inverseRequest: ARPOperation { ARPOperation(rawValue: 8) }
    @inlinable public static var inverseReply: ARPOperation { ARPOperation(rawValue: 9) }
    /// ATMARP: no such address (RFC 2225 section 8.4).
    @inlinable public static var negativeAcknowledgment: ARPOperation { ARPOperation(rawValue: 10) }

    @inlinable public var name: StaticString? {
        switch self {
        case .request: "request"
        case .reply: "reply"
        case .reverseRequest: "reverse request"
        case .reverseReply: "reverse reply"
        case .inverseRequest: "inverse request"
        case .inverseReply: "inverse reply"
        case .negativeAcknowledgment: "negative acknowledgment"
        default: nil
        }
    }
}

extension ARPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let header = try cursor.read(ARPHeader.self)
        guard cursor.captured >= header.headerLength &- size else {
            throw cursor.shortage(of: header.headerLength, since: start, for: .arp)
        }
        try decoder.append(Layer(.arp, at: start, headerLength: header.headerLength, end: cursor.end))
        return nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(ARPHeader.self, at: index) else { return }
        sink.number("hardware_type", header.hardwareType, meaning: header.hardwareName)
        sink.hexNumber("protocol_type", header.protocolType.rawValue, digits: 4, meaning: header.protocolType.name)
        sink.number("hardware_size", header.hardwareSize)
        sink.number("protocol_size", header.protocolSize)
        sink.number("operation", header.operation.rawValue, meaning: header.operation.name)
        let addresses = Addresses(packet.headerBytes(at: index), header)
        sink.hardwareAddress("sender_hardware_address", addresses.senderHardware)
        sink.protocolAddress("sender_protocol_address", addresses.senderProtocol, isIPv4: header.isIPv4)
        sink.hardwareAddress("target_hardware_address", addresses.targetHardware)
        sink.protocolAddress("target_protocol_address", addresses.targetProtocol, isIPv4: header.isIPv4)
    }

    /// `ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28`; without `ARP, ` where the link header has said it.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        guard let header = packet.header(ARPHeader.self, at: index) else { return }
        if !context.showsLinkHeader { sink.write("ARP, ") }
        if header.isIPv4 && header.hardwareSize > 0 {
            sink.arp(header.operation, Addresses(packet.headerBytes(at: index), header))
        } else {
            sink.write(header.hardwareName ?? "Unknown Hardware")
            if header.hardwareName == nil { sink.parenthesized(header.hardwareType) }
            sink.write(" (len ")
            sink.decimal(header.hardwareSize)
            sink.write("), ")
            sink.write(header.protocolType.name ?? "Unknown Protocol")
            if header.protocolType.name == nil { sink.parenthesized(header.protocolType.rawValue) }
            sink.write(" (len ")
            sink.decimal(header.protocolSize)
            sink.write(")")
        }
        sink.write(", length ")
        sink.decimal(packet.layers[index].length)
    }
}

extension ARPHeader {
    /// The four addresses of a packet.
    @usableFromInline
    struct Addresses: ~Escapable {
        @usableFromInline let senderHardware, senderProtocol, targetHardware, targetProtocol: RawSpan

        /// - Parameter bytes: the packet from its first byte on.
        @inlinable
        @_lifetime(copy bytes)
        init(_ bytes: RawSpan, _ header: ARPHeader) {
            let senderProtocolOffset = ARPHeader.size &+ Int(header.hardwareSize)
            let targetHardwareOffset = senderProtocolOffset &+ Int(header.protocolSize)
            let targetProtocolOffset = targetHardwareOffset &+ Int(header.hardwareSize)
            senderHardware = bytes.clipped(from: ARPHeader.size, to: senderProtocolOffset)
            senderProtocol = bytes.clipped(from: senderProtocolOffset, to: targetHardwareOffset)
            targetHardware = bytes.clipped(from: targetHardwareOffset, to: targetProtocolOffset)
            targetProtocol = bytes.clipped(
                from: targetProtocolOffset, to: targetProtocolOffset &+ Int(header.protocolSize))
        }
    }
}

extension FieldSink where Self: ~Copyable {
    @inlinable
    mutating func hardwareAddress(_ name: StaticString, _ address: RawSpan) {
        if address.byteCount > 0 { self.address(name, bytes: address) }
    }

    @inlinable
    mutating func protocolAddress(_ name: StaticString, _ address: RawSpan, isIPv4: Bool) {
        if isIPv4 {
            self.address(name, IPv4Address(rawValue: address.uint32(at: 0)))
        } else {
            hardwareAddress(name, address)
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// What an ARP packet about IPv4 addresses says.
    @inlinable
    mutating func arp(_ operation: ARPOperation, _ addresses: ARPHeader.Addresses) {
        let senderAddress = IPv4Address(rawValue: addresses.senderProtocol.uint32(at: 0))
        let targetAddress = IPv4Address(rawValue: addresses.targetProtocol.uint32(at: 0))
        switch operation {
        case .request:
            write("Request who-has ")
            address(targetAddress)
            // Most requests leave it zero: it is what they ask for.
            if addresses.targetHardware.hasNonzeroByte {
                write(" (")
                hexBytes(addresses.targetHardware, separator: ":")
                write(")")
            }
            write(" tell ")
            address(senderAddress)
        case .reply:
            write("Reply ")
            address(senderAddress)
            write(" is-at ")
            hexBytes(addresses.senderHardware, separator: ":")
        case .reverseRequest, .inverseRequest:
            write(operation == .reverseRequest ? "Reverse" : "Inverse")
            write(" Request who-is ")
            hexBytes(addresses.targetHardware, separator: ":")
            write(" tell ")
            hexBytes(addresses.senderHardware, separator: ":")
        case .reverseReply:
            write("Reverse Reply ")
            hexBytes(addresses.targetHardware, separator: ":")
            write(" at ")
            address(targetAddress)
        case .inverseReply:
            write("Inverse Reply ")
            hexBytes(addresses.senderHardware, separator: ":")
            write(" at ")
            address(senderAddress)
        case .negativeAcknowledgment:
            write("NACK Reply")
        default:
            write("Unknown (")
            decimal(operation.rawValue)
            write(")")
        }
    }

    /// ` (0x88b5)`.
    @inlinable
    mutating func parenthesized(_ number: UInt16) {
        write(" (0x")
        hex(UInt64(number), digits: 4)
        write(")")
    }
}

extension RawSpan {
    @inlinable
    var hasNonzeroByte: Bool {
        for offset in 0..<byteCount where byte(at: offset) != 0 { return true }
        return false
    }
}
