import PacketDecoding
import Testing

@Suite struct IPv6FragmentTests {
    /// The beginning of a first fragment of a datagram of 1600 bytes, captured on a veth pair.
    static let first = hex(
        """
        02 00 00 00 00 02 02 00 00 00 00 01 86 dd
        60 0e 66 11 05 b0 2c 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
        20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02
        11 00 00 01 28 27 62 3f 84 ad 15 b3 06 48 86 f5 61 62 63 64 61 62 63 64
        """)
    /// The beginning of the second.
    static let second = hex(
        """
        02 00 00 00 00 02 02 00 00 00 00 01 86 dd
        60 0e 66 11 00 a8 2c 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
        20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02
        11 00 05 a8 28 27 62 3f 61 62 63 64 61 62 63 64 61 62 63 64 61 62 63 64
        """)

    @Test func `A first fragment, snapped`() {
        let found = walk(Self.first, wireLength: 1510)
        #expect(found.kinds == [.ethernet, .ipv6, .fragment, .udp])
        #expect(found.layers.map { $0.traits.contains(.fragment) } == [false, false, false, true])
        #expect(found.fault == nil)
        let fields = fields(of: .fragment, in: Self.first, wireLength: 1510)
        #expect(
            fields?.fields == [
                "next_header=17", "fragment_offset=0", "more_fragments=true", "identification=0x2827623f",
            ])
        #expect(fields?.meanings == ["next_header": "UDP"])
        #expect(summary(of: .fragment, in: Self.first, wireLength: 1510) == "frag (0|1448)")
    }

    @Test func `A first fragment's checksum cannot be verified`() {
        #expect(
            PacketDecodingTests.fields(of: .udp, in: Self.first, wireLength: 1510)?["checksum_status"]
                == "unverified")
    }

    @Test func `A later fragment ends the walk`() {
        let found = walk(Self.second, wireLength: 222)
        #expect(
            found
                == Walk(layers: [
                    Layer(.ethernet, at: 0, headerLength: 14, end: 222),
                    Layer(.ipv6, at: 14, headerLength: 40, end: 222),
                    Layer(.fragment, at: 54, headerLength: 8, end: 222),
                ]))
        let fields = fields(of: .fragment, in: Self.second, wireLength: 222)
        #expect(fields?["fragment_offset"] == "1448")
        #expect(fields?["more_fragments"] == "false")
        #expect(summary(of: .fragment, in: Self.second, wireLength: 222) == "frag (1448|160)")
    }

    @Test func `An atomic fragment is no fragment`() {
        let packet = ipv6Packet(44, hex("1100 0000 00000007") + udpDatagram)
        let found = walk(packet, linkType: .raw)
        #expect(found.kinds == [.ipv6, .fragment, .udp])
        #expect(found.layers.allSatisfy { $0.traits == [] })
        #expect(summary(of: .fragment, in: packet, linkType: .raw) == "frag (0|12)")
        expectEveryTruncationHolds(packet, linkType: .raw)
    }

    @Test func `Reserved bits are no part of the offset`() {
        let packet = ipv6Packet(44, hex("11ff fffe 00000007") + udpDatagram)
        let fields = fields(of: .fragment, in: packet, linkType: .raw)
        #expect(fields?["fragment_offset"] == "65528")
        #expect(fields?["more_fragments"] == "false")
    }

    @Test(arguments: [
        Refusal(
            "no header", ipv6Packet(44, [], payloadLength: 0), .fragment, at: 40, .tooShort(needed: 8, available: 0)),
        Refusal(
            "seven bytes", ipv6Packet(44, hex("1100 0001 000000")), .fragment, at: 40,
            .tooShort(needed: 8, available: 7)),
        Refusal(
            "snapped", ipv6Packet(44, hex("1100 0001 000000"), payloadLength: 20), .fragment, at: 40,
            wireLength: 60, .truncated(needed: 8, captured: 7)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
