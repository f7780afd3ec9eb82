import PacketCapture
import PacketDecoding
import Testing

@Suite struct CaptureFilterTests {
    struct Row: CustomTestStringConvertible {
        let expression: String
        let accepts: Bool
        var testDescription: String { "'\(expression)' \(accepts ? "accepts" : "rejects") a datagram to port 9999" }

        init(_ expression: String, accepts: Bool) {
            self.expression = expression
            self.accepts = accepts
        }
    }

    @Test(arguments: [
        Row("", accepts: true),
        Row("udp port 9999", accepts: true),
        Row("udp dst port 9998", accepts: false),
        Row("tcp", accepts: false),
        Row("host 10.0.0.1 and not ip6", accepts: true),
        Row("ether src 02:00:00:00:00:01", accepts: true),
    ])
    func matches(_ row: Row) throws {
        let filter = try CaptureFilter(row.expression, linkType: .ethernet)
        #expect(filter.expression == row.expression)
        let accepts = withFrame(udpFrame(to: 9999)) { filter.matches($0) }
        #expect(accepts == row.accepts)
    }

    @Test func aSnappedFrameIsAsLongAsItWasOnTheWire() throws {
        let filter = try CaptureFilter("greater 100", linkType: .ethernet)
        let bytes = udpFrame(to: 9999)
        let acceptsShort = withFrame(bytes) { filter.matches($0) }
        #expect(!acceptsShort)
        let acceptsSnapped = withFrame(bytes, wireLength: 100) { filter.matches($0) }
        #expect(acceptsSnapped)
    }

    @Test func bytesThatWereNotCapturedMatchNothing() throws {
        let filter = try CaptureFilter("udp dst port 9999", linkType: .ethernet)
        let bytes = udpFrame(to: 9999)
        for length in 0..<bytes.count {
            let accepts = withFrame(Array(bytes[..<length]), wireLength: bytes.count) { filter.matches($0) }
            #expect(accepts == (length >= 38), "\(length) bytes")
        }
    }

    @Test(arguments: [
        (LinkType.raw, 14), (LinkType.ipv4, 14), (LinkType.ethernet, 0),
    ])
    func fitsTheLinkType(linkType: LinkType, start: Int) throws {
        let filter = try CaptureFilter("udp port 9999", linkType: linkType)
        let accepts = withFrame(Array(udpFrame(to: 9999)[start...]), linkType: linkType) { filter.matches($0) }
        #expect(accepts)
    }

    @Test(arguments: ["tcp prot 80", "host", "port 70000", "ether host 1.2.3.4.5.6.7", "(udp"])
    func refusesABadExpression(_ expression: String) {
        let error = captureError { () throws(CaptureError) in
            _ = try CaptureFilter(expression, linkType: .ethernet)
        }
        #expect(error?.kind == .usage)
        #expect(error?.operation == "compiling the filter \"\(expression)\"")
        #expect(error?.reason.isEmpty == false)
    }

    @Test func aSavefileDoesNotKnowTheDirection() throws {
        let error = captureError { () throws(CaptureError) in
            _ = try CaptureFilter("inbound", linkType: .ethernet)
        }
        #expect(error?.kind == .usage)
        // But for a cooked header, which tells it.
        _ = try CaptureFilter("inbound", linkType: .linuxSLL2)
    }

    @Test func saysWhatLibpcapSays() {
        let error = captureError { () throws(CaptureError) in _ = try CaptureFilter("tcp port", linkType: .ethernet) }
        #expect(error?.reason.contains("syntax error") == true)
    }

    @Test func listsTheProgramAsTcpdumpDoes() throws {
        let filter = try CaptureFilter("ip", linkType: .ethernet)
        #expect(
            filter.listing() == [
                "(000) ldh      [12]",
                "(001) jeq      #0x800           jt 2\tjf 3",
                "(002) ret      #262144",
                "(003) ret      #0",
            ])
        #expect(try CaptureFilter("", linkType: .ethernet, snapshotLength: 96).listing() == ["(000) ret      #96"])
    }

    @Test func listsTheProgramForOtherPrograms() throws {
        let filter = try CaptureFilter("ip", linkType: .ethernet)
        #expect(
            filter.listing(.cInitializers) == [
                "{ 0x28, 0, 0, 0x0000000c },", "{ 0x15, 0, 1, 0x00000800 },", "{ 0x6, 0, 0, 0x00040000 },",
                "{ 0x6, 0, 0, 0x00000000 },",
            ])
        #expect(filter.listing(.decimal) == ["4", "40 0 0 12", "21 0 1 2048", "6 0 0 262144", "6 0 0 0"])
    }
}
