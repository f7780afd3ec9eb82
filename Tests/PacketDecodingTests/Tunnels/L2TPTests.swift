import PacketDecoding
import Testing

@Suite struct L2TPTests {
    static let v4 = ipv4Packet(17, udpDatagram)
    static let packet = VXLANTests.tunnel(1701, hex("4a02 0032 4a32 d35e 0001 0002 0002 0000 ff03 0021") + v4)

    @Test func `Length, sequence and offset`() {
        #expect(walk(Self.packet, linkType: .raw).kinds == [.ipv4, .udp, .l2tp, .ppp, .ipv4, .udp])
        #expect(
            fields(of: .l2tp, in: Self.packet, linkType: .raw)?.fields == [
                "flags=0x4a02", "version=2", "length=50", "tunnel_id=18994", "session_id=54110", "sequence_number=1",
                "next_sequence_number=2",
            ])
        #expect(summary(of: .l2tp, in: Self.packet, linkType: .raw) == "l2tp:[LSO](18994/54110)Ns=1,Nr=2")
    }

    @Test(
        "What ends the walk",
        arguments: [
            ("a control message", "c802 000c 0001 0000 0000 0000", [.ipv4, .udp, .l2tp]),
            ("version 3", "0003 0001 0001", [.ipv4, .udp]),
        ] as [(String, String, [LayerKind])])
    func last(what: String, header: String, kinds: [LayerKind]) {
        #expect(walk(VXLANTests.tunnel(1701, hex(header)), linkType: .raw).kinds == kinds, "\(what)")
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.packet, linkType: .raw) }

    @Test(arguments: [
        Refusal("cut", VXLANTests.tunnel(1701, hex("0002 0001")), .l2tp, at: 28, .tooShort(needed: 6, available: 4)),
        Refusal(
            "a length below the header", VXLANTests.tunnel(1701, hex("4002 0004 0001 0001")), .l2tp, at: 28,
            .badLength(4)),
        Refusal(
            "an offset beyond the end", VXLANTests.tunnel(1701, hex("0202 0001 0001 ffff")), .l2tp, at: 28,
            .tooShort(needed: 65543, available: 8)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
