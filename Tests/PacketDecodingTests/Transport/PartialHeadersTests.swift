import PacketDecoding
import Testing

@Suite struct PartialHeadersTests {
    @Test(arguments: 4...19)
    func portsOfAPartialSegmentAreReadable(_ count: Int) {
        let whole = ipv4(.tcp, tcp())
        withPacket(Array(whole.prefix(20 + count)), linkType: .ipv4, wireLength: whole.count) { packet in
            #expect(packet.fault == DecodeError(.tcp, at: 20, .truncated(needed: 20, captured: count)))
            #expect(packet.layers[1].headerLength == count)
            #expect(packet.layers[1].traits == .partial)
            #expect(packet.ports(at: 1)! == (1025, 80))
            #expect(packet.header(TCPHeader.self, at: 1) == nil)
            let record = packet.record(1)
            #expect((record["sequence_number"] == "1000") == (count >= 8))
            #expect((record["acknowledgment_number"] == "2000") == (count >= 12))
            #expect((record["flags[0]"] == "ack") == (count >= 14))
            #expect((record["window"] == "64") == (count >= 16))
            #expect((record["checksum_status"] == "unverified") == (count >= 18))
        }
    }

    @Test func portsAreThoseOfTransportsOnly() {
        withPacket(ipv4(.udp, udp("hello")), linkType: .ipv4) { packet in
            #expect(packet.ports(at: 0) == nil)
            #expect(packet.ports(at: 1)! == (1025, 9))
        }
        withPacket(icmp("0800 0000 0007 0009"), linkType: .ipv4) { #expect($0.ports(at: 1) == nil) }
    }
}
