// DHCP: RFC 2131 section 2. BOOTP: RFC 951. Options: RFC 2132.
//
//    0        7 8      15 16      23 24      31
//   +----------+---------+----------+----------+
//   |    op    | hw type | hw size  |   hops   |
//   |            transaction id                |
//   |      seconds       |        flags        |
//   |   client, your, server, relay address    |
//   |   client hardware address (16 bytes)     |
//   |   server name (64), boot file (128)      |
//   |   magic cookie, options                  |
//   +------------------------------------------+

/// The beginning of a DHCP message, as on the wire (28 bytes). The client's hardware address, server name and boot file
/// follow, 236 bytes in all, then a magic cookie and options.
@frozen public struct DHCPHeader: WireHeader {
    @usableFromInline let rawOperation: UInt8
    /// As in ARP: 1 is Ethernet.
    public let hardwareType: UInt8
    /// Length of the client's hardware address, in bytes.
    public let hardwareSize: UInt8
    /// Relay agents the message has passed.
    public let hops: UInt8
    @usableFromInline let rawTransactionID: UInt32
    @usableFromInline let rawSeconds, rawFlags: UInt16
    @usableFromInline let rawClient, rawYour, rawServer, rawRelay: UInt32

    @inlinable public static var layer: LayerKind { .dhcp }

    /// Up to where the options begin, without the magic cookie, in bytes.
    @inlinable public static var fixedLength: Int { 236 }

    /// 1 is a client's, 2 a server's.
    @inlinable public var operation: UInt8 { rawOperation }
    /// Chosen by the client, repeated by the server.
    @inlinable public var transactionID: UInt32 { UInt32(bigEndian: rawTransactionID) }
    /// Since the client began, in seconds.
    @inlinable public var seconds: UInt16 { UInt16(bigEndian: rawSeconds) }
    /// Whether the client can receive answers by broadcast only.
    @inlinable public var wantsBroadcast: Bool { UInt16(bigEndian: rawFlags) & 0x8000 != 0 }
    /// Of a client that has one already; else 0.0.0.0, as in the others.
    @inlinable public var clientAddress: IPv4Address { IPv4Address(rawValue: UInt32(bigEndian: rawClient)) }
    /// What the server gives the client.
    @inlinable public var yourAddress: IPv4Address { IPv4Address(rawValue: UInt32(bigEndian: rawYour)) }
    /// Of the server to boot from.
    @inlinable public var serverAddress: IPv4Address { IPv4Address(rawValue: UInt32(bigEndian: rawServer)) }
    /// Of the relay agent.
    @inlinable public var relayAddress: IPv4Address { IPv4Address(rawValue: UInt32(bigEndian: rawRelay)) }
}

extension DHCPHeader: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        let length = cursor.remaining
        let message = cursor.bytes.clipped(from: start, to: start &+ cursor.captured)
        guard isPlausible(message) else { return nil }
        var options = cursor.captured == length ? DHCPOptions(in: message) : nil
        options?.finish(in: message)
        let overrun = options?.overrun
        let isSound = cursor.captured == length && length >= fixedLength && overrun == nil
        try decoder.append(
            Layer(.dhcp, at: start, headerLength: length, end: cursor.end, traits: isSound ? [] : .partial))
        try cursor.require(max(length, fixedLength), for: .dhcp)
        if let overrun {
            throw DecodeError(.dhcp, at: start, .tooShort(needed: overrun.needed, available: overrun.available))
        }
        return nil
    }

    /// Whether what was captured of a message can be one: a client's or a server's, or with options.
    private static func isPlausible(_ message: RawSpan) -> Bool {
        if message.byteCount >= fixedLength &+ 4, message.uint32(at: fixedLength) == 0x6382_5363 { return true }
        if message.byteCount > 2, message.byte(at: 2) > 16 { return false }
        return message.byteCount == 0 || (1...2).contains(message.byte(at: 0))
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        guard let header = packet.header(DHCPHeader.self, at: index) else { return }
        let message = packet.headerBytes(at: index)
        sink.number("operation", header.operation, meaning: operationName(header.operation))
        sink.number("hardware_type", header.hardwareType)
        sink.number("hardware_size", header.hardwareSize)
        sink.number("hops", header.hops)
        sink.hexNumber("transaction_id", header.transactionID, digits: 8)
        sink.number("seconds", header.seconds)
        sink.boolean("broadcast", header.wantsBroadcast)
        sink.address("client_address", header.clientAddress)
        sink.address("your_address", header.yourAddress)
        sink.address("server_address", header.serverAddress)
        sink.address("relay_address", header.relayAddress)
        let address = hardwareAddress(message, size: header.hardwareSize)
        if address.byteCount > 0 { sink.address("client_hardware_address", bytes: address) }
        guard message.byteCount >= fixedLength else { return }
        var options = DHCPOptions(in: message)
        options?.finish(in: message)
        // A field that holds options has no name.
        let overload = options?.overload ?? 0
        let serverName = message.clipped(from: 44, to: overload & 2 != 0 ? 44 : 108).upToZero
        if serverName.byteCount > 0 { sink.text("server_name", serverName) }
        let bootFile = message.clipped(from: 108, to: overload & 1 != 0 ? 108 : fixedLength).upToZero
        if bootFile.byteCount > 0 { sink.text("boot_file", bootFile) }
        sink.options(of: message)
    }

    /// `DHCP discover 0x1a2b3c4d from 02:00:00:00:09:01`, `DHCP offer 0x1a2b3c4d of 10.9.0.5 to 02:00:00:00:09:01`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        let message = packet.headerBytes(at: index)
        let type = DHCPOption.messageType(in: message)
        let isBOOTP = type == nil && !packet.layers[index].traits.contains(.partial)
        sink.write(isBOOTP ? "BOOTP" : "DHCP")
        if let header = packet.header(DHCPHeader.self, at: index) {
            sink.write(" ")
            sink.name(type.map(DHCPOption.typeName) ?? operationName(header.operation), or: type ?? header.operation)
            sink.write(" ")
            sink.hexNumber(header.transactionID, digits: 8)
            if header.yourAddress.rawValue != 0 {
                sink.write(" of ")
                sink.address(header.yourAddress)
            } else if header.clientAddress.rawValue != 0 {
                sink.write(" for ")
                sink.address(header.clientAddress)
            } else if let requested = DHCPOption.requestedAddress(in: message) {
                sink.write(" for ")
                sink.address(requested)
            }
            let address = hardwareAddress(message, size: header.hardwareSize)
            if address.byteCount > 0 {
                sink.write(header.operation == 2 ? " to " : " from ")
                sink.hexBytes(address, separator: ":")
            }
        }
        sink.fault(of: index, in: packet)
    }

    @inlinable
    static func operationName(_ operation: UInt8) -> StaticString? {
        switch operation {
        case 1: "request"
        case 2: "reply"
        default: nil
        }
    }

    /// The client's, of the 16 bytes that have room for it; empty when it is not there whole.
    @inlinable
    @_lifetime(copy message)
    static func hardwareAddress(_ message: RawSpan, size: UInt8) -> RawSpan {
        let end = 28 &+ min(Int(size), 16)
        return message.clipped(from: 28, to: message.byteCount < end ? 28 : end)
    }
}

extension RawSpan {
    /// The bytes before the first zero.
    @inlinable var upToZero: RawSpan {
        @_lifetime(copy self)
        get {
            var end = 0
            while end < byteCount, byte(at: end) != 0 { end &+= 1 }
            return clipped(from: 0, to: end)
        }
    }
}
