import PacketDecoding
import Testing

@Suite struct GRETests {
    static let v4 = ipv4Packet(17, udpDatagram)
    static let full = ipv4(.gre, hex("b000 0800 0000 0000 0001d97c 00000005") + v4)
    static let enhanced = ipv4(.gre, hex("3081 880b 0024 0018 00000007 00000009 ff03 0021") + v4)

    @Test func `Key, sequence number and checksum`() {
        #expect(walk(Self.full, linkType: .raw).kinds == [.ipv4, .gre, .ipv4, .udp])
        #expect(
            fields(of: .gre, in: Self.full, linkType: .raw)?.fields == [
                "flags_and_version=0xb000", "protocol_type=0x0800", "checksum=0x0000", "checksum_status=bad",
                "routing_offset=0", "key=0x0001d97c", "sequence_number=5",
            ])
    }

    @Test func `A right checksum covers the payload`() {
        let message = checksummed(hex("8000 0800 0000 0000") + Self.v4, at: 4)
        #expect(fields(of: .gre, in: ipv4(.gre, message), linkType: .raw)?["checksum_status"] == "good")
        #expect(
            fields(of: .gre, in: Array(ipv4(.gre, message).dropLast()), linkType: .raw, wireLength: 60)?[
                "checksum_status"]
                == "unverified")
    }

    /// RFC 1701: with the R bit the field is there, and means nothing without the C bit.
    @Test(arguments: ["0000 0800", "2000 0800 00000007", "4000 0800 1234 0000 0000 0000", "1000 0800 00000001"])
    func `Without the C bit there is no checksum to be bad`(header: String) {
        let packet = ipv4(.gre, hex(header) + Self.v4)
        withPacket(packet, linkType: .raw) { packet in
            #expect(packet.checksumStatus(at: 1) == .absent)
        }
    }

    @Test func `Enhanced: call, acknowledgment, PPP`() {
        #expect(walk(Self.enhanced, linkType: .raw).kinds == [.ipv4, .gre, .ppp, .ipv4, .udp])
        #expect(
            fields(of: .gre, in: Self.enhanced, linkType: .raw)?.fields == [
                "flags_and_version=0x3081", "protocol_type=0x880b", "payload_length=36", "call_id=24",
                "key=0x00240018", "sequence_number=7", "acknowledgment_number=9",
            ])
    }

    @Test(arguments: [
        Words("GREv0, length 36: ", ipv4(.gre, hex("0000 0800") + v4)),
        Words("GREv0, key=0xdeadbeef, length 40: ", ipv4(.gre, hex("2000 0800 deadbeef") + v4)),
        Words("GREv0, off 0x0, key=0x1d97c, seq 5, length 48: ", full),
        Words("GREv1, call 24, seq 7, ack 9, length 52: ", enhanced),
        Words("GREv1, call 24, ack 6, no-payload, length 12", ipv4(.gre, hex("2081 880b 0000 0018 00000006"))),
        Words("GREv0, length 6: gre-proto-0x88be", ipv4(.gre, hex("0000 88be 0000"))),
    ])
    func saysAsTcpdump(_ row: Words) { #expect(summary(of: .gre, in: row.bytes, linkType: .raw) == row.words) }

    @Test(
        "What follows",
        arguments: [
            ("0000 86dd", ipv6Packet(17, udpDatagram), [.ipv6, .udp]),
            ("0000 6558", ethernetFrame(0x0800, v4), [.ethernet, .ipv4, .udp]),
            ("0000 8847", hex("00010140") + v4, [.mpls, .ipv4, .udp]), ("0000 883e", v4, [.ipv4, .udp]),
            ("0000 883e", hex("00010203") + v4, [.ipv4, .udp]),
            ("2001 6400 00320001", ethernetFrame(0x0800, v4), [.ethernet, .ipv4, .udp]),
            ("4000 0800 0000 0000 0002 0004 c0000201 0000 0000", v4, [.ipv4, .udp]),
        ] as [(String, [UInt8], [LayerKind])])
    func next(header: String, payload: [UInt8], kinds: [LayerKind]) {
        let packet = ipv4(.gre, hex(header) + payload)
        #expect(walk(packet, linkType: .raw).kinds == [.ipv4, .gre] + kinds)
        expectEveryTruncationHolds(packet, linkType: .raw)
    }

    @Test(arguments: [full, enhanced])
    func `Every truncation`(packet: [UInt8]) { expectEveryTruncationHolds(packet, linkType: .raw) }

    @Test(arguments: [
        Refusal("three bytes", ipv4(.gre, hex("000008")), .gre, at: 20, .tooShort(needed: 4, available: 3)),
        Refusal("half a key", ipv4(.gre, hex("2000 0800 0000")), .gre, at: 20, .tooShort(needed: 8, available: 6)),
        Refusal(
            "routes without an end", ipv4(.gre, hex("4000 0800 00000000 0002 0002 aabb")), .gre, at: 20,
            .tooShort(needed: 18, available: 14)),
    ])
    func refused(_ row: Refusal) { row.check(linkType: .raw) }
}
