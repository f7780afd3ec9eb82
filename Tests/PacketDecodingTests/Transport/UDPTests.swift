import PacketDecoding
import Testing

@Suite struct UDPTests {
    /// Captured on loopback.
    static let datagram = hex(
        """
        0000 0000 0000 0000 0000 0000 0800 4500 0021 d4c9 4000 4011 6800 7f00 0001 7f00 0001 ddff 0009 000d
        fe20 6865 6c6c 6f
        """)

    @Test func headerIsEightBytes() { #expect(UDPHeader.size == 8) }

    @Test func fieldsOfADatagram() {
        #expect(
            fields(of: .udp, in: Self.datagram)?.fields == [
                "source_port=56831", "destination_port=9", "length=13", "checksum=0xfe20",
                "checksum_status=offloaded", "payload_offset=42", "payload_length=5",
            ])
    }

    @Test(arguments: [
        Words("UDP, length 5", ipv4(.udp, udp("hello"))),
        Words("UDP, length 2", ipv4(.udp, udp("hello", length: 10))),
        Words("UDP, length 0", ipv4(.udp, udp("hello", length: 8))),
        Words("UDP, bad length 92 > 5", ipv4(.udp, udp("hello", length: 100))),
        Words("UDP, length 92", ipv4(.udp, udp("hello", length: 100), fragment: 0x2000)),
        Words("truncated-udplength 0", ipv4(.udp, udp("hello", length: 0))),
        Words("truncated-udplength 7", ipv4(.udp, udp("hello", length: 7))),
        Words("truncated-udp 6", ipv4(.udp, Array(udp("").prefix(6)))),
        Words(" [|udp]", ipv4(.udp, udp("hello")), cutTo: 27),
        Words("UDP, length 5", ipv4(.udp, udp("hello")), cutTo: 30),
    ])
    func saysAsTcpdump(_ row: Words) {
        #expect(summary(of: .udp, in: row.bytes, linkType: .ipv4, wireLength: row.wireLength) == row.words)
    }

    @Test func aFieldThatClaimsMoreThanThePacketLeavesThePayloadAtWhatThePacketHolds() {
        let packet = ipv4(.udp, udp("hello", length: 100)) + hex("eeee eeee")
        withPacket(packet, linkType: .ipv4) { packet in
            #expect(packet.payload(at: 1).byteCount == 5)
            #expect(packet.record(1)["payload_length"] == "92")
        }
    }

    @Test(arguments: [
        ("length below the header", udp("", length: 7), DecodeError.Reason.badLength(7), 2),
        ("six bytes", Array(udp("").prefix(6)), .tooShort(needed: 8, available: 6), 2),
        ("three bytes", Array(udp("").prefix(3)), .tooShort(needed: 8, available: 3), 1),
        ("empty", [], .tooShort(needed: 8, available: 0), 1),
    ])
    func refuses(_ what: String, _ datagram: [UInt8], _ reason: DecodeError.Reason, layers: Int) {
        let walk = walk(ipv4(.udp, datagram), linkType: .ipv4)
        #expect(walk.fault == DecodeError(.udp, at: 20, reason))
        #expect(walk.layers.count == layers)
    }

    /// Only the IP packet's end is missing, behind the datagram.
    @Test func nothingIsVerifiedInAPacketThatTheCaptureCuts() {
        var datagram = udp("abc")
        datagram[6] = 0x12
        let packet = ipv4(.udp, datagram + [0, 0, 0])
        for (count, status) in [(packet.count, "bad"), (packet.count - 1, "unverified")] {
            withPacket(Array(packet.prefix(count)), linkType: .ipv4, wireLength: packet.count) {
                #expect($0.record(1)["checksum_status"] == status)
            }
        }
    }

    @Test func aHeaderThatIsCutGivesWhatIsThere() {
        let datagram = udp("abc")
        for (count, length) in [(5, nil), (6, "11"), (7, "11")] as [(Int, String?)] {
            let record = fields(of: .udp, in: ipv4(.udp, Array(datagram.prefix(count))), linkType: .ipv4)
            #expect(record?["destination_port"] == "9")
            #expect(record?["length"] == length)
        }
    }

    @Test func everyTruncationHolds() { expectEveryTruncationHolds(Self.datagram) }
}
