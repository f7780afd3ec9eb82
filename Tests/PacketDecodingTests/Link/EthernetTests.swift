import PacketDecoding
import Testing

@Suite struct EthernetTests {
    /// UDP over a veth pair, as captured.
    static let frame = hex(
        """
        02 00 00 00 00 02 02 00 00 00 00 01 08 00
        45 00 00 20 54 67 40 00 40 11 d2 63 0a 00 00 01 0a 00 00 02 83 2f 15 b3 00 0c 14 20 61 62 63 64
        """)

    @Test func `A frame on a veth pair`() {
        #expect(
            walk(Self.frame)
                == Walk(layers: [
                    Layer(.ethernet, at: 0, headerLength: 14, end: 46),
                    Layer(.ipv4, at: 14, headerLength: 20, end: 46),
                    Layer(.udp, at: 34, headerLength: 8, end: 46),
                ]))
        let fields = fields(of: .ethernet, in: Self.frame)
        #expect(
            fields?.fields == ["destination=02:00:00:00:00:02", "source=02:00:00:00:00:01", "ether_type=0x0800"])
        #expect(fields?.meanings == ["ether_type": "IPv4"])
        #expect(
            summary(of: .ethernet, in: Self.frame)
                == "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 46")
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.frame) }

    @Test func `A snapped frame keeps its length on the wire`() {
        let snapped = Array(Self.frame.prefix(20))
        #expect(
            summary(of: .ethernet, in: snapped, wireLength: 1514)
                == "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 1514")
        #expect(walk(snapped, wireLength: 1514).layers.first == Layer(.ethernet, at: 0, headerLength: 14, end: 1514))
    }

    @Test func `Padding after an IPv4 packet belongs to the frame only`() {
        let padded = Self.frame + [UInt8](repeating: 0, count: 14)
        #expect(walk(padded).layers.map(\.end) == [60, 46, 46])
    }

    @Test func `An IEEE 802.3 length ends the payload before the padding`() {
        let frame = ethernetFrame(3, hex("424203") + [UInt8](repeating: 0, count: 43))
        #expect(
            walk(frame).layers == [
                Layer(.ethernet, at: 0, headerLength: 14, end: 17), Layer(.llc, at: 14, headerLength: 3, end: 17),
            ])
        #expect(fields(of: .ethernet, in: frame)?["payload_length"] == "3")
        #expect(
            summary(of: .ethernet, in: frame) == "02:00:00:00:00:01 > 02:00:00:00:00:02, 802.3, length 3")
    }

    @Test func `An IEEE 802.3 length beyond the frame ends with the frame`() {
        let frame = ethernetFrame(1500, hex("424203 0000"))
        #expect(walk(frame).layers.map(\.end) == [19, 19])
        #expect(
            summary(of: .ethernet, in: frame) == "02:00:00:00:00:01 > 02:00:00:00:00:02, 802.3, length 5")
    }

    @Test(
        "Numbers that lead nowhere",
        arguments: [
            (1501, nil, "ethertype Unknown (0x05dd)"), (1535, nil, "ethertype Unknown (0x05ff)"),
            (1536, "0x0600", "ethertype Unknown (0x0600)"), (0x88cc, "0x88cc", "ethertype LLDP (0x88cc)"),
            (0xffff, "0xffff", "ethertype Unknown (0xffff)"),
        ] as [(UInt16, String?, String)])
    func unknown(number: UInt16, etherType: String?, words: String) {
        let frame = ethernetFrame(number, udpDatagram)
        #expect(walk(frame) == Walk(layers: [Layer(.ethernet, at: 0, headerLength: 14, end: frame.count)]))
        let fields = fields(of: .ethernet, in: frame)
        #expect(fields?["ether_type"] == etherType)
        #expect(fields?["payload_length"] == nil)
        #expect(
            summary(of: .ethernet, in: frame)
                == "02:00:00:00:00:01 > 02:00:00:00:00:02, \(words), length \(frame.count)")
    }

    @Test(arguments: [
        Refusal("empty", [], .ethernet, .tooShort(needed: 14, available: 0)),
        Refusal("one byte short", Array(frame.prefix(13)), .ethernet, .tooShort(needed: 14, available: 13)),
        Refusal(
            "snapped within the header", Array(frame.prefix(13)), .ethernet, wireLength: 46,
            .truncated(needed: 14, captured: 13)),
    ])
    func refused(_ row: Refusal) { row.check() }
}
