import PacketDecoding
import Testing

@Suite struct IPv4OptionsTests {
    static func fields(_ options: String) -> [String] {
        let all = PacketDecodingTests.fields(
            of: .ipv4, in: ipv4Packet(17, udpDatagram, options: hex(options)), linkType: .raw)
        return all?.fields.filter { $0.hasPrefix("options") } ?? []
    }

    /// UDP with a recorded route over a veth pair, as captured: the sender wrote its address.
    @Test func `A captured record route option`() {
        let packet = hex(
            """
            47 00 00 28 54 af 40 00 40 11 c0 02 0a 00 00 01 0a 00 00 02 07 07 08 0a 00 00 01 00
            dd 17 15 b3 00 0c 14 20 61 62 63 64
            """)
        let fields = PacketDecodingTests.fields(of: .ipv4, in: packet, linkType: .raw)
        #expect(
            fields?.fields.suffix(4) == [
                "options[0].type=7", "options[0].length=7", "options[0].data=080a000001", "options[1].type=0",
            ])
        #expect(fields?.meanings["options[0]"] == "record route")
        #expect(fields?["checksum_status"] == "good")
        expectEveryTruncationHolds(packet, linkType: .raw)
    }

    @Test(
        "Lists",
        arguments: [
            ("01010101", (0..<4).map { "options[\($0)].type=1" }),
            ("00000000", ["options[0].type=0"]),
            ("0100ffff", ["options[0].type=1", "options[1].type=0"]),
            ("9404ffff", ["options[0].type=148", "options[0].length=4", "options[0].data=ffff"]),
            (
                "fe020100",
                [
                    "options[0].type=254", "options[0].length=2", "options[0].data=", "options[1].type=1",
                    "options[2].type=0",
                ]
            ),
        ])
    func lists(options: String, expected: [String]) { #expect(Self.fields(options) == expected) }

    @Test(
        "An option that cannot be ends the list",
        arguments: [
            ("94000000", ["options=[]"]), ("94010000", ["options=[]"]), ("94050000", ["options=[]"]),
            ("01010194", ["options[0].type=1", "options[1].type=1", "options[2].type=1"]),
        ])
    func malformed(options: String, expected: [String]) { #expect(Self.fields(options) == expected) }

    /// The checksum of a source-routed datagram is over the last address of the route.
    @Test(
        "The final destination of a source route",
        arguments: [
            ("83070400000000 00", "0.0.0.0"), ("830b040a0000010a000002 00", "10.0.0.2"),
            ("890b080a0000010a000002 00", "10.0.0.2"), ("01890b080a0000010a000002", "10.0.0.2"),
            ("830b0c0a0000010a000002 00", nil), ("070b040a0000010a000002 00", nil), ("83030400", nil),
            ("00830b040a0000010a000002", nil),
        ] as [(String, String?)])
    func finalDestination(options: String, address: String?) {
        let found = withPacket(ipv4Packet(17, udpDatagram, options: hex(options)), linkType: .raw) {
            $0.finalDestination(ofIPv4At: 0).map { spelled($0) }
        }
        #expect(found == address)
    }

    @Test func `UDP's checksum covers the final destination`() {
        // Pseudo-header: c000 0201 0a00 0002 0011 000c; datagram: 1234 15b3 000c xxxx 6162 6364.
        let packet = ipv4Packet(
            17, hex("1234 15b3 000c 4725 61626364"), options: hex("830b040a0000010a000002 00"))
        #expect(PacketDecodingTests.fields(of: .udp, in: packet, linkType: .raw)?["checksum_status"] == "good")
    }

    @Test func `Without options there is no source route`() {
        withPacket(ipv4Packet(17, udpDatagram), linkType: .raw) { #expect($0.finalDestination(ofIPv4At: 0) == nil) }
    }
}
