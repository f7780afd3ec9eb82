import PacketDecoding
import Testing

@Suite struct TCPTests {
    /// Captured on loopback, where Linux leaves the checksum to a card that isn't there.
    static let syn = hex(
        """
        0000 0000 0000 0000 0000 0000 0800 4500 003c 4558 4000 4006 f761 7f00 0001 7f00 0001 e1a6 270f 9f9a
        05cf 0000 0000 a002 ffd7 fe30 0000 0204 ffd7 0402 080a 428a 0dce 0000 0000 0103 030a
        """)
    static let data = hex(
        """
        0000 0000 0000 0000 0000 0000 0800 4500 003c 3b0c 4000 4006 01ae 7f00 0001 7f00 0001 270f e1a6 934d
        985f 9f9a 05d0 8018 0040 fe30 0000 0101 080a b1be fd10 428a 0dce 5765 6c63 6f6d 6521
        """)

    @Test func headerIsTwentyBytes() { #expect(TCPHeader.size == 20) }

    @Test func fieldsOfASYN() {
        #expect(
            fields(of: .tcp, in: Self.syn)?.fields == [
                "source_port=57766", "destination_port=9999", "sequence_number=2677671375",
                "acknowledgment_number=0", "header_length=40", "reserved=0", "flags[0]=syn", "window=65495",
                "checksum=0xfe30", "checksum_status=offloaded", "urgent_pointer=0", "payload_offset=74",
                "payload_length=0", "options[0].kind=2", "options[0].length=4",
                "options[0].maximum_segment_size=65495", "options[1].kind=4", "options[1].length=2",
                "options[2].kind=8", "options[2].length=10", "options[2].timestamp_value=1116343758",
                "options[2].timestamp_echo_reply=0", "options[3].kind=1", "options[4].kind=3",
                "options[4].length=3", "options[4].window_scale_shift=10",
            ])
    }

    /// Wireshark sums what an ICMP error quotes of a segment, be it all of it or not.
    @Test(arguments: [(0, "good"), (4, "bad")])
    func quotesAreSummedAsFarAsTheyGo(_ missing: Int, _ status: String) {
        let pseudoHeader = ipv4(.tcp, []).suffix(8) + [0, 6, 0, 28]
        let segment = checksummed(tcp(payload: "12345678"), at: 16, pseudoHeader: Array(pseudoHeader))
        let quote = Array(ipv4(.tcp, segment).dropLast(missing))
        let record = fields(of: .tcp, in: icmp("0b00 0000 00000000", quoting: quote), linkType: .ipv4)
        #expect(record?["checksum_status"] == status)
    }

    /// The packet ends in its header, behind the checksum.
    @Test func aSegmentWithoutItsLastFieldIsSummed() {
        let record = fields(of: .tcp, in: ipv4(.tcp, Array(tcp().prefix(18))), linkType: .ipv4)
        #expect(record?["checksum"] == "0x0000")
        #expect(record?["checksum_status"] == "bad")
        #expect(record?["urgent_pointer"] == nil)
    }

