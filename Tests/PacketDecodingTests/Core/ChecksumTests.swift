import PacketDecoding
import Testing

@Suite struct ChecksumTests {
    @Test(arguments: [
        // The example of RFC 1071 section 3.
        ("0001 f203 f4f5 f6f7", UInt16(0xddf2)),
        ("", 0),
        ("ff", 0xff00),
        ("0001 f203 f4f5 f6f7 01", 0xdef2),
        ("ffff ffff", 0xffff),
    ])
    func foldedSum(_ bytes: String, _ expected: UInt16) {
        let bytes = hex(bytes)
        var sum = InternetChecksum()
        unsafe sum.add(bytes.span.bytes)
        #expect(sum.folded == expected)
        #expect(sum.complement == ~expected)
    }

    static func sum(_ bytes: [UInt8]) -> UInt16 {
        var sum = InternetChecksum()
        unsafe sum.add(bytes.span.bytes)
        return sum.folded
    }

    /// One word after another, as RFC 1071 section 1 has it.
    static func plainSum(_ bytes: [UInt8]) -> UInt16 {
        var total: UInt32 = 0
        for offset in stride(from: 0, to: bytes.count, by: 2) {
            total += UInt32(bytes[offset]) << 8 + UInt32(offset + 1 < bytes.count ? bytes[offset + 1] : 0)
            total = total & 0xffff + total >> 16
        }
        return UInt16(total)
    }

    @Test(arguments: 0...140)
    func `Any length sums as the plain way does`(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ 91) }
        #expect(Self.sum(bytes) == Self.plainSum(bytes))
    }

    @Test func `Many large words carry around`() {
        let bytes = [UInt8](repeating: 0xff, count: 200_001)
        #expect(Self.sum(bytes) == Self.plainSum(bytes))
    }

    @Test func `Values sum as their bytes do`() {
        var sum = InternetChecksum()
        sum.add(0x0102_0304 as UInt32)
        sum.add(0x0506 as UInt16)
        sum.add(IPv6Address(high: 0x0708_090a_0b0c_0d0e, low: 0xff10_1112_1314_1516))
        #expect(sum.folded == Self.plainSum(hex("01020304 0506 0708090a0b0c0d0e ff10111213141516")))
    }

    static let pseudoHeader4 = hex("c0000201 c6336402")

    /// A datagram with the right checksum over IPv4.
    static func datagram(_ payload: String) -> [UInt8] {
        let bytes = udp(payload)
        return checksummed(bytes, at: 6, pseudoHeader: pseudoHeader4 + hex("0011") + bigEndian(UInt16(bytes.count)))
    }

    static func status(
        _ packet: [UInt8], _ kind: LayerKind = .udp, linkType: LinkType = .ipv4, wireLength: Int? = nil,
        checksumIsOffloaded: Bool = false
    ) -> String? {
        withPacket(packet, linkType: linkType, wireLength: wireLength, checksumIsOffloaded: checksumIsOffloaded) {
            packet in packet.walk.kinds.firstIndex(of: kind).flatMap { packet.record($0)["checksum_status"] }
        }
    }

    @Test(arguments: ["", "a", "ab", "hello", "eight by"])
    func rightOnesAreGoodAtOddAndEvenLengths(_ payload: String) {
        #expect(Self.status(ipv4(.udp, Self.datagram(payload))) == "good")
        // What follows the packet in the frame takes no part.
        #expect(Self.status(ipv4(.udp, Self.datagram(payload)) + hex("eeee")) == "good")
    }

    @Test func wrongOnesAreBad() {
        var packet = ipv4(.udp, Self.datagram("hello"))
        packet[30] ^= 1
        #expect(Self.status(packet) == "bad")
        #expect(Self.status(packet, checksumIsOffloaded: true) == "offloaded")
    }

    @Test func absentOverIPv4AndIllegalOverIPv6() {
        #expect(Self.status(ipv4(.udp, udp("hello"))) == "not_present")
        #expect(Self.status(ipv6(.udp, udp("hello")), linkType: .ipv6) == "illegal")
    }

    @Test func theBarePseudoHeaderSumIsOffloaded() {
        var segment = tcp(payload: "hello")
        let sum = ~checksum(of: Self.pseudoHeader4 + hex("0006") + bigEndian(UInt16(segment.count)))
        segment.replaceSubrange(16..<18, with: bigEndian(sum))
        #expect(Self.status(ipv4(.tcp, segment), .tcp) == "offloaded")
        segment[17] ^= 1
        #expect(Self.status(ipv4(.tcp, segment), .tcp) == "bad")
    }

    @Test func theKernelsMarkSaysNothingOfAQuotedPacket() {
        var datagram = Self.datagram("hello")
        datagram[8] ^= 1
        let packet = icmp("0303 0000 00000000", quoting: ipv4(.udp, datagram))
        #expect(Self.status(packet, checksumIsOffloaded: true) == "bad")
    }

    @Test func cutOnesAndFragmentsAreUnverified() {
        let packet = ipv4(.udp, Self.datagram("hello"))
        #expect(Self.status(Array(packet.dropLast()), wireLength: packet.count) == "unverified")
        #expect(Self.status(ipv4(.udp, Self.datagram("hello"), fragment: 0x2000)) == "unverified")
    }

    @Test func aDatagramThatClaimsMoreThanItsPacketIsNotSummedWithPadding() {
        #expect(
            Self.status(ipv4(.udp, checksummed(udp("hello", length: 20), at: 6)) + hex("eeee eeee eeee eeee"))
                == "unverified")
    }

    @Test func aDatagramShorterThanItsPacketIsSummedAlone() {
        #expect(Self.status(ipv4(.udp, Self.datagram("hello") + hex("eeee"))) == "good")
    }

    @Test func aSegmentEndsWithThePacketOrTheFrame() {
        let segment = tcp(payload: "hello")
        let right = checksummed(
            segment, at: 16, pseudoHeader: Self.pseudoHeader4 + hex("0006") + bigEndian(UInt16(segment.count)))
        #expect(Self.status(ipv4(.tcp, right) + hex("eeee"), .tcp) == "good")
        // Segmentation offload leaves a total length of 0: the frame's end is the packet's.
        #expect(Self.status(ipv4(.tcp, right, totalLength: 0), .tcp) == "good")
        // The packet lost its end before it was captured, which the sender's sum shows.
        #expect(Self.status(ipv4(.tcp, Array(right.dropLast()), totalLength: 45), .tcp) == "bad")
    }

    @Test func aMobileNodesHomeAddressIsItsSource() {
        let home = hex("20010db8 00000000 00000000 000000ff")
        let bytes = udp("hello")
        let datagram = checksummed(
            bytes, at: 6,
            pseudoHeader: home + ipv6Addresses.suffix(16) + bigEndian32(bytes.count) + hex("00000011"))
        let packet = ipv6(.destinationOptions, hex("1102 0102 0000 c910") + home + datagram)
        #expect(Self.status(packet, linkType: .ipv6) == "good")
    }
}
