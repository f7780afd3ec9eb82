import Testing

@testable import PacketDecoding

/// `header(_:at:)` gives what the layer's own header holds, or nothing.
@Suite struct PacketHeaderTests {
    struct Sample {
        let kind: LayerKind
        let header: any WireHeader.Type
        let linkType: LinkType
        let bytes: [UInt8]

        init(_ kind: LayerKind, _ header: any WireHeader.Type, _ bytes: [UInt8], _ linkType: LinkType = .ethernet) {
            self.kind = kind
            self.header = header
            self.linkType = linkType
            self.bytes = bytes
        }
    }

    /// A packet with each kind of layer that has a fixed header.
    static let samples = [
        Sample(.ethernet, EthernetHeader.self, EthernetTests.frame), Sample(.vlan, VLANTag.self, VLANTests.stacked),
        Sample(.llc, LLCHeader.self, LLCTests.snap),
        Sample(.linuxSLL, LinuxSLLHeader.self, LinuxCookedTests.loopback, .linuxSLL),
        Sample(.linuxSLL2, LinuxSLL2Header.self, LinuxCooked2Tests.loopback, .linuxSLL2),
        Sample(.null, NullHeader.self, hex("02000000") + NullTests.v4, .null),
        Sample(
            .arp, ARPHeader.self, ethernetFrame(0x0806, hex("0001 0800 06 04 0001") + Array(repeating: 1, count: 20))),
        Sample(.ipv4, IPv4Header.self, ICMPTests.unreachable),
        Sample(.ipv6, IPv6Header.self, ipv6Packet(17, udpDatagram), .ipv6),
        Sample(.hopByHop, IPv6HopByHop.self, ipv6Packet(0, hex("1100 010400000000") + udpDatagram), .ipv6),
        Sample(.routing, IPv6RoutingHeader.self, ipv6Packet(43, hex("1100 0000 00000000") + udpDatagram), .ipv6),
        Sample(.fragment, IPv6FragmentHeader.self, ipv6Packet(44, hex("1100 0001 00000007") + udpDatagram), .ipv6),
        Sample(
            .destinationOptions, IPv6DestinationOptions.self, ipv6Packet(60, hex("1100 010400000000") + udpDatagram),
            .ipv6),
        Sample(.authentication, AuthenticationHeader.self, IPsecTests.authenticated, .ipv4),
        Sample(.encapsulatingSecurity, ESPHeader.self, IPsecTests.encrypted, .ipv4),
        Sample(.mobility, IPv6Mobility.self, IPv6MobilityTests.update, .ipv6),
        Sample(.hostIdentity, IPv6HostIdentity.self, HostIdentityTests.initiator, .ipv4),
        Sample(.shim6, IPv6Shim6.self, Shim6Tests.control, .ipv6),
        Sample(.icmp, ICMPHeader.self, ICMPTests.unreachable),
        Sample(.icmpv6, ICMPv6Header.self, icmpv6("8000 0000 0001 0002 abcd"), .ipv6),
        Sample(.tcp, TCPHeader.self, TCPTests.syn), Sample(.udp, UDPHeader.self, UDPTests.datagram),
        Sample(.isl, ISLHeader.self, ISLTests.frame), Sample(.fabricPath, FabricPathHeader.self, FabricPathTests.frame),
        Sample(.nflog, NFLOGHeader.self, NFLOGTests.frame(), .nflog), Sample(.vnTag, VNTag.self, VNTagTests.frame),
        Sample(.mpls, MPLSLabel.self, MPLSTests.stacked), Sample(.pppoe, PPPoEHeader.self, PPPoETests.session),
        Sample(.pppoeDiscovery, PPPoEDiscovery.self, PPPoETests.discovery),
        Sample(.ciscoHDLC, CiscoHDLCHeader.self, CiscoHDLCTests.frame, .ciscoHDLC),
        Sample(.igmp, IGMPHeader.self, IGMPTests.report3, .ipv4), Sample(.gre, GREHeader.self, GRETests.full, .ipv4),
        Sample(.vxlan, VXLANHeader.self, VXLANTests.packet, .ipv4),
        Sample(.vxlanGeneric, VXLANGenericHeader.self, VXLANGenericTests.packet, .ipv4),
        Sample(.geneve, GeneveHeader.self, GeneveTests.packet, .ipv4),
        Sample(.l2tp, L2TPHeader.self, L2TPTests.packet, .ipv4),
        Sample(.gtpUser, GTPUserHeader.self, GTPUserTests.packet, .ipv4),
        Sample(.sctp, SCTPHeader.self, SCTPTests.data, .ipv4),
        Sample(.udpLite, UDPLiteHeader.self, ipv4Packet(136, hex("0401 0009 0008 0000 6869")), .ipv4),
        Sample(.dns, DNSHeader.self, datagram(to: 53, DNSTests.response), .ipv4),
        Sample(
            .dns, DNSHeader.self,
            segment(to: 53, DNSMessageTests.prefixed(DNSTests.query) + DNSMessageTests.prefixed(DNSTests.answer)), .ipv4
        ),
        Sample(.mdns, DNSHeader.self, datagram(to: 5353, DNSTests.query), .ipv4),
        Sample(.dhcp, DHCPHeader.self, datagram(to: 67, DHCPTests.discover), .ipv4),
        Sample(.ntp, NTPHeader.self, datagram(to: 123, NTPTests.reply), .ipv4),
        Sample(.tls, TLSRecordHeader.self, segment(to: 443, DNSPlausibilityTests.hello), .ipv4),
    ]

