import PacketDecoding
import Testing

@Suite struct ISLTests {
    static let inner = ethernetFrame(0x0800, ipv4Packet(17, udpDatagram))
    static let frame =
        hex("01000c0000 00 001c581e7488") + bigEndian(UInt16(12 + inner.count))
        + hex("aaaa03 00000c 0015 0000 0000") + inner

    @Test func `An Ethernet frame within`() {
        #expect(walk(Self.frame).kinds == [.isl, .ethernet, .ipv4, .udp])
        #expect(
            fields(of: .isl, in: Self.frame)?.fields == [
                "frame_type=0", "source=00:1c:58:1e:74:88", "length=58", "id=10", "bpdu=true",
            ])
        #expect(summary(of: .isl, in: Self.frame) == "ISL, vlan 10")
    }

    @Test func `With an EtherType the address is like any other`() {
        #expect(
            walk(hex("01000c0000 00 001c581e7488 0800") + ipv4Packet(17, udpDatagram)).kinds == [
                .ethernet, .ipv4, .udp,
            ])
    }

    @Test func `Every truncation from the type on`() {
        for count in 14..<Self.frame.count {
            let found = exercise(Array(Self.frame.prefix(count)), wireLength: Self.frame.count)
            #expect(found.kinds.first == (count < 26 ? nil : .isl))
        }
    }

    @Test(arguments: [
        Refusal("25 bytes", Array(frame.prefix(25)), .isl, .tooShort(needed: 26, available: 25))
    ])
    func refused(_ row: Refusal) { row.check() }
}
