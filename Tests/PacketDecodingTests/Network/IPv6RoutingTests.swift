import PacketDecoding
import Testing

@Suite struct IPv6RoutingTests {
    static let a = "20010db8 00000000 00000000 0000000a"
    static let b = "20010db8 00000000 00000000 0000000b"

    /// A routing header and what it tells.
    struct Route: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let packet: [UInt8]
        let final: String?
        let words: String

        init(_ name: String, _ header: String, final: String?, _ words: String) {
            testDescription = name
            packet = ipv6Packet(43, hex(header) + udpDatagram)
            self.final = final
            self.words = words
        }
    }

    static let routes = [
        Route(
            "type 0", "1104 0001 00000000" + a + b, final: "2001:db8::b",
            "RT6 (len=4, type=0 [Deprecated], segleft=1, [0]2001:db8::a, [1]2001:db8::b)"),
        Route(
            "type 0, arrived", "1104 0000 00000000" + a + b, final: nil,
            "RT6 (len=4, type=0 [Deprecated], segleft=0, [0]2001:db8::a, [1]2001:db8::b)"),
        Route(
            "type 2", "1102 0201 00000000" + a, final: "2001:db8::a", "RT6 (len=2, type=2, segleft=1, [0]2001:db8::a)"),
        Route(
            "type 4", "1104 0401 01000001" + a + b, final: "2001:db8::a",
            "RT6 (len=4, type=4, segleft=1, last-entry=1, tag=1, [0]2001:db8::a, [1]2001:db8::b)"),
        Route(
            "type 4 with a type-length-value object",
            "1104 0401 00000000" + a + "0506" + "0000 00000000 00000000 00000000",
            final: "2001:db8::a", "RT6 (len=4, type=4, segleft=1, last-entry=0, tag=0, [0]2001:db8::a)"),
        Route(
            "type 4, last entry beyond the header", "1102 0401 ff000000" + a, final: "2001:db8::a",
            "RT6 (len=2, type=4, segleft=1, last-entry=255, tag=0, [0]2001:db8::a)"),
        Route(
            "type 3, addresses of one byte and seven bytes of padding", "1101 0301 ff700000 0700000000000000",
            final: "2001:db8::7",
            "RT6 (len=1, type=3, segleft=1)"),
        Route(
            "type 3, eight bytes elided", "1102 0302 88000000 0000000000000008 0000000000000009", final: "2001:db8::9",
            "RT6 (len=2, type=3, segleft=2)"),
        Route(
            "type 3, nothing elided", "1102 0301 00000000" + b, final: "2001:db8::b", "RT6 (len=2, type=3, segleft=1)"),
        Route(
            "type 3 that lacks its addresses", "1100 0301 00000000", final: nil, "RT6 (len=0, type=3, segleft=1)"),
        Route("an unknown type", "1102 ffc8 00000000" + a, final: nil, "RT6 (len=2, type=255, segleft=200)"),
        Route(
            "type 0 without addresses", "1100 0001 00000000", final: nil, "RT6 (len=0, type=0 [Deprecated], segleft=1)"),
        Route(
            "type 2 with half an address", "1101 0201 00000000 2001 0db8 0000 0000", final: nil,
            "RT6 (len=1, type=2, segleft=1)"),
    ]

    @Test(arguments: routes)
    func `Final destination and words`(_ route: Route) {
        #expect(walk(route.packet, linkType: .raw).kinds == [.ipv6, .routing, .udp])
        withPacket(route.packet, linkType: .raw) { packet in
            #expect(packet.finalDestination(ofIPv6At: 0).map { spelled($0) } == route.final)
            #expect(packet.summary(1) == route.words)
        }
        expectEveryTruncationHolds(route.packet, linkType: .raw)
    }

    @Test func `Fields`() {
        let fields = fields(of: .routing, in: Self.routes[3].packet, linkType: .raw)
        #expect(
            fields?.fields == [
                "next_header=17", "header_length=40", "routing_type=4", "segments_left=1",
                "segments[0].address=2001:db8::a", "segments[1].address=2001:db8::b",
            ])
        #expect(fields?.meanings["routing_type"] == "segment routing")
        #expect(
            PacketDecodingTests.fields(of: .routing, in: Self.routes[10].packet, linkType: .raw)?.fields
                == ["next_header=17", "header_length=24", "routing_type=255", "segments_left=200"])
    }

    @Test func `UDP's checksum covers the final destination`() {
        // To 2001:db8::b by way of 2001:db8::2: 2001 0db8 1, 2001 0db8 b, 11, c; 1234 15b3 000c xxxx 6162 6364.
        let header = "1102 0201 00000000" + Self.b
        let packet = ipv6Packet(43, hex(header) + hex("1234 15b3 000c b7aa 61626364"))
        #expect(fields(of: .udp, in: packet, linkType: .raw)?["checksum_status"] == "good")
        let arrived = ipv6Packet(43, hex("1102 0200 00000000" + Self.b) + hex("1234 15b3 000c b7b3 61626364"))
        #expect(fields(of: .udp, in: arrived, linkType: .raw)?["checksum_status"] == "good")
    }

    @Test func `A routing header is found behind other extension headers, not within a tunnel`() {
        let routed = hex("1102 0201 00000000" + Self.a) + udpDatagram
        withPacket(ipv6Packet(0, hex("2b00 0104 00000000") + routed), linkType: .raw) {
            #expect($0.finalDestination(ofIPv6At: 0).map { spelled($0) } == "2001:db8::a")
        }
        withPacket(ipv6Packet(41, ipv6Packet(43, routed)), linkType: .raw) {
            #expect($0.finalDestination(ofIPv6At: 0) == nil)
            #expect($0.finalDestination(ofIPv6At: 1).map { spelled($0) } == "2001:db8::a")
        }
    }

    @Test func `A snapped capture within the addresses`() {
        let found = walk(Array(Self.routes[0].packet.prefix(60)), linkType: .raw, wireLength: 92)
        #expect(found.kinds == [.ipv6, .routing])
        #expect(found.fault == DecodeError(.routing, at: 40, .truncated(needed: 40, captured: 20)))
        withPacket(Array(Self.routes[0].packet.prefix(60)), linkType: .raw, wireLength: 92) {
            #expect($0.finalDestination(ofIPv6At: 0) == nil)
        }
    }

    @Test(arguments: [
        Refusal("three bytes", ipv6Packet(43, hex("110000")), .routing, at: 40, .tooShort(needed: 4, available: 3)),
        Refusal(
            "addresses beyond the packet", ipv6Packet(43, hex("1102 0001 00000000")), .routing, at: 40,
            .tooShort(needed: 24, available: 8)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
