import PacketDecoding
import Testing

@Suite struct DHCPOptionsTests {
    @Test(
        arguments: [
            ("0104ffffff00", "subnet mask", ["code=1", "length=4", "address=255.255.255.0"]),
            (
                "06080a0900020a090003", "domain name server",
                ["code=6", "length=8", "addresses[0].address=10.9.0.2", "addresses[1].address=10.9.0.3"]
            ),
            ("0c04 6b1b740a", "host name", ["code=12", "length=4", "text=k\\x1bt\\x0a"]),
            ("3304 00000e10", "lease time", ["code=51", "length=4", "seconds=3600"]),
            ("3501 05", "message type", ["code=53", "length=1", "message_type=5"]),
            ("3902 05dc", "maximum message size", ["code=57", "length=2", "value=1500"]),
            ("3702 01f0", "parameter request list", ["code=55", "length=2", "codes[0].code=1", "codes[1].code=240"]),
            ("3d07 01020000000901", "client identifier", ["code=61", "length=7", "data=01020000000901"]),
            ("3303 000e10", "lease time", ["code=51", "length=3", "data=000e10"]),
            ("0600", "domain name server", ["code=6", "length=0", "data="]),
            ("00 00 f001 7f", nil, ["code=240", "length=1", "data=7f"]),
        ] as [(String, String?, [String])])
    func one(_ option: String, _ name: String?, _ expected: [String]) {
        let packet = datagram(to: 67, DHCPTests.message(1, options: option + "ff"))
        let found = fields(of: .dhcp, in: packet, linkType: .ipv4)
        #expect(heard(packet).fault == nil)
        #expect(
            found?.fields.filter { $0.hasPrefix("options") } == expected.map { "options[0]." + $0 })
        #expect(found?.meanings["options[0].code"] == name)
    }

    @Test func nothingAfterTheEndIsAnOption() {
        let packet = datagram(to: 67, DHCPTests.message(1, options: "ff 0c01 61"))
        #expect(fields(of: .dhcp, in: packet, linkType: .ipv4)?["options"] == "[]")
    }

    @Test func withoutTheCookieThereAreNone() {
        var message = DHCPTests.discover
        message[236] = 0
        let packet = datagram(to: 67, message)
        #expect(fields(of: .dhcp, in: packet, linkType: .ipv4)?["options"] == nil)
        #expect(heard(packet).words == ["BOOTP request 0x1a2b3c4d from 02:00:00:00:09:01"])
    }
}