    @Test func everyKindWithAHeaderIsHere() {
        let without: Set<LayerKind> = [.rawIP, .ppp, .greeting, .http]
        #expect(Set(Self.samples.map(\.kind)).union(without) == Set(LayerKind.allCases))
        #expect(without.isDisjoint(with: Self.samples.map(\.kind)))
    }

    @Test(arguments: samples.indices)
    func ofWholePackets(_ index: Int) {
        let sample = Self.samples[index]
        withPacket(sample.bytes, linkType: sample.linkType) { packet in
            let found = packet.layers.indices.filter { packet.layers[$0].kind == sample.kind }
            #expect(!found.isEmpty, "\(sample.kind)")
            for layer in found {
                let isThere = Self.check(sample.header, layer, packet)
                #expect(isThere, "\(sample.kind)")
            }
        }
    }

    /// Each sample, cut after each byte, once by the capture and once on the wire, and on the wire with bytes behind it
    /// that are not its own: no layer gives more than was there.
    @Test(arguments: samples.indices)
    func ofCutPackets(_ index: Int) {
        let sample = Self.samples[index]
        for count in sample.bytes.indices {
            let cut = Array(sample.bytes[..<count])
            for (bytes, wireLength) in [
                (cut, sample.bytes.count), (cut, count), (cut + Array(repeating: 0xa5, count: 64), count),
            ] {
                withPacket(bytes, linkType: sample.linkType, wireLength: wireLength) { packet in
                    for layer in packet.layers.indices {
                        for other in Self.samples { _ = Self.check(other.header, layer, packet) }
                    }
                }
            }
        }
    }

    /// Whether layer `index` gives the header, which then must be the bytes of its own that were captured.
    static func check<Header: WireHeader>(_ type: Header.Type, _ index: Int, _ packet: Packet) -> Bool {
        guard let header = packet.header(type, at: index) else { return false }
        let layer = packet.layers[index]
        let start = layer.offset + (isInStream(packet, layer) ? 2 : 0)
        let bytes = unsafe withUnsafeBytes(of: header) { unsafe Array($0) }
        #expect(Header.begins(layer.kind))
        #expect(start + Header.size <= layer.payloadOffset, "\(layer.kind)")
        #expect(start + Header.size <= packet.capturedEnd(at: index), "\(layer.kind)")
        #expect(bytes == array(packet.frame.bytes.clipped(from: start, to: start + Header.size)), "\(layer.kind)")
        return true
    }

    private static func isInStream(_ packet: Packet, _ layer: Layer) -> Bool {
        layer.kind == .dns && packet.firstIndex(of: .tcp) != nil
    }

    @Test func aControlMessageOfNTPHasNoHeaderOfAClock() {
        let control = hex("16020001 00000000 00000000") + Array(repeating: 0x41, count: 60)
        withPacket(datagram(to: 123, control), linkType: .ipv4) { packet in
            #expect(packet.layers[2].kind == .ntp)
            #expect(packet.header(NTPHeader.self, at: 2) == nil)
        }
    }

    @Test func dnsOverTCPBeginsBehindItsLength() {
        withPacket(Self.samples.last { $0.kind == .dns }!.bytes, linkType: .ipv4) { packet in
            #expect(packet.header(DNSHeader.self, at: 2)?.identifier == 0x1a2b)
            #expect(packet.header(DNSHeader.self, at: 3)?.answerCount == 1)
        }
    }

    @Test func anOwnedPacketGivesTheOneOfMulticastDNS() {
        let bytes = datagram(to: 5353, DNSTests.query)
        withPacket(bytes, linkType: .ipv4) { packet in
            #expect(OwnedPacket(packet.frame).header(DNSHeader.self)?.identifier == 0x1a2b)
        }
    }

    @Test func aShortDatagramBeforeATrailerHasNone() {
        let frame = ethernetFrame(0x0800, datagram(to: 53, Array(DNSTests.query.prefix(6)))) + Array(DNSTests.query)
        withPacket(frame) { packet in
            #expect(packet.layers[3].kind == .dns)
            #expect(packet.header(DNSHeader.self, at: 3) == nil)
        }
    }
}
