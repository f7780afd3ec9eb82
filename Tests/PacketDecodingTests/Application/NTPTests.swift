import PacketDecoding
import Testing

@Suite struct NTPTests {
    /// Captured on loopback.
    static let reply = hex(
        """
        240106ec 00000100 00000200 47505300 ed5f8ef0 80000000 ed5f8f00 80000000 ed5f8f00 80400000 ed5f8f00 80800000
        """)
    static let request = hex("230006ec") + Array(repeating: 0, count: 36) + hex("ed5f8f00 80000000")

    @Test func theHeaderIs48Bytes() { #expect(NTPHeader.size == 48) }

    @Test func aReply() {
        let packet = datagram(to: 123, Self.reply)
        #expect(heard(packet) == (["NTPv4 server, stratum 1 \"GPS\""], nil))
        #expect(
            fields(of: .ntp, in: packet, linkType: .ipv4)?.fields == [
                "leap_indicator=0", "version=4", "mode=4", "stratum=1", "poll_seconds=64", "precision_ns=953",
                "root_delay_us=3906", "root_dispersion_us=7812", "reference_id=GPS",
                "reference_time=1773473904.500000000", "origin_time=1773473920.500000000",
                "receive_time=1773473920.500976562", "transmit_time=1773473920.501953125",
            ])
    }

    /// The first 16 bytes of a header, the rest of which is the request's.
    static func beginning(_ text: String) -> [UInt8] { hex(text) + request.suffix(32) }

    @Test(arguments: [
        Words("NTPv4 client", request),
        Words("NTPv4 server, stratum 0 \"RATE\"", beginning("e4000000 00000000 00000000 52415445")),
        Words("NTPv4 server, stratum 2 192.0.2.1", beginning("24020000 00000000 00000000 c0000201")),
        Words("NTPv4 server, stratum 1 \"\\x1b[2J\"", beginning("24010000 00000000 00000000 1b5b324a")),
        Words("NTPv2 control", hex("16020001 00000000 00000000")),
        Words("NTPv2 private", hex("17000000")),
    ])
    func says(_ row: Words) { #expect(heard(datagram(to: 123, row.bytes)) == ([row.words], nil)) }

    @Test func whatIsUnknownIsLeftOut() {
        let found = fields(of: .ntp, in: datagram(to: 123, Self.request), linkType: .ipv4)?.fields ?? []
        #expect(found.filter { $0.contains("_time") } == ["transmit_time=1773473920.500000000"])
        let control = fields(of: .ntp, in: datagram(to: 123, hex("16020001 00000000 00000000")), linkType: .ipv4)
        #expect(control?.fields == ["version=2", "mode=6"])
    }

    @Test func theEraAfter2036() {
        let payload = Array(Self.request.prefix(40)) + hex("00000000 00000001")
        #expect(
            fields(of: .ntp, in: datagram(to: 123, payload), linkType: .ipv4)?["transmit_time"]
                == "2085978496.000000000")
    }

    @Test(
        "What no clock says is no layer",
        arguments: [
            "03", "3b", "20", "53534820", "231100ec", "230040ec", "23004dec", "48545450", "474554202f20485454502f31",
            "ff", "e8",
        ])
    func notNTP(_ beginning: String) {
        #expect(heard(datagram(to: 123, hex(beginning) + Array(repeating: 0x41, count: 48))) == ([], nil))
    }

    @Test func aShortHeaderIsRefused() {
        Refusal(
            "47 bytes", datagram(to: 123, Array(Self.reply.prefix(47))), .ntp, at: 28,
            .tooShort(needed: 48, available: 47)
        ).check(linkType: .ipv4)
    }

    @Test(arguments: [request, reply])
    func everyTruncationHolds(_ payload: [UInt8]) {
        expectEveryTruncationHolds(datagram(to: 123, payload), linkType: .ipv4)
    }
}
