import PacketDecoding
import Testing

@Suite struct IPv6OptionsTests {
    /// A multicast listener report as Linux sends it, captured on a veth pair.
    static let report = hex(
        """
        33 33 00 00 00 16 02 00 00 00 00 01 86 dd
        60 00 00 00 00 24 00 01 fe 80 00 00 00 00 00 00 00 00 00 ff fe 00 00 01
        ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 16
        3a 00 05 02 00 00 01 00
        8f 00 5e d6 00 00 00 01 04 00 00 00 ff 02 00 00 00 00 00 00 00 00 00 00 00 00 12 34
        """)

    @Test func `Router alert in a captured report`() {
        #expect(walk(Self.report).layers.prefix(3).last == Layer(.hopByHop, at: 54, headerLength: 8, end: 90))
        let fields = fields(of: .hopByHop, in: Self.report)
        #expect(
            fields?.fields == [
                "next_header=58", "header_length=8", "options[0].type=5", "options[0].length=2",
                "options[0].router_alert=0", "options[1].type=1", "options[1].length=0",
            ])
        #expect(fields?.meanings["options[0].router_alert"] == "multicast listener discovery")
        #expect(fields?.meanings["options[0]"] == "router alert")
        #expect(summary(of: .hopByHop, in: Self.report) == "HBH")
        expectEveryTruncationHolds(Self.report)
    }

    @Test func `A snapped capture within the header`() {
        let found = walk(Array(Self.report.prefix(58)), wireLength: 90)
        #expect(found.kinds == [.ethernet, .ipv6, .hopByHop])
        #expect(found.layers.last?.traits == .partial)
        #expect(found.fault == DecodeError(.hopByHop, at: 54, .truncated(needed: 8, captured: 4)))
    }

    @Test func `A first fragment ends within the header`() {
        let packet = ipv6Packet(44, hex("00000001 00000001 1101"))
        let found = exercise(packet, linkType: .raw)
        #expect(found.kinds == [.ipv6, .fragment, .hopByHop])
        #expect(found.fault == DecodeError(.hopByHop, at: 48, .tooShort(needed: 16, available: 2)))
        #expect(
            fields(of: .hopByHop, in: packet, linkType: .raw)?.fields == [
                "next_header=17", "header_length=16", "options=[]",
            ])
        let shorter = ipv6Packet(44, hex("00000001 00000001 11"))
        #expect(fields(of: .hopByHop, in: shorter, linkType: .raw)?.fields == ["next_header=17"])
    }

    @Test func `What the packet's own length cuts is no header`() {
        #expect(walk(ipv6Packet(0, hex("1101")), linkType: .raw).kinds == [.ipv6])
    }

    static func options(_ area: String) -> [String]? {
        let packet = ipv6Packet(60, hex("11") + [UInt8((hex(area).count + 2) / 8 - 1)] + hex(area) + udpDatagram)
        #expect(walk(packet, linkType: .raw).kinds == [.ipv6, .destinationOptions, .udp])
        return fields(of: .destinationOptions, in: packet, linkType: .raw)?.fields
            .filter { $0.hasPrefix("options") }
    }

    @Test(
        "Lists of destination options",
        arguments: [
            ("000000000000", (0..<6).map { "options[\($0)].type=0" }),
            ("0104 00000000", ["options[0].type=1", "options[0].length=4"]),
            (
                "00 00 3e02 ffff",
                ["options[0].type=0", "options[1].type=0", "options[2].type=62", "options[2].length=2"]
            ),
            (
                "c910 20010db8000000000000000000000099 0102 0000",
                [
                    "options[0].type=201", "options[0].length=16", "options[0].home_address=2001:db8::99",
                    "options[1].type=1", "options[1].length=2",
                ]
            ),
            (
                "c902 0102 0100",
                [
                    "options[0].type=201", "options[0].length=2", "options[1].type=1",
                    "options[1].length=0",
                ]
            ),
        ])
    func lists(area: String, expected: [String]) { #expect(Self.options(area) == expected) }

    @Test(
        "An option that overruns the header ends the list",
        arguments: [
            ("0105 00000000", ["options[0].type=1", "options[0].length=5"]),
            ("01ff 00000000", ["options[0].type=1", "options[0].length=255"]),
            ("0102 0000 00 01", ["options[0].type=1", "options[0].length=2", "options[1].type=0"]),
        ])
    func overruns(area: String, expected: [String]) { #expect(Self.options(area) == expected) }

    @Test func `Destination options in words`() {
        let packet = ipv6Packet(60, hex("1100 0104 00000000") + udpDatagram)
        #expect(summary(of: .destinationOptions, in: packet, linkType: .raw) == "DSTOPT")
        expectEveryTruncationHolds(packet, linkType: .raw)
    }

    static func jumbogram(_ length: String, payloadLength: UInt16 = 0, nextHeader: UInt8 = 0) -> [UInt8] {
        ipv6Packet(nextHeader, hex("1100 c204") + hex(length) + udpDatagram, payloadLength: payloadLength)
    }

    @Test func `A jumbo payload option sets the packet's end`() {
        let packet = Self.jumbogram("00010008")
        let found = walk(packet, linkType: .raw, wireLength: 70000)
        #expect(found.kinds == [.ipv6, .hopByHop, .udp])
        #expect(found.layers.map(\.end) == [40 + 65544, 40 + 65544, 60])
        #expect(fields(of: .hopByHop, in: packet, linkType: .raw)?["options[0].jumbo_payload_length"] == "65544")
        // A UDP length of 0 in a jumbogram means as long as the packet (RFC 2675 section 4).
        let udp = Array(packet.prefix(52)) + hex("0000 0000 61626364")
        #expect(walk(udp, linkType: .raw, wireLength: 70000).layers[2].end == 40 + 65544)
    }

    @Test(
        "Jumbo payload options that do not count",
        arguments: [
            jumbogram("0000ffff"), jumbogram("00000000"), jumbogram("00010008", payloadLength: 20),
            jumbogram("00010008", nextHeader: 60),
        ])
    func ignored(packet: [UInt8]) {
        #expect(walk(packet, linkType: .raw).layers.prefix(2).map(\.end) == [packet.count, packet.count])
    }

    @Test func `The largest jumbogram`() {
        let found = exercise(Self.jumbogram("ffffffff"), linkType: .raw)
        #expect(found.kinds == [.ipv6, .hopByHop, .udp])
        #expect(found.layers[1].end == Int(UInt32.max))
    }

    @Test(arguments: [
        Refusal(
            "no header", ipv6Packet(0, [], payloadLength: 0), .hopByHop, at: 40, .tooShort(needed: 2, available: 0)),
        Refusal(
            "half a header", ipv6Packet(60, hex("1100 0104")), .destinationOptions, at: 40,
            .tooShort(needed: 8, available: 4)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