    @Test func everyFlagAndReservedBitIsGiven() {
        var segment = tcp(TCPFlags(rawValue: 0x1ff))
        segment[12] |= 0x0a
        let record = fields(of: .tcp, in: ipv4(.tcp, segment), linkType: .ipv4)
        #expect(record?["reserved"] == "5")
        #expect(
            record?.fields.filter { $0.hasPrefix("flags") }.map { String($0.split(separator: "=")[1]) } == [
                "fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ae",
            ])
    }

    @Test(arguments: [
        Words("Flags [none], win 64, length 0", ipv4(.tcp, tcp([]))),
        Words("Flags [.], ack 2000, win 64, length 0", ipv4(.tcp, tcp())),
        Words("Flags [S], seq 1000, win 64, length 0", ipv4(.tcp, tcp(.syn))),
        Words("Flags [F.], seq 1000, ack 2000, win 64, length 0", ipv4(.tcp, tcp([.fin, .ack]))),
        Words("Flags [R], seq 1000, win 64, length 0", ipv4(.tcp, tcp(.rst))),
        Words(
            "Flags [P.], seq 1000:1008, ack 2000, win 64, length 8", ipv4(.tcp, tcp([.psh, .ack], payload: "Welcome!"))),
        Words("Flags [.U], ack 2000, win 64, urg 9, length 0", ipv4(.tcp, tcp([.ack, .urg], urgentPointer: 9))),
        Words(
            "Flags [FSRP.UEWe], seq 1000, ack 2000, win 64, urg 0, length 0", ipv4(.tcp, tcp(TCPFlags(rawValue: 0x1ff)))
        ),
        Words(
            "Flags [S], seq 1000, win 64, options [mss 1460,nop,nop,sackOK], length 0",
            ipv4(.tcp, tcp(.syn, options: "0204 05b4 0101 0402"))),
        Words(" tcp 4 [bad hdr length 16 - too short, < 20]", ipv4(.tcp, tcp(dataOffset: 4))),
        Words("Flags [.] [bad hdr length 32 - too long, > 20]", ipv4(.tcp, tcp(dataOffset: 8))),
        Words(" [|tcp]", ipv4(.tcp, tcp()), cutTo: 36),
        Words(
            "Flags [.], ack 2000, win 64, options [mss 1460, [|tcp]",
            ipv4(.tcp, tcp(options: "0204 05b4 0101 0402")), cutTo: 44),
        Words("Flags [.], seq 1000:1004, ack 2000, win 64, length 4", ipv4(.tcp, tcp(payload: "abcd")), cutTo: 40),
    ])
    func saysAsTcpdump(_ row: Words) {
        #expect(summary(of: .tcp, in: row.bytes, linkType: .ipv4, wireLength: row.wireLength) == row.words)
    }

    @Test(arguments: [
        Words("tcp 8", ipv4(.tcp, tcp(payload: "Welcome!"))),
        Words("tcp 0 [bad hdr length 32 - too long, > 20]", ipv4(.tcp, tcp(dataOffset: 8))),
    ])
    func saysLittleWhenBrief(_ row: Words) {
        var context = SummaryContext()
        context.isBrief = true
        #expect(summary(of: .tcp, in: row.bytes, linkType: .ipv4, context: context) == row.words)
    }

    @Test func numbersCountFromTheContextsBases() {
        var context = SummaryContext()
        context.sequenceBase = 0x934d_985e
        context.acknowledgmentBase = 0x9f9a_05cf
        #expect(
            summary(of: .tcp, in: Self.data, context: context)
                == "Flags [P.], seq 1:9, ack 1, win 64, options [nop,nop,TS val 2982083856 ecr 1116343758], length 8")
        context.sequenceBase = 1001
        context.acknowledgmentBase = 2000
        #expect(
            summary(
                of: .tcp, in: ipv4(.tcp, tcp(.ack, options: "050a 000007d1 000007d5 0101", payload: "ab")),
                linkType: .ipv4, context: context)
                == "Flags [.], seq 4294967295:1, ack 0, win 64, options [sack 1 {1:5},nop,nop], length 2")
    }

    @Test(arguments: [
        ("data offset below five words", tcp(dataOffset: 4), DecodeError.Reason.badLength(16)),
        ("options beyond the packet", tcp(dataOffset: 8), .tooShort(needed: 32, available: 20)),
        ("ten bytes", Array(tcp().prefix(10)), .tooShort(needed: 20, available: 10)),
        ("three bytes", Array(tcp().prefix(3)), .tooShort(needed: 20, available: 3)),
    ])
    func refuses(_ what: String, _ segment: [UInt8], _ reason: DecodeError.Reason) {
        let walk = walk(ipv4(.tcp, segment), linkType: .ipv4)
        #expect(walk.fault == DecodeError(.tcp, at: 20, reason))
        #expect(walk.kinds == (segment.count < 4 ? [.ipv4] : [.ipv4, .tcp]))
        #expect(walk.layers.last?.traits == (segment.count < 4 ? [] : .partial))
    }

    @Test func optionsCutByTheCaptureLeaveTheFixedPartReadable() {
        let cut = Array(Self.syn.prefix(60))
        withPacket(cut, wireLength: Self.syn.count) { packet in
            #expect(packet.fault == DecodeError(.tcp, at: 34, .truncated(needed: 40, captured: 26)))
            #expect(packet.layers[2].traits == .partial)
            #expect(packet.header(TCPHeader.self, at: 2)?.window == 65495)
            #expect(packet.payloadLength(at: 2) == 0)
            let record = packet.record(2)
            #expect(record["checksum_status"] == "unverified")
            #expect(record["options[1].kind"] == "4")
            #expect(record["options[2].kind"] == nil)
            #expect(record["options_malformed"] == nil)
        }
    }

    @Test func payloadIsBoundedByTheFrameNotByWhatWasCaptured() {
        let packet = ipv4(.tcp, tcp(payload: "abcd"), totalLength: 1000)
        #expect(fields(of: .tcp, in: packet, linkType: .ipv4)?["payload_length"] == "4")
        let snapped = Array(packet.prefix(41))
        #expect(fields(of: .tcp, in: snapped, linkType: .ipv4, wireLength: 44)?["payload_length"] == "4")
    }

    @Test(arguments: [syn, data])
    func everyTruncationHolds(_ packet: [UInt8]) { expectEveryTruncationHolds(packet) }
}
