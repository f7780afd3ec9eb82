import PacketCapture
import PacketDecoding
import Testing

@Suite struct PcapngInterfaceTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        var resolution: [UInt8]?
        var offset: Int64?
        let count: UInt64
        let nanoseconds: Int64
        init(_ name: String, resolution: [UInt8]? = nil, offset: Int64? = nil, count: UInt64, is nanoseconds: Int64) {
            testDescription = name
            self.resolution = resolution
            self.offset = offset
            self.count = count
            self.nanoseconds = nanoseconds
        }
    }

    @Test(
        arguments: [
            Row("microseconds, where nothing is said", count: 1_700_000_000_123_456, is: 1_700_000_000_123_456_000),
            Row("microseconds, said", resolution: [6], count: 1, is: 1000),
            Row("seconds", resolution: [0], count: 1_700_000_000, is: 1_700_000_000_000_000_000),
            Row("milliseconds", resolution: [3], count: 1_700_000_000_123, is: 1_700_000_000_123_000_000),
            Row("nanoseconds", resolution: [9], count: 1_700_000_000_123_456_789, is: 1_700_000_000_123_456_789),
            Row("picoseconds", resolution: [12], count: 1_700_000_999, is: 1_700_000),
            Row("10^-19 s", resolution: [19], count: 123_000_000_000, is: 12),
            Row("10^-28 s", resolution: [28], count: .max, is: 1),
            Row("10^-29 s", resolution: [29], count: .max, is: 0),
            Row("10^-127 s", resolution: [127], count: .max, is: 0),
            Row("2^-0 s", resolution: [0x80], count: 3, is: 3_000_000_000),
            Row("2^-10 s", resolution: [0x8a], count: 1_700_000_000, is: 1_660_156_250_000_000),
            Row("2^-63 s", resolution: [0xbf], count: .max, is: 1_999_999_999),
            Row("2^-64 s", resolution: [0xc0], count: 1 << 63, is: 500_000_000),
            Row("2^-127 s", resolution: [0xff], count: .max, is: 0),
            Row("more than can be told", count: .max, is: .max),
            Row("the most seconds", resolution: [0], count: .max, is: .max),
            Row("an hour later", offset: 3600, count: 1_000_000, is: 3_601_000_000_000),
            Row("an hour earlier", offset: -3600, count: 1_000_000, is: -3_599_000_000_000),
            Row("the latest offset", offset: .max, count: 1, is: .max),
            Row("the earliest offset", offset: .min, count: 1, is: .min + 1000),
            Row("a resolution of two bytes is none", resolution: [9, 9], count: 1, is: 1000),
        ], [false, true])
    func tellsTheTime(row: Row, isBigEndian: Bool) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes(isBigEndian: isBigEndian)
        file.addSection()
        file.addInterface {
            if let resolution = row.resolution { $0.addOption(9, resolution) }
            if let offset = row.offset {
                $0.add(14 as UInt16)
                $0.add(8 as UInt16)
                $0.add(offset)
            }
        }
        file.addEnhancedPacket(row.count, [1])
        let (frames, error) = try read(directory.file("a.pcapng", file.all))
        #expect(error == nil)
        #expect(frames.first?.header.timestamp?.rawValue == row.nanoseconds)
    }

    @Test(
        arguments: [
            (Array("eth0".utf8), "eth0"), (Array("a\0b".utf8), "a"), ([], nil), ([0xff], "\u{fffd}"),
            ([UInt8](repeating: 65, count: 256), nil),
        ] as [([UInt8], String?)])
    func tellsTheName(inFile: [UInt8], expected: String?) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addSection()
        file.addInterface { $0.addOption(2, inFile) }
        let reader = try SavefileReader(path: directory.file("a.pcapng", file.all))
        #expect(reader.interfaceName == expected)
    }
}
