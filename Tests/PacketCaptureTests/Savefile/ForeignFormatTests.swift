import PacketCapture
import Testing

@Suite struct ForeignFormatTests {
    private static let erfRecord: [UInt8] =
        [0, 0x47, 0x2f, 0, 0x81, 0xd7, 0x48, 0x41, 2, 5, 0, 24, 0, 0, 3, 0x3b] + [UInt8](repeating: 1, count: 8)

    @Test(
        arguments: [
            (Array("snoop\0\0\0\0\0\0\u{2}".utf8), "Solaris snoop"), (Array("btsnoop\0".utf8), "btsnoop"),
            (Array("GMBU\0\u{2}".utf8), "Network Monitor 2"), (Array("RTSS".utf8), "Network Monitor 1"),
            (Array("TRSNIFF data    \u{1a}".utf8), "Sniffer"), (Array("XCP\0".utf8), "NetXray"),
            (Array("ObserverPktBuffe".utf8), "Observer"), (Array("iptrace 2.0".utf8), "iptrace"),
            (Array("BZh91AY".utf8), "bzip2"), (Array("PK\u{3}\u{4}".utf8), "zip"),
            ([0x28, 0xb5, 0x2f, 0xfd], "zstd"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "xz"),
            ([4, 0x22, 0x4d, 0x18], "lz4"), (erfRecord, "ERF"), (erfRecord + erfRecord, "ERF"),
        ] as [([UInt8], String)])
    func theRefusalNamesWhatItIs(contents: [UInt8], name: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("other", contents)
        let error = captureError { () throws(CaptureError) in _ = try SavefileReader(path: path) }
        #expect(error?.reason.hasPrefix("not a savefile: neither pcap nor pcapng, but ") == true)
        #expect(error?.reason.contains(name) == true, "\(error?.reason ?? "")")
    }

    @Test(
        arguments: [
            Array(erfRecord[..<15]), Array(erfRecord[..<20]), erfRecord + [0],
            erfRecord + [UInt8](repeating: 0, count: 24),
        ] as [[UInt8]])
    func noERFWithoutAWholeRecordAndTheBeginningOfTheNext(contents: [UInt8]) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("other", contents)
        let error = captureError { () throws(CaptureError) in _ = try SavefileReader(path: path) }
        #expect(error?.reason == "not a savefile: neither pcap nor pcapng")
    }
}
