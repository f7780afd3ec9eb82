import PacketDecoding
import Testing

// Packets put together for a test: from 192.0.2.1 to 198.51.100.2, or from 2001:db8::1 to 2001:db8::2.

/// What a sender writes in a checksum field that holds zero so far.
func checksum(of bytes: [UInt8]) -> UInt16 {
    var sum = 0
    for (index, byte) in bytes.enumerated() { sum += index.isMultiple(of: 2) ? Int(byte) << 8 : Int(byte) }
    while sum > 0xffff { sum = sum >> 16 + sum & 0xffff }
    return UInt16(0xffff - sum)
}

/// - Parameters:
///   - totalLength: the field; nil for the right one.
///   - fragment: flags and fragment offset, as the field holds them.
func ipv4(_ number: IPProtocol, _ payload: [UInt8], totalLength: Int? = nil, fragment: UInt16 = 0) -> [UInt8] {
    var header = hex("4500") + bigEndian(UInt16(totalLength ?? 20 + payload.count)) + hex("0001")
    header += bigEndian(fragment) + [64, number.rawValue] + hex("0000 c0000201 c6336402")
    header.replaceSubrange(10..<12, with: bigEndian(checksum(of: header)))
    return header + payload
}

/// - Parameter payloadLength: the field; nil for the right one.
func ipv6(_ next: IPProtocol, _ payload: [UInt8], payloadLength: Int? = nil) -> [UInt8] {
    hex("60000000") + bigEndian(UInt16(payloadLength ?? payload.count)) + [next.rawValue, 64] + ipv6Addresses + payload
}

let ipv6Addresses = hex("20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002")

/// The message with its checksum filled in.
///
/// - Parameter pseudoHeader: what the sum covers beside the message.
func checksummed(_ message: [UInt8], at offset: Int, pseudoHeader: [UInt8] = []) -> [UInt8] {
    var message = message
    message.replaceSubrange(offset..<offset + 2, with: bigEndian(checksum(of: pseudoHeader + message)))
    return message
}

/// An ICMP message in its packet.
func icmp(_ message: String, quoting quote: [UInt8] = []) -> [UInt8] {
    ipv4(.icmp, checksummed(hex(message) + quote, at: 2))
}

/// An ICMPv6 message in its packet.
func icmpv6(_ message: String, quoting quote: [UInt8] = []) -> [UInt8] {
    let bytes = hex(message) + quote
    return ipv6(
        .icmpv6, checksummed(bytes, at: 2, pseudoHeader: ipv6Addresses + bigEndian32(bytes.count) + hex("0000003a")))
}

func bigEndian32(_ value: Int) -> [UInt8] { bigEndian(UInt16(value >> 16)) + bigEndian(UInt16(value & 0xffff)) }

/// A TCP segment from port 1025 to 80 with sequence number 1000, acknowledgment number 2000 and window 64.
///
/// - Parameters:
///   - options: in hexadecimal, a multiple of four bytes.
///   - dataOffset: the field, in 32-bit words; nil for the right one.
func tcp(
    _ flags: TCPFlags = .ack, options: String = "", payload: String = "", urgentPointer: UInt16 = 0,
    dataOffset: Int? = nil
) -> [UInt8] {
    let options = hex(options)
    let offset = UInt16(dataOffset ?? 5 + options.count / 4)
    return hex("0401 0050 000003e8 000007d0") + bigEndian(offset << 12 | flags.rawValue) + hex("0040 0000")
        + bigEndian(urgentPointer) + options + Array(payload.utf8)
}

/// A UDP datagram from port 1025 to `port`, its checksum left out.
func udp(_ payload: String, length: Int? = nil, port: UInt16 = 9) -> [UInt8] {
    hex("0401") + bigEndian(port) + bigEndian(UInt16(length ?? 8 + payload.utf8.count)) + hex("0000")
        + Array(payload.utf8)
}

/// A packet and what is said of it.
struct Words: CustomTestStringConvertible {
    let words: String
    let bytes: [UInt8]
    let wireLength: Int?

    init(_ words: String, _ bytes: [UInt8], wireLength: Int? = nil) {
        self.words = words
        self.bytes = bytes
        self.wireLength = wireLength
    }

    /// Cut by the capture after `count` bytes.
    init(_ words: String, _ bytes: [UInt8], cutTo count: Int) {
        self.init(words, Array(bytes.prefix(count)), wireLength: bytes.count)
    }

    var testDescription: String { words }
}
