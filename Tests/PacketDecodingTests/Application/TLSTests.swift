import PacketDecoding
import Testing

@Suite struct TLSTests {
    @Test func theRecordHeaderIsFiveBytes() { #expect(TLSRecordHeader.size == 5) }

    @Test(arguments: [
        ("1703030010" + String(repeating: "00", count: 16), "TLS application data"),
        ("1403030001 01", "TLS change cipher spec"),
        ("1503030002 0228", "TLS fatal alert handshake failure"),
        ("1503030002 0100", "TLS warning alert close notify"),
        ("1503030002 02ff", "TLS fatal alert 255"),
        ("1503030002 03ff", "TLS level 3 alert 255"),
        ("1503030012" + String(repeating: "5a", count: 18), "TLS alert"),
        ("1603030004 0e000000", "TLS server hello done"),
        ("1603030028" + String(repeating: "5a", count: 40), "TLS handshake"),
        ("1703030001 00 1503030002 0100", "TLS application data, warning alert close notify"),
    ])
    func records(_ payload: String, _ words: String) {
        #expect(heard(segment(to: 443, hex(payload))) == ([words], nil))
    }

    @Test(
        "What cannot begin a record is no layer",
        arguments: ["1703", "1903030010", "1702030010", "1703050010", "17030348 01", "5a5a5a5a5a5a"])
    func middle(_ payload: String) { #expect(heard(segment(to: 443, hex(payload))) == ([], nil)) }

    @Test func elsewhereHandshakesAndAlertsAreRecognised() {
        #expect(heard(segment(to: 7000, hex("1603030004 0e000000"))).words == ["TLS server hello done"])
        #expect(heard(segment(to: 8080, hex("1603030004 0e000000"))).words == ["TLS server hello done"])
        #expect(heard(segment(to: 7000, hex("1503030002 0228"))).words == ["TLS fatal alert handshake failure"])
        #expect(heard(segment(to: 7000, hex("1703030001 00"))).words == [])
        #expect(heard(datagram(to: 443, hex("1603030004 0e000000"))).words == [])
    }

    @Test func fieldsOfRecords() {
        #expect(
            fields(of: .tls, in: segment(to: 443, hex("1603010004 0e000000 1503030002 0228")), linkType: .ipv4)?.fields
                == [
                    "records[0].type=22", "records[0].version=0x0301", "records[0].length=4",
                    "records[0].handshake_type=14", "records[0].handshake_length=0", "records[1].type=21",
                    "records[1].version=0x0303", "records[1].length=2", "records[1].alert_level=2",
                    "records[1].alert=40",
                ])
    }

    @Test func aRecordThatGoesOnInAnotherSegmentIsNoFault() {
        let packet = segment(to: 443, hex("1703034000 0102"))
        #expect(heard(packet) == (["TLS application data …"], nil))
        #expect(fields(of: .tls, in: packet, linkType: .ipv4)?["continues"] == "true")
    }

    @Test(
        "What the segment ends in is marked, and nothing is made up for what is missing",
        arguments: [
            ("15", "TLS alert …"), ("16030100", "TLS handshake …"), ("1503030002", "TLS alert …"),
            ("1503030002 02", "TLS fatal alert …"), ("1603030004 0e", "TLS server hello done …"),
            ("1403030001 01 16", "TLS change cipher spec …"),
            ("1703030001 00 1503030002 01", "TLS application data, warning alert …"),
            ("1603030002 0e00", "TLS server hello done …"),
            ("1603030028 01000100 0303", "TLS client hello …"),
        ])
    func cutInTheMidst(_ payload: String, _ words: String) {
        let packet = segment(to: 443, hex(payload))
        #expect(heard(packet) == ([words], nil))
        #expect(fields(of: .tls, in: packet, linkType: .ipv4)?["continues"] == "true")
    }

    @Test func everyMessageOfARecordIsTold() {
        let packet = segment(to: 443, hex("160303000c 0b000000 0c000000 0e000000"))
        #expect(heard(packet).words == ["TLS certificate, server key exchange, server hello done"])
        let found = fields(of: .tls, in: packet, linkType: .ipv4)
        #expect(found?["records[0].handshake_type"] == "11")
        #expect(found?["records[0].further_messages[1].handshake_type"] == "14")
    }

    /// The eight zeros of a nonce look like two hello requests.
    @Test func whatIsEncryptedIsNoMessage() {
        let finished = "1603030028" + String(repeating: "00", count: 8) + String(repeating: "5a", count: 32)
        #expect(heard(segment(to: 443, hex("1403030001 01" + finished))).words == ["TLS change cipher spec, handshake"])
        #expect(heard(segment(to: 443, hex(finished))).words == ["TLS handshake"])
    }

    @Test func sixteenRecordsAreTold() {
        let packet = segment(to: 443, (0..<20).flatMap { _ in hex("1403030001 01") })
        let words = heard(packet).words.first ?? ""
        #expect(words.split(separator: ",").count == 17)
        #expect(words.hasSuffix("change cipher spec, …"))
        #expect(fields(of: .tls, in: packet, linkType: .ipv4)?["records[16].type"] == nil)
    }
}
