import PacketCapture
import PacketDecoding
import Testing

@Suite struct SavefileFilterTests {
    @Test func isCompiledForEachLinkTypeThatAppears() throws {
        var filter = try SavefileFilter("udp port 9999", linkType: .ethernet)
        let ethernet = udpFrame(to: 9999)
        let raw = Array(ethernet[14...])
        for _ in 0..<2 {
            #expect(withFrame(ethernet) { filter.matches($0) })
            #expect(withFrame(raw, linkType: .raw) { filter.matches($0) })
            #expect(withFrame(raw, linkType: .ipv4) { filter.matches($0) })
            // The bytes of one type mean nothing in another.
            #expect(!withFrame(raw) { filter.matches($0) })
            #expect(!withFrame(Array(udpFrame(to: 1)[14...]), linkType: .raw) { filter.matches($0) })
        }
        #expect(filter.takeWarning() == nil)
        #expect(filter.listing() == (try CaptureFilter("udp port 9999", linkType: .ethernet).listing()))
    }

    @Test func theFirstTypesRefusalIsAUsageError() {
        let error = captureError { () throws(CaptureError) in
            _ = try SavefileFilter("ether host 1:2:3:4:5:6", linkType: .raw)
        }
        #expect(error?.kind == .usage)
    }

    @Test func laterTypesThatRefuseDoNotMatchAndAreToldOnce() throws {
        var filter = try SavefileFilter("ether host 02:00:00:00:00:01", linkType: .ethernet)
        let bytes = udpFrame(to: 9999)
        #expect(withFrame(bytes) { filter.matches($0) })
        #expect(filter.takeWarning() == nil)
        #expect(!withFrame(bytes, linkType: .raw) { filter.matches($0) })
        let warning = filter.takeWarning()
        #expect(warning?.contains("compiling the filter \"ether host 02:00:00:00:00:01\" for link type 101") == true)
        #expect(!withFrame(bytes, linkType: .raw) { filter.matches($0) })
        #expect(!withFrame(bytes, linkType: .ipv4) { filter.matches($0) })
        #expect(filter.takeWarning() == nil)
        #expect(withFrame(bytes) { filter.matches($0) })
    }
}
