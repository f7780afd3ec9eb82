import Testing

@testable import PacketDecoding

@Suite struct RegistryTests {
    @Test func `Layers that are not two forms of one have names of their own`() {
        let names = LayerKind.allCases.map { "\($0.name)" }
        #expect(Set(names).count == names.count - 3)
        #expect(LayerKind.pppoe.name.description == LayerKind.pppoeDiscovery.name.description)
        #expect(LayerKind.vxlan.name.description == LayerKind.vxlanGeneric.name.description)
        #expect(LayerKind.linuxSLL.name.description == LayerKind.linuxSLL2.name.description)
    }

    @Test(
        "Link types",
        arguments: [
            (0, .null), (1, .ethernet), (101, .rawIP), (108, .null), (113, .linuxSLL), (228, .ipv4), (229, .ipv6),
            (276, .linuxSLL2), (9, .ppp), (50, .ppp), (51, .pppoe), (104, .ciscoHDLC), (219, .mpls), (147, nil),
            (.max, nil),
        ] as [(UInt32, LayerKind?)])
    func linkType(number: UInt32, kind: LayerKind?) {
        #expect(LayerKind(linkType: LinkType(rawValue: number)) == kind)
    }

    @Test(
        "EtherTypes",
        arguments: [
            (0x0800, .ipv4), (0x86dd, .ipv6), (0x0806, .arp), (0x8035, .arp), (0x8100, .vlan), (0x88a8, .vlan),
            (0x9100, .vlan), (0x8847, .mpls), (0x8848, .mpls), (0x8863, .pppoeDiscovery), (0x8864, .pppoe),
            (0x6558, .ethernet), (0x880b, nil), (0x88cc, nil),
        ] as [(UInt16, LayerKind?)])
    func etherType(number: UInt16, kind: LayerKind?) { #expect(LayerKind(EtherType(rawValue: number)) == kind) }

    @Test(
        "Protocol types of GRE",
        arguments: [
            (0x0800, .ipv4), (0x86dd, .ipv6), (0x6558, .ethernet), (0x6400, .ethernet), (0x880b, .ppp), (0x88d2, .ppp),
            (0x883e, .ipv4), (0x8847, .mpls), (0x8100, nil), (0x8864, nil), (0x8881, nil),
        ] as [(UInt16, LayerKind?)])
    func greProtocol(number: UInt16, kind: LayerKind?) {
        #expect(LayerKind(greProtocol: EtherType(rawValue: number)) == kind)
    }

    @Test(
        "IP protocols",
        arguments: [
            (0, .hopByHop), (1, .icmp), (4, .ipv4), (6, .tcp), (17, .udp), (41, .ipv6), (43, .routing),
            (44, .fragment), (50, .encapsulatingSecurity), (51, .authentication), (58, .icmpv6),
            (60, .destinationOptions), (135, .mobility), (139, .hostIdentity), (140, .shim6), (2, .igmp), (47, .gre),
            (132, .sctp), (136, .udpLite), (137, .mpls), (143, .ethernet), (59, nil), (255, nil),
        ] as [(UInt8, LayerKind?)])
    func ipProtocol(number: UInt8, kind: LayerKind?) { #expect(LayerKind(IPProtocol(rawValue: number)) == kind) }

    @Test(
        "Applications by their first bytes",
        arguments: [
            ("GET ", .http), ("POST", .http), ("HTTP", .http), ("get ", nil), ("GET", nil), ("", nil),
            ("\u{16}\u{3}\u{1}\u{2}", .tls), ("\u{16}\u{3}\u{5}\u{2}", nil), ("\u{17}\u{3}\u{3}\u{2}", nil),
        ] as [(String, LayerKind?)])
    func opening(text: String, kind: LayerKind?) {
        let bytes = Array(text.utf8)
        let cursor = unsafe Cursor(bytes.span.bytes, wireLength: bytes.count)
        #expect(cursor.peekUInt32().flatMap { LayerKind(openingOfStream: $0) } == kind)
    }

    @Test func `Applications by name`() {
        for kind in [LayerKind.greeting, .dns, .mdns, .dhcp, .ntp, .http, .tls] {
            #expect(LayerKind(applicationNamed: "\(kind.name)") == kind)
        }
        #expect(LayerKind(applicationNamed: "tcp") == nil)
        #expect(LayerKind(applicationNamed: "") == nil)
    }
}
