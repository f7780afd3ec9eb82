import PacketDecoding
import Testing

@Suite struct DHCPOptionFieldsTests {
    /// A reply whose boot file and server name hold `bootFile` and `serverName`, filled with zeros.
    static func message(options: String, bootFile: String = "", serverName: String = "") -> [UInt8] {
        var message = DHCPTests.message(2, options: options)
        for (offset, bytes) in [(108, hex(bootFile)), (44, hex(serverName))] {
            message.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        return datagram(to: 68, message)
    }

    static func options(_ packet: [UInt8]) -> [String] {
        fields(of: .dhcp, in: packet, linkType: .ipv4)?.fields.filter { $0.hasPrefix("options") } ?? []
    }

    static let name = "33 04 00000e10 ff"
    static let router = "03 04 0a0000fe ff"

    @Test(
        "Option 52 says which fields hold options",
        arguments: [
            ("01", ["boot_file"], "server_name"), ("02", ["server_name"], "boot_file"),
            ("03", ["boot_file", "server_name"], nil), ("00", [], "boot_file"), ("04", [], "server_name"),
            ("ff", [], "server_name"),
        ] as [(String, [String], String?)])
    func overload(_ value: String, _ expected: [String], _ named: String?) {
        let packet = Self.message(options: "3401\(value) ff", bootFile: Self.name, serverName: Self.router)
        let found = fields(of: .dhcp, in: packet, linkType: .ipv4)
        #expect(found?.fields.filter { $0.contains(".field=") }.map { String($0.split(separator: "=")[1]) } == expected)
        #expect(found?["boot_file"] == nil || !expected.contains("boot_file"))
        #expect(found?["server_name"] == nil || !expected.contains("server_name"))
        if let named { #expect(found?[named] != nil) }
        #expect(heard(packet).fault == nil)
    }

    @Test("The boot file's come before the server name's, and each field ends by itself")
    func order() {
        let packet = Self.message(
            options: "340103 ff 0c0161", bootFile: "00 0601 01 ff 0c0162", serverName: "350105 0000 03 04 0a0000fe")
        #expect(heard(packet).words == ["DHCP acknowledgment 0x1a2b3c4d to 02:00:00:00:09:01"])
        #expect(
            Self.options(packet) == [
                "options[0].code=52", "options[0].length=1", "options[0].value=3", "options[1].code=6",
                "options[1].length=1", "options[1].field=boot_file", "options[1].data=01", "options[2].code=53",
                "options[2].length=1", "options[2].field=server_name", "options[2].message_type=5",
                "options[3].code=3", "options[3].length=4", "options[3].field=server_name",
                "options[3].address=10.0.0.254",
            ])
    }

    @Test("An overload option in a field that is overloaded leads nowhere")
    func noLoop() {
        let packet = Self.message(options: "340101 ff", bootFile: "340103 340102 ff", serverName: Self.router)
        #expect(Self.options(packet).filter { $0.hasSuffix("field=server_name") }.isEmpty)
        #expect(fields(of: .dhcp, in: packet, linkType: .ipv4)?["server_name"] == "\\x03\\x04\\x0a")
    }

    @Test("An option that goes on beyond its field is a fault, and what comes before it is told")
    func overrun() {
        let packet = Self.message(options: "350102 340102 ff", serverName: "03 04 0a0000fe 0c 3f")
        let heard = heard(packet)
        #expect(heard.words == ["DHCP offer 0x1a2b3c4d to 02:00:00:00:09:01 [|dhcp]"])
        #expect(heard.fault?.reason == .tooShort(needed: 115, available: 108))
        #expect(Self.options(packet).contains("options[2].address=10.0.0.254"))
    }

    @Test("Pieces of one option are one (RFC 3396), also across fields")
    func pieces() {
        let packet = Self.message(
            options: "340103 0c03 616263 350102 0c02 6465 ff", bootFile: "0c01 66 ff", serverName: "0c01 67 ff")
        #expect(
            Self.options(packet) == [
                "options[0].code=52", "options[0].length=1", "options[0].value=3", "options[1].code=12",
                "options[1].length=7", "options[1].pieces=4", "options[1].text=abcdefg", "options[2].code=53",
                "options[2].length=1", "options[2].message_type=2",
            ])
    }

    @Test("An option of a fixed length is told as often as it comes")
    func noPieces() {
        let packet = Self.message(options: "350102 350105 ff")
        #expect(
            Self.options(packet).filter { $0.contains("message_type") } == [
                "options[0].message_type=2", "options[1].message_type=5",
            ])
    }

    @Test func everyTruncationHolds() {
        expectEveryTruncationHolds(
            Self.message(options: "340103 0c0161 0c0162 ff", bootFile: Self.name, serverName: Self.router),
            linkType: .ipv4)
    }
}
