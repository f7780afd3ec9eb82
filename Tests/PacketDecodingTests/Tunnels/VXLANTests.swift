import PacketDecoding
import Testing

@Suite struct VXLANTests {
    static let inner = ethernetFrame(0x0800, ipv4Packet(17, udpDatagram))

    /// A UDP datagram to `port` in its packet.
    static func tunnel(_ port: UInt16, _ payload: [UInt8]) -> [UInt8] {
        ipv4(.udp, hex("c000") + bigEndian(port) + bigEndian(UInt16(8 + payload.count)) + hex("0000") + payload)
    }

    static let packet = tunnel(4789, hex("08000000 12345600") + inner)

    @Test func `An Ethernet frame within`() {
        #expect(walk(Self.packet, linkType: .raw).kinds == [.ipv4, .udp, .vxlan, .ethernet, .ipv4, .udp])
        #expect(fields(of: .vxlan, in: Self.packet, linkType: .raw)?.fields == ["flags=0x08", "vni=1193046"])
        #expect(summary(of: .vxlan, in: Self.packet, linkType: .raw) == "VXLAN, flags [I] (0x08), vni 1193046")
    }

    @Test func `Reserved flags and numbers are ignored`() {
        let packet = Self.tunnel(4789, hex("0c000001 00000100") + Self.inner)
        #expect(walk(packet, linkType: .raw).kinds == [.ipv4, .udp, .vxlan, .ethernet, .ipv4, .udp])
    }

    @Test func `Tunnels within tunnels end at the limit`() {
        var packet = Self.packet
        for _ in 0..<40 { packet = Self.tunnel(4789, hex("08000000 00000100") + ethernetFrame(0x0800, packet)) }
        let found = exercise(packet, linkType: .raw)
        #expect(found.fault?.reason == .tooDeep)
        #expect(found.kinds.count(where: { $0 == .ipv4 }) == PacketDecoder.maximumNesting)
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.packet, linkType: .raw) }

    @Test(arguments: [
        Refusal(
            "seven bytes", tunnel(4789, hex("08000000 000001")), .vxlan, at: 28, .tooShort(needed: 8, available: 7))
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
