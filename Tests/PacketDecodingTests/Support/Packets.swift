import PacketDecoding

// Packets to wrap what a test is about.

/// A UDP datagram from port 4660 to port 5555 that says `abcd`, without a checksum.
let udpDatagram = hex("1234 15b3 000c 0000 61626364")

/// An IPv4 packet from 192.0.2.1 to 198.51.100.2 with a right header checksum.
///
/// - Parameters:
///   - options: whole words.
///   - totalLength: as the header claims it; nil for the right one.
///   - fragment: flags and fragment offset, as in the header.
func ipv4Packet(
    _ protocolNumber: UInt8, _ payload: [UInt8], options: [UInt8] = [], totalLength: UInt16? = nil,
    fragment: UInt16 = 0
) -> [UInt8] {
    let length = 20 + options.count
    var header: [UInt8] = [0x40 | UInt8(length / 4), 0]
    header += bigEndian(totalLength ?? UInt16(length + payload.count)) + [0x12, 0x34] + bigEndian(fragment)
    header += [64, protocolNumber, 0, 0] + hex("c0000201 c6336402") + options
    var sum = stride(from: 0, to: length, by: 2).reduce(0) { $0 + Int(header[$1]) << 8 + Int(header[$1 + 1]) }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    header.replaceSubrange(10..<12, with: bigEndian(~UInt16(sum)))
    return header + payload
}

/// An IPv6 packet from 2001:db8::1 to 2001:db8::2.
///
/// - Parameter payloadLength: as the header claims it; nil for the right one.
func ipv6Packet(_ nextHeader: UInt8, _ payload: [UInt8], payloadLength: UInt16? = nil) -> [UInt8] {
    hex("6000 0000") + bigEndian(payloadLength ?? UInt16(payload.count)) + [nextHeader, 64]
        + hex("2001 0db8 0000 0000 0000 0000 0000 0001 2001 0db8 0000 0000 0000 0000 0000 0002") + payload
}

/// An Ethernet frame from 02:00:00:00:00:01 to 02:00:00:00:00:02.
func ethernetFrame(_ typeOrLength: UInt16, _ payload: [UInt8]) -> [UInt8] {
    hex("020000000002 020000000001") + bigEndian(typeOrLength) + payload
}
