import PacketDecoding
import Testing

@Suite struct IPv4Tests {
    /// UDP over a veth pair, as captured.
    static let packet = hex(
        """
        45 00 00 20 54 67 40 00 40 11 d2 63 0a 00 00 01 0a 00 00 02
        83 2f 15 b3 00 0c 14 20 61 62 63 64
        """)

    @Test func `A datagram on a veth pair`() {
        #expect(
            walk(Self.packet, linkType: .raw)
                == Walk(layers: [
                    Layer(.ipv4, at: 0, headerLength: 20, end: 32), Layer(.udp, at: 20, headerLength: 8, end: 32),
                ]))
        let fields = fields(of: .ipv4, in: Self.packet, linkType: .raw)
        #expect(
            fields?.fields == [
                "version=4", "header_length=20", "dscp=0", "ecn=0", "total_length=32", "identification=21607",
                "flags[0]=dont_fragment", "fragment_offset=0", "ttl=64", "protocol=17", "checksum=0xd263",
                "checksum_status=good", "source=10.0.0.1", "destination=10.0.0.2",
            ])
        #expect(fields?.meanings == ["dscp": "CS0, default", "ecn": "not ECN-capable", "protocol": "UDP"])
        #expect(summary(of: .ipv4, in: Self.packet, linkType: .raw) == "")
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.packet, linkType: .raw) }

    @Test func `A snapped capture is decoded as far as it goes`() {
        let found = walk(Array(Self.packet.prefix(24)), linkType: .raw, wireLength: 32)
        #expect(found.layers.first == Layer(.ipv4, at: 0, headerLength: 20, end: 32))
        #expect(found.fault == DecodeError(.udp, at: 20, .truncated(needed: 8, captured: 4)))
    }

    @Test func `The service field and all flags`() {
        var packet = Self.packet
        packet.replaceSubrange(1..<2, with: [0xbb])
        packet.replaceSubrange(6..<8, with: [0xff, 0xff])
        let fields = fields(of: .ipv4, in: packet, linkType: .raw)
        #expect(fields?["dscp"] == "46")
        #expect(fields?["ecn"] == "3")
        #expect(fields?["flags[0]"] == "reserved")
        #expect(fields?["flags[1]"] == "dont_fragment")
        #expect(fields?["flags[2]"] == "more_fragments")
        #expect(fields?["fragment_offset"] == "65528")
        #expect(fields?["checksum_status"] == "bad")
    }

    @Test func `No flags are an empty list`() {
        #expect(fields(of: .ipv4, in: ipv4Packet(17, udpDatagram), linkType: .raw)?["flags"] == "[]")
    }

    @Test func `A header with options`() {
        let packet = ipv4Packet(17, udpDatagram, options: hex("94040000"))
        let found = walk(packet, linkType: .raw)
        #expect(found.layers.map(\.headerLength) == [24, 8])
        let fields = fields(of: .ipv4, in: packet, linkType: .raw)
        #expect(fields?["header_length"] == "24")
        #expect(fields?["checksum_status"] == "good")
        #expect(fields?["options[0].type"] == "148")
        expectEveryTruncationHolds(packet, linkType: .raw)
    }

    @Test func `A first fragment is decoded as one`() {
        let packet = ipv4Packet(17, udpDatagram, fragment: 0x2000)
        let found = walk(packet, linkType: .raw)
        #expect(found.kinds == [.ipv4, .udp])
        #expect(found.layers.map { $0.traits.contains(.fragment) } == [false, true])
    }

    @Test(arguments: [0x2001, 0x0001, 0x1fff] as [UInt16])
    func `A later fragment ends the walk`(fragment: UInt16) {
        #expect(
            walk(ipv4Packet(17, udpDatagram, fragment: fragment), linkType: .raw)
                == Walk(layers: [Layer(.ipv4, at: 0, headerLength: 20, end: 32)]))
    }

    @Test(arguments: [0x4000, 0x8000, 0xc000] as [UInt16])
    func `Don't fragment and the reserved flag make no fragment`(fragment: UInt16) {
        let found = walk(ipv4Packet(17, udpDatagram, fragment: fragment), linkType: .raw)
        #expect(found.kinds == [.ipv4, .udp])
        #expect(found.layers.allSatisfy { $0.traits == [] })
    }

    @Test func `Total length 0 is segmentation offload: the frame's end is the packet's`() {
        let packet = ipv4Packet(17, udpDatagram, totalLength: 0)
        #expect(walk(packet, linkType: .raw).layers.map(\.end) == [32, 32])
        let fields = fields(of: .ipv4, in: packet, linkType: .raw)
        #expect(fields?["total_length"] == "0")
        #expect(fields?["checksum_status"] == "good")
    }

    @Test func `With total length 0 a wrong checksum is left to the card`() {
        var packet = ipv4Packet(17, udpDatagram, totalLength: 0)
        packet[10] ^= 0xff
        #expect(fields(of: .ipv4, in: packet, linkType: .raw)?["checksum_status"] == "offloaded")
    }

    @Test func `Total length beyond the frame is believed, and nothing is invented`() {
        let packet = ipv4Packet(17, udpDatagram, totalLength: 1500)
        let found = walk(packet, linkType: .raw)
        #expect(found.layers.map(\.end) == [1500, 32])
        #expect(found.fault == nil)
        let cut = walk(Array(packet.prefix(24)), linkType: .raw)
        #expect(cut.fault == DecodeError(.udp, at: 20, .truncated(needed: 8, captured: 4)))
    }

    @Test func `Total length within the frame cuts what follows`() {
        let packet = ipv4Packet(17, udpDatagram, totalLength: 24)
        let found = walk(packet, linkType: .raw)
        #expect(found.layers.first == Layer(.ipv4, at: 0, headerLength: 20, end: 24))
        #expect(found.fault == DecodeError(.udp, at: 20, .tooShort(needed: 8, available: 4)))
    }

    @Test func `An inner length beyond the outer packet reads nothing of the trailer`() {
        let inner = Array(ipv4Packet(17, udpDatagram, totalLength: 32).prefix(24))
        let frame = ethernetFrame(0x0800, ipv4Packet(4, inner)) + hex("ffffffffffffffff")
        let found = walk(frame)
        #expect(found.kinds.prefix(3) == [.ethernet, .ipv4, .ipv4])
        #expect(found.layers.prefix(3).map(\.end) == [66, 58, 66])
        #expect(found.fault == DecodeError(.udp, at: 54, .truncated(needed: 8, captured: 4)))
    }

    @Test(
        "What follows",
        arguments: [
            (4, ipv4Packet(17, udpDatagram), [.ipv4, .ipv4, .udp]),
            (41, ipv6Packet(17, udpDatagram), [.ipv4, .ipv6, .udp]),
            (50, hex("00000001 00000002"), [.ipv4, .encapsulatingSecurity]),
            (51, hex("1101 0000 00000001 00000002") + udpDatagram, [.ipv4, .authentication, .udp]),
            (253, hex("01020304"), [.ipv4]),
        ] as [(UInt8, [UInt8], [LayerKind])])
    func next(number: UInt8, payload: [UInt8], kinds: [LayerKind]) {
        #expect(walk(ipv4Packet(number, payload), linkType: .raw).kinds == kinds)
        #expect(walk(ipv4Packet(number, payload), linkType: .raw).fault == nil)
    }

    @Test func `A version that contradicts what led here is believed`() {
        let frame = ethernetFrame(0x0800, ipv6Packet(17, udpDatagram))
        #expect(walk(frame).kinds == [.ethernet, .ipv4, .ipv6, .udp])
        #expect(walk(frame).fault == nil)
        #expect(fields(of: .ipv4, in: frame)?.fields == ["version=6"])
    }

    @Test(
        "Fields of a header that is cut or impossible",
        arguments: [
            ([0x54], 1, ["version=5"]), ([0x44] + packet.dropFirst(), 20, ["version=4", "header_length=16"]),
            (packet, 3, ["version=4", "header_length=20", "dscp=0", "ecn=0"]),
            (
                packet, 7,
                ["version=4", "header_length=20", "dscp=0", "ecn=0", "total_length=32", "identification=21607"]
            ),
        ] as [([UInt8], Int, [String])])
    func beginnings(packet: [UInt8], count: Int, expected: [String]) {
        let cut = Array(packet.prefix(count))
        #expect(fields(of: .ipv4, in: cut, linkType: .ppp, wireLength: 40) == nil)
        #expect(fields(of: .ipv4, in: [0x21] + cut, linkType: .ppp, wireLength: 40)?.fields == expected)
    }

    @Test func `Nesting ends at the limit`() {
        var packet = ipv4Packet(17, udpDatagram)
        for _ in 0..<70 { packet = ipv4Packet(4, packet) }
        let found = exercise(packet, linkType: .raw)
        #expect(found.layers.count == PacketDecoder.maximumNesting)
        #expect(found.fault == DecodeError(.ipv4, at: 20 * PacketDecoder.maximumNesting, .tooDeep))
    }

    @Test(arguments: [
        Refusal("empty", ethernetFrame(0x0800, []), .ipv4, at: 14, .tooShort(needed: 20, available: 0)),
        Refusal("a lone wrong version", ethernetFrame(0x0800, [0x54]), .ipv4, at: 14, .badVersion(5)),
        Refusal(
            "19 bytes", ethernetFrame(0x0800, Array(packet.prefix(19))), .ipv4, at: 14,
            .tooShort(needed: 20, available: 19)),
        Refusal(
            "snapped to 19 bytes", ethernetFrame(0x0800, Array(packet.prefix(19))), .ipv4, at: 14, wireLength: 46,
            .truncated(needed: 20, captured: 19)),
        Refusal(
            "header length below 20", ethernetFrame(0x0800, [0x44] + packet.dropFirst()), .ipv4, at: 14,
            .badLength(16)),
        Refusal(
            "header length 0", ethernetFrame(0x0800, [0x40] + packet.dropFirst()), .ipv4, at: 14, .badLength(0)),
        Refusal(
            "total length below the header", ethernetFrame(0x0800, ipv4Packet(17, udpDatagram, totalLength: 19)),
            .ipv4, at: 14, .badLength(19)),
        Refusal(
            "total length within the options",
            ethernetFrame(0x0800, ipv4Packet(17, [], options: hex("94040000"), totalLength: 22)), .ipv4, at: 14,
            .badLength(22)),
        Refusal(
            "options snapped", Array(ethernetFrame(0x0800, ipv4Packet(17, [], options: hex("94040000"))).prefix(36)),
            .ipv4, at: 14, wireLength: 38, .truncated(needed: 24, captured: 22)),
        Refusal(
            "options beyond a frame of total length 0",
            ethernetFrame(0x0800, [0x4f] + ipv4Packet(17, udpDatagram, totalLength: 0).dropFirst()), .ipv4, at: 14,
            .tooShort(needed: 60, available: 32)),
    ])
    func refused(_ row: Refusal) { row.check() }
}
