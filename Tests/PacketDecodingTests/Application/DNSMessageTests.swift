import PacketDecoding
import Testing

@Suite struct DNSMessageTests {
    static func prefixed(_ message: [UInt8]) -> [UInt8] { bigEndian(UInt16(message.count)) + message }

    @Test func eachMessageOfASegmentIsALayer() {
        let packet = segment(to: 53, Self.prefixed(DNSTests.query) + Self.prefixed(DNSTests.answer))
        #expect(
            heard(packet) == (
                ["DNS query 0x1a2b A www.example.org", "DNS response 0x1a2b A example.org: A 192.0.2.1"], nil
            ))
        let layers = walk(packet, linkType: .ipv4).layers.suffix(2)
        #expect(layers.map(\.offset) == [40, 40 + 2 + DNSTests.query.count])
        #expect(fields(of: .dns, in: packet, linkType: .ipv4)?["length"] == "\(DNSTests.query.count)")
    }

    @Test func aMessageThatGoesOnInAnotherSegmentIsNoFault() {
        let packet = segment(to: 53, Array(Self.prefixed(DNSTests.response).prefix(50)))
        #expect(heard(packet) == (["DNS response 0x1a2b A www.example.org …"], nil))
        #expect(fields(of: .dns, in: packet, linkType: .ipv4)?["continues"] == "true")
    }

    @Test(
        "The middle of a stream is no message",
        arguments: ["00", "0000", "000b 1a2b 0100 0000 0000 0000 00", "4845 4c4f 2f31 2e31 2032 3030 204f 4b0d 0a0d"])
    func middle(_ payload: String) {
        #expect(heard(segment(to: 53, hex(payload))) == ([], nil))
    }

    @Test(arguments: [
        Refusal(
            "a header cut on the wire", datagram(to: 53, hex("1a2b 0100 0001")), .dns, at: 28,
            .tooShort(needed: 12, available: 6)),
        Refusal(
            "a question that is not there", datagram(to: 53, hex("1a2b 0100 0001 0000 0000 0000")), .dns, at: 28,
            .tooShort(needed: 13, available: 12)),
        Refusal(
            "a question without its class", datagram(to: 53, hex("1a2b 0100 0001 0000 0000 0000 00 0001")), .dns,
            at: 28, .tooShort(needed: 17, available: 15)),
        Refusal(
            "a pointer to itself", datagram(to: 53, hex("1a2b 0100 0001 0000 0000 0000 c00c 0001 0001")), .dns, at: 28,
            .badValue(0xc00c)),
        Refusal(
            "an address of five bytes",
            datagram(to: 53, hex("1a2b 8100 0000 0001 0000 0000 00 0001 0001 00000000 0005 0102030405")), .dns, at: 28,
            .badLength(5)),
    ])
    func refusals(_ refusal: Refusal) { refusal.check(linkType: .ipv4) }

    @Test func aFaultLeavesWhatWasReadBefore() {
        let bad = hex("1a2b 8100 0001 0001 0000 0000 03 777777 00 0001 0001 c0ff 0001 0001 00000000 0000")
        #expect(heard(datagram(to: 53, bad)).words == ["DNS response 0x1a2b A www [bad dns]"])
        #expect(fields(of: .dns, in: datagram(to: 53, bad), linkType: .ipv4)?["questions[0].name"] == "www")
    }

    @Test func aSummaryTellsFourAnswersAndCountsTheRest() {
        let record = "00 0001 0001 00000000 0004 0a00000"
        let message = hex("0001 8000 0000 0006 0000 0000") + (1...6).flatMap { hex(record + "\($0)") }
        #expect(
            heard(datagram(to: 53, message)).words == [
                "DNS response 0x0001: . A 10.0.0.1, . A 10.0.0.2, . A 10.0.0.3, . A 10.0.0.4, 2 more"
            ])
    }

    /// As many records as fit, each with the longest name there is.
    @Test func descriptionsAreBounded() {
        let label = hex("3f") + Array(repeating: UInt8(ascii: "."), count: 63)
        let last = hex("3d") + Array(repeating: UInt8(ascii: "."), count: 61) + [0]
        var message = hex("0001 8000 0001") + bigEndian(2000) + hex("0000 0000")
        message += label + label + label + last + hex("0001 0001")
        for _ in 0..<2000 { message += hex("c00c 0001 0001 00000000 0000") }
        let found = fields(of: .dns, in: datagram(to: 53, message), linkType: .ipv4)
        #expect(heard(datagram(to: 53, message)).fault == nil)
        #expect(found?["answer_count"] == "2000")
        #expect(found?["answers[254].type"] == "1")
        #expect(found?["answers[255].type"] == nil)
    }
}
