import PacketDecoding
import Testing

@Suite struct PPPoETests {
    static let session = ethernetFrame(
        0x8864, hex("1100 0007 0022 0021") + ipv4Packet(17, udpDatagram) + hex("000000000000"))
    static let discovery = ethernetFrame(
        0x8863, hex("1109 0000 0012 0101 0003 697370 0103 0002 beef 0199 0000 0000 0000"))

    @Test func `A session's packet ends before the padding`() {
        let found = walk(Self.session)
        #expect(found.kinds == [.ethernet, .pppoe, .ppp, .ipv4, .udp])
        #expect(found.layers.map(\.end) == [60, 54, 54, 54, 54])
        #expect(
            fields(of: .pppoe, in: Self.session)?.fields == [
                "version=1", "type=1", "code=0x00", "session_id=0x0007", "payload_length=34",
            ])
        #expect(summary(of: .pppoe, in: Self.session) == "PPPoE  [ses 0x7]")
    }

    @Test func `PPP within has no address and control field`() {
        let frame = ethernetFrame(0x8864, hex("1100 0007 0024 ff03 0021") + ipv4Packet(17, udpDatagram))
        #expect(walk(frame).kinds == [.ethernet, .pppoe, .ppp])
        #expect(fields(of: .ppp, in: frame)?.fields == ["protocol=0x00ff"])
    }

    @Test func `Discovery has tags`() {
        #expect(walk(Self.discovery).kinds == [.ethernet, .pppoeDiscovery])
        let found = fields(of: .pppoeDiscovery, in: Self.discovery)
        #expect(found?["code"] == "0x09")
        #expect(found?["tags[0].value"] == "isp")
        #expect(found?["tags[1].value"] == "beef")
        #expect(found?.meanings["tags[1].type"] == "Host-Uniq")
        #expect(
            summary(of: .pppoeDiscovery, in: Self.discovery)
                == "PPPoE PADI [Service-Name \"isp\"] [Host-Uniq 0xbeef] [0x0199]")
    }

    @Test func `Link type 51 begins with it`() {
        #expect(walk(Array(Self.session.dropFirst(14)), linkType: .pppoe).kinds == [.pppoe, .ppp, .ipv4, .udp])
    }

    @Test func `A tag longer than the packet is left out`() {
        let frame = ethernetFrame(0x8863, hex("1109 0000 0004 0101 00ff"))
        #expect(fields(of: .pppoeDiscovery, in: frame)?.fields.last == "tags=[]")
    }

    @Test(arguments: [session, discovery])
    func `Every truncation`(frame: [UInt8]) { expectEveryTruncationHolds(frame) }

    @Test(arguments: [
        Refusal(
            "five bytes", ethernetFrame(0x8864, hex("1100000700")), .pppoe, at: 14, .tooShort(needed: 6, available: 5))
    ])
    func refused(_ row: Refusal) { row.check() }
}
