import PacketDecoding
import Testing

@Suite struct DHCPTests {
    /// A message about 02:00:00:00:09:01.
    ///
    /// - Parameter your: the address it is given.
    static func message(_ operation: UInt8, your: String = "00000000", options: String?) -> [UInt8] {
        var bytes = [operation] + hex("010600 1a2b3c4d 0000 8000 00000000") + hex(your) + hex("00000000 00000000")
        bytes += hex("020000000901") + Array(repeating: 0, count: 10 + 64 + 128)
        return bytes + (options.map { hex("63825363") + hex($0) } ?? [])
    }

    static let discover = message(1, options: "350101 0c066b697474656e 37050103060f33 ff")
    static let offer = message(
        2, your: "0a090005", options: "350102 36040a090002 330400000e10 0104ffffff00 06080a0900020a090003 ff 0000")

    @Test func theHeaderIs28Bytes() { #expect(DHCPHeader.size == 28) }

    @Test(arguments: [
        Words("DHCP discover 0x1a2b3c4d from 02:00:00:00:09:01", discover),
        Words("DHCP offer 0x1a2b3c4d of 10.9.0.5 to 02:00:00:00:09:01", offer),
        Words(
            "DHCP request 0x1a2b3c4d for 10.9.0.5 from 02:00:00:00:09:01",
            message(1, options: "350103 32040a090005 ff")),
        Words("DHCP 240 0x1a2b3c4d from 02:00:00:00:09:01", message(1, options: "3501f0 ff")),
        Words("BOOTP request 0x1a2b3c4d from 02:00:00:00:09:01", message(1, options: nil)),
        Words("BOOTP 7 0x1a2b3c4d from 02:00:00:00:09:01", message(7, options: "ff")),
    ])
    func says(_ row: Words) {
        #expect(heard(datagram(to: 67, row.bytes)) == ([row.words], nil))
        #expect(heard(datagram(to: 68, row.bytes)) == ([row.words], nil))
    }

    @Test func fieldsOfAnOffer() {
        var payload = Self.offer
        payload.replaceSubrange(44..<48, with: Array("boot".utf8))
        payload.replaceSubrange(108..<111, with: Array("f\u{1b}i".utf8))
        #expect(
            fields(of: .dhcp, in: datagram(to: 68, payload), linkType: .ipv4)?.fields.prefix(14) == [
                "operation=2", "hardware_type=1", "hardware_size=6", "hops=0", "transaction_id=0x1a2b3c4d",
                "seconds=0", "broadcast=true", "client_address=0.0.0.0", "your_address=10.9.0.5",
                "server_address=0.0.0.0", "relay_address=0.0.0.0", "client_hardware_address=02:00:00:00:09:01",
                "server_name=boot", "boot_file=f\\x1bi",
            ])
    }

    @Test func aHardwareAddressHasRoomFor16Bytes() {
        var payload = Self.discover
        payload[2] = 255
        let found = fields(of: .dhcp, in: datagram(to: 67, payload), linkType: .ipv4)
        #expect(found?["client_hardware_address"]?.count == 16 * 3 - 1)
        payload[2] = 0
        #expect(heard(datagram(to: 67, payload)).words == ["DHCP discover 0x1a2b3c4d"])
    }

    @Test(arguments: [
        Refusal(
            "235 bytes", datagram(to: 67, Array(discover.prefix(235))), .dhcp, at: 28,
            .tooShort(needed: 236, available: 235)),
        Refusal(
            "an option that overruns the message", datagram(to: 67, message(1, options: "350101 0c09 6162")), .dhcp,
            at: 28, .tooShort(needed: 254, available: 247)),
        Refusal(
            "an option without a length", datagram(to: 67, message(1, options: "350101 0c")), .dhcp, at: 28,
            .tooShort(needed: 245, available: 244)),
    ])
    func refusals(_ refusal: Refusal) { refusal.check(linkType: .ipv4) }

    @Test(arguments: [discover, offer])
    func everyTruncationHolds(_ payload: [UInt8]) {
        expectEveryTruncationHolds(datagram(to: 67, payload), linkType: .ipv4)
    }
}
