import PacketDecoding
import Testing

@Suite struct ARPTests {
    /// A request on a veth pair, as captured.
    static let request = hex(
        """
        ff ff ff ff ff ff 02 00 00 00 00 01 08 06
        00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02
        """)
    /// The reply to it.
    static let reply = hex(
        """
        02 00 00 00 00 01 02 00 00 00 00 02 08 06
        00 01 08 00 06 04 00 02 02 00 00 00 00 02 0a 00 00 02 02 00 00 00 00 01 0a 00 00 01
        """)

    @Test func `A request`() {
        #expect(walk(Self.request).layers.last == Layer(.arp, at: 14, headerLength: 28, end: 42))
        let fields = fields(of: .arp, in: Self.request)
        #expect(
            fields?.fields == [
                "hardware_type=1", "protocol_type=0x0800", "hardware_size=6", "protocol_size=4", "operation=1",
                "sender_hardware_address=02:00:00:00:00:01", "sender_protocol_address=10.0.0.1",
                "target_hardware_address=00:00:00:00:00:00", "target_protocol_address=10.0.0.2",
            ])
        #expect(fields?.meanings == ["hardware_type": "Ethernet", "protocol_type": "IPv4", "operation": "request"])
        #expect(summary(of: .arp, in: Self.request) == "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28")
    }

    @Test func `A reply`() {
        let fields = fields(of: .arp, in: Self.reply)
        #expect(fields?["operation"] == "2")
        #expect(fields?.meanings["operation"] == "reply")
        #expect(summary(of: .arp, in: Self.reply) == "ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28")
    }

    @Test(arguments: [request, reply])
    func `Every truncation`(frame: [UInt8]) { expectEveryTruncationHolds(frame) }

    @Test func `After a link header the summary does not repeat the protocol`() {
        var context = SummaryContext()
        context.showsLinkHeader = true
        #expect(
            summary(of: .arp, in: Self.request, context: context)
                == "Request who-has 10.0.0.2 tell 10.0.0.1, length 28")
    }

    @Test func `The length counts the padding, as tcpdump's does`() {
        let padded = Self.request + [UInt8](repeating: 0, count: 18)
        #expect(summary(of: .arp, in: padded) == "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 46")
    }

    @Test func `A snapped capture without the padding is whole`() {
        let found = walk(Self.request, wireLength: 60)
        #expect(found.layers.last == Layer(.arp, at: 14, headerLength: 28, end: 60))
        #expect(found.fault == nil)
    }

    /// An operation and the words that tcpdump has for it.
    static let operations: [(UInt16, UInt16, String)] = [
        (0x0806, 1, "Request who-has 10.0.0.2 (02:00:00:00:00:02) tell 10.0.0.1, length 28"),
        (0x8035, 3, "Reverse Request who-is 02:00:00:00:00:02 tell 02:00:00:00:00:01, length 28"),
        (0x8035, 4, "Reverse Reply 02:00:00:00:00:02 at 10.0.0.2, length 28"),
        (0x0806, 8, "Inverse Request who-is 02:00:00:00:00:02 tell 02:00:00:00:00:01, length 28"),
        (0x0806, 9, "Inverse Reply 02:00:00:00:00:01 at 10.0.0.1, length 28"),
        (0x0806, 10, "NACK Reply, length 28"),
        (0x0806, 25, "Unknown (25), length 28"),
        (0x0806, 65535, "Unknown (65535), length 28"),
    ]

    @Test("Operations", arguments: operations)
    func operation(etherType: UInt16, operation: UInt16, words: String) {
        let frame = ethernetFrame(
            etherType,
            hex("0001 0800 06 04") + bigEndian(operation) + hex("020000000001 0a000001 020000000002 0a000002"))
        #expect(summary(of: .arp, in: frame) == "ARP, " + words)
        #expect(fields(of: .arp, in: frame)?["operation"] == String(operation))
        expectEveryTruncationHolds(frame)
    }

    @Test func `Addresses of other sizes and protocols`() {
        let frame = ethernetFrame(
            0x0806, hex("0063 0805 02 03 0001") + hex("0102 030405 0607 08090a"))
        let fields = fields(of: .arp, in: frame)
        #expect(
            fields?.fields == [
                "hardware_type=99", "protocol_type=0x0805", "hardware_size=2", "protocol_size=3", "operation=1",
                "sender_hardware_address=01:02", "sender_protocol_address=03:04:05",
                "target_hardware_address=06:07", "target_protocol_address=08:09:0a",
            ])
        #expect(
            summary(of: .arp, in: frame)
                == "ARP, Unknown Hardware (0x0063) (len 2), Unknown Protocol (0x0805) (len 3), length 18")
    }

    @Test func `IPv6 addresses are no IPv4 addresses`() {
        let frame = ethernetFrame(
            0x0806, hex("0001 86dd 06 10 0001") + [UInt8](repeating: 1, count: 44))
        #expect(summary(of: .arp, in: frame) == "ARP, Ethernet (len 6), IPv6 (len 16), length 52")
        #expect(
            fields(of: .arp, in: frame)?["target_protocol_address"]
                == "01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01")
    }

    @Test func `Addresses of size 0 are left out`() {
        let frame = ethernetFrame(0x0806, hex("0001 0800 00 00 0001"))
        #expect(
            fields(of: .arp, in: frame)?.fields == [
                "hardware_type=1", "protocol_type=0x0800", "hardware_size=0", "protocol_size=0", "operation=1",
            ])
        #expect(summary(of: .arp, in: frame) == "ARP, Ethernet (len 0), IPv4 (len 0), length 8")
    }

    @Test func `Long hardware addresses`() {
        let frame = ethernetFrame(
            0x0806,
            hex("0018 0800 08 04 0002 0001020304050607 08090a0b 0c0d0e0f10111213 14151617"))
        #expect(summary(of: .arp, in: frame) == "ARP, Reply 8.9.10.11 is-at 00:01:02:03:04:05:06:07, length 32")
    }

    @Test(arguments: [
        Refusal("empty", ethernetFrame(0x0806, []), .arp, at: 14, .tooShort(needed: 8, available: 0)),
        Refusal(
            "sizes beyond the frame", ethernetFrame(0x0806, hex("0001 0800 ff ff 0001 0000")), .arp, at: 14,
            .tooShort(needed: 1028, available: 10)),
        Refusal(
            "snapped within the addresses", Array(request.prefix(41)), .arp, at: 14, wireLength: 60,
            .truncated(needed: 28, captured: 27)),
    ])
    func refused(_ row: Refusal) { row.check() }
}
