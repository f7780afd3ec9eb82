import PacketDecoding
import Testing

@Suite struct NullTests {
    static let v4 = ipv4Packet(17, udpDatagram)
    static let v6 = ipv6Packet(17, udpDatagram)

    @Test(
        "Families in either byte order",
        arguments: [
            ("00000002", .loop, v4, .ipv4, "2"), ("00000002", .null, v4, .ipv4, "2"),
            ("02000000", .null, v4, .ipv4, "2"), ("0000001e", .loop, v6, .ipv6, "30"),
            ("1e000000", .null, v6, .ipv6, "30"), ("1c000000", .null, v6, .ipv6, "28"),
            ("18000000", .null, v6, .ipv6, "24"), ("00000200", .null, v4, .ipv4, "2"),
            ("00020000", .null, v4, .ipv4, "2"),
        ] as [(String, LinkType, [UInt8], LayerKind, String)])
    func families(header: String, linkType: LinkType, packet: [UInt8], kind: LayerKind, family: String) {
        let frame = hex(header) + packet
        #expect(walk(frame, linkType: linkType).kinds == [.null, kind, .udp])
        let name = kind == .ipv4 ? "IPv4" : "IPv6"
        let fields = fields(of: .null, in: frame, linkType: linkType)
        #expect(fields?.fields == ["family=\(family)"])
        #expect(fields?.meanings == ["family": name])
        #expect(
            summary(of: .null, in: frame, linkType: linkType) == "AF \(name) (\(family)), length \(frame.count)")
        expectEveryTruncationHolds(frame, linkType: linkType)
    }

    @Test(
        "Families that lead nowhere",
        arguments: [
            ("07000000", "7"), ("00000000", "0"), ("0a000000", "10"), ("0f000100", "1"), ("00000500", "5"),
        ])
    func unknown(header: String, family: String) {
        let frame = hex(header) + Self.v4
        #expect(walk(frame, linkType: .null) == Walk(layers: [Layer(.null, at: 0, headerLength: 4, end: 36)]))
        #expect(summary(of: .null, in: frame, linkType: .null) == "AF Unknown (\(family)), length 36")
    }

    @Test func `Link type 108 has network order, and nothing else`() {
        let frame = hex("02000000") + Self.v4
        #expect(walk(frame, linkType: .loop).kinds == [.null])
        #expect(fields(of: .null, in: frame, linkType: .loop)?.fields == ["family=33554432"])
    }

    @Test func `PPP in place of a family`() {
        #expect(walk(hex("ff030021") + Self.v4, linkType: .null).kinds == [.ppp, .ipv4, .udp])
    }

    @Test(arguments: ["0f000800", "00000800"])
    func `An EtherType in place of a family`(header: String) {
        let frame = hex(header) + Self.v4
        #expect(walk(frame, linkType: .null).kinds == [.null, .ipv4, .udp])
        #expect(fields(of: .null, in: frame, linkType: .null)?.fields == ["ether_type=0x0800"])
    }

    @Test func `A snapped capture keeps the length on the wire`() {
        #expect(
            summary(of: .null, in: hex("02000000"), linkType: .null, wireLength: 64) == "AF IPv4 (2), length 64")
    }

    @Test(arguments: [
        Refusal("empty", [], .null, .tooShort(needed: 4, available: 0)),
        Refusal("three bytes", hex("020000"), .null, .tooShort(needed: 4, available: 3)),
        Refusal("snapped", hex("020000"), .null, wireLength: 36, .truncated(needed: 4, captured: 3)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .null) }
}
