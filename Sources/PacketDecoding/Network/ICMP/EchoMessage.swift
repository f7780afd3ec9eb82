// ICMP echo, both ways: RFC 792 "Echo or Echo Reply Message", RFC 4443 section 4.
//
//    0          7 8         15 16                            31
//   +------------+------------+-------------------------------+
//   |    type    |   code 0   |           checksum            |
//   |       identifier        |        sequence number        |
//   |  data, which the reply brings back                      |
//   +---------------------------------------------------------+

/// An echo message as it lies in bytes: what identifies it, and where its data are.
@frozen public struct EchoMessage: BitwiseCopyable, Hashable, Sendable {
    /// Whether it answers.
    public let isReply: Bool
    public let identifier, sequenceNumber: UInt16
    /// As sent, in host order.
    public let checksum: UInt16
    /// Offset of the first byte of data.
    public let dataOffset: Int

    /// Size of the header in front of the data, in bytes.
    @inlinable public static var headerLength: Int { 8 }

    /// Reads the message at `offset`; nil where there is no echo message of which eight bytes are there.
    @inlinable
    public init?(in bytes: RawSpan, at offset: Int = 0, isIPv6: Bool) {
        guard offset >= 0, bytes.byteCount &- offset >= Self.headerLength else { return nil }
        let type = bytes.byte(at: offset)
        let request = isIPv6 ? ICMPv6Type.echoRequest.rawValue : ICMPType.echoRequest.rawValue
        let reply = isIPv6 ? ICMPv6Type.echoReply.rawValue : ICMPType.echoReply.rawValue
        guard type == request || type == reply, bytes.byte(at: offset &+ 1) == 0 else { return nil }
        isReply = type == reply
        checksum = bytes.uint16(at: offset &+ 2)
        identifier = bytes.uint16(at: offset &+ 4)
        sequenceNumber = bytes.uint16(at: offset &+ 6)
        dataOffset = offset &+ Self.headerLength
    }

    /// Reads a reply as a raw IPv4 socket delivers it, IP header included; nil where it is none, is cut or a checksum
    /// is wrong: the kernel hands raw sockets what it has not looked at.
    @inlinable
    public init?(rawIPv4 packet: RawSpan) {
        guard packet.byteCount >= IPv4Header.size else { return nil }
        let headerLength = Int(packet.byte(at: 0) & 0x0f) &* 4
        guard packet.byte(at: 0) >> 4 == 4, headerLength >= IPv4Header.size, packet.byteCount > headerLength,
            IPProtocol(rawValue: packet.byte(at: 9)) == .icmp
        else { return nil }
        self.init(in: packet, at: headerLength, isIPv6: false)
        guard isReply else { return nil }
        var sum = InternetChecksum()
        sum.add(packet.clipped(from: headerLength, to: packet.byteCount))
        guard sum.folded == 0xffff else { return nil }
    }

    /// Writes the header of an echo request in front of data that is there already.
    ///
    /// - Parameters:
    ///   - message: at least eight bytes; from the ninth on the data.
    ///   - isIPv6: the checksum then stays 0: it covers the addresses, and the kernel fills it in.
    @inlinable
    public static func writeRequest(
        identifier: UInt16, sequenceNumber: UInt16, isIPv6: Bool, into message: inout MutableSpan<UInt8>
    ) {
        guard message.count >= headerLength else { return }
        message[0] = isIPv6 ? ICMPv6Type.echoRequest.rawValue : ICMPType.echoRequest.rawValue
        message[1] = 0
        message[2] = 0
        message[3] = 0
        message[4] = UInt8(truncatingIfNeeded: identifier >> 8)
        message[5] = UInt8(truncatingIfNeeded: identifier)
        message[6] = UInt8(truncatingIfNeeded: sequenceNumber >> 8)
        message[7] = UInt8(truncatingIfNeeded: sequenceNumber)
        if isIPv6 { return }
        var sum = InternetChecksum()
        sum.add(unsafe message.span.bytes)
        message[2] = UInt8(truncatingIfNeeded: sum.complement >> 8)
        message[3] = UInt8(truncatingIfNeeded: sum.complement)
    }
}
