import PacketDecoding
import Testing

@Suite struct MPLSTests {
    static let v4 = ipv4Packet(17, udpDatagram)
    static let frame = hex("3c5282000002 3c5282000001 0800") + v4
    static let stacked = ethernetFrame(0x8847, hex("00064aff 000c8101") + ipv6Packet(17, udpDatagram))

    @Test func `Two labels, each a layer`() {
        #expect(walk(Self.stacked).kinds == [.ethernet, .mpls, .mpls, .ipv6, .udp])
        #expect(
            fields(of: .mpls, in: Self.stacked)?.fields == [
                "label=100", "traffic_class=5", "bottom_of_stack=false", "ttl=255",
            ])
        withPacket(Self.stacked) { packet in
            #expect(packet.summary(1) == "MPLS (label 100, tc 5, ttl 255)")
            #expect(packet.summary(2) == "(label 200, tc 0, [S], ttl 1)")
        }
    }

    @Test(arguments: ["0000d140", "0000e140"])
    func `Messages to the label switches are no packets`(label: String) {
        #expect(walk(ethernetFrame(0x8847, hex(label) + ipv4Packet(17, udpDatagram))).kinds == [.ethernet, .mpls])
    }

    @Test func `Special labels have names`() {
        let frame = ethernetFrame(0x8848, hex("00000103") + Self.v4)
        #expect(fields(of: .mpls, in: frame)?.meanings == ["label": "IPv4 explicit null"])
    }

    @Test(
        "What the bottom of the stack carries",
        arguments: [
            ("IPv4", v4, [.ipv4, .udp]),
            ("a frame after a control word", hex("00000000") + frame, [.ethernet, .ipv4, .udp]),
            (
                "a frame after a numbered control word", hex("00000007") + frame,
                [.ethernet, .ipv4, .udp]
            ),
            ("a frame alone", hex("0c0000000002 040000000001 0800") + v4, [.ethernet, .ipv4, .udp]),
            ("an associated channel", hex("10000021 0000"), []), ("something else", hex("f0000000"), []),
            ("nothing", [], []),
        ] as [(String, [UInt8], [LayerKind])])
    func payload(what: String, bytes: [UInt8], kinds: [LayerKind]) {
        let found = exercise(hex("00010140") + bytes, linkType: .mpls)
        #expect(found.kinds == [.mpls] + kinds, "\(what)")
        #expect(found.fault == nil)
    }

    @Test func `A stack without a bottom ends at the limit`() {
        let found = exercise(Array(repeatElement(hex("00010040"), count: 300).joined()), linkType: .mpls)
        #expect(found.layers.count == PacketDecoder.maximumLayers)
        #expect(found.fault?.reason == .tooDeep)
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.stacked) }

    @Test(arguments: [
        Refusal("half a label", ethernetFrame(0x8847, hex("0001")), .mpls, at: 14, .tooShort(needed: 4, available: 2))
    ])
    func refused(_ row: Refusal) { row.check() }
}
