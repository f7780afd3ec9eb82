import PacketCapture
import PacketDecoding
import Testing

@Suite struct PcapFormatTests {
    struct Magic: CustomTestStringConvertible {
        let testDescription: String
        let number: UInt32
        let precision: TimestampPrecision
        /// Bytes of the file header, and of a record's, beyond the usual 24 and 16.
        var fileExtra = 0
        var recordExtra = 0

        init(
            _ name: String, _ number: UInt32, _ precision: TimestampPrecision, fileExtra: Int = 0, recordExtra: Int = 0
        ) {
            testDescription = name
            self.number = number
            self.precision = precision
            self.fileExtra = fileExtra
            self.recordExtra = recordExtra
        }
    }

    @Test(
        arguments: [
            Magic("microseconds", 0xa1b2_c3d4, .microseconds),
            Magic("nanoseconds", 0xa1b2_3c4d, .nanoseconds),
            Magic("Kuznetzov's longer records", 0xa1b2_cd34, .microseconds, recordExtra: 8),
            Magic("lcap of software", 0x1c00_01ab, .microseconds, fileExtra: 4),
            Magic("lcap of hardware", 0x1c00_01ac, .nanoseconds, fileExtra: 4),
        ], [false, true])
    func readsEachVariant(magic: Magic, isBigEndian: Bool) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes(isBigEndian: isBigEndian)
        file.addPcapHeader(magic: magic.number, snapshotLength: 100, linkType: 113)
        file.all += [UInt8](repeating: 9, count: magic.fileExtra)
        for (bytes, wireLength) in [([1, 2, 3] as [UInt8], 60), ([], 0)] as [([UInt8], UInt32)] {
            file.add(1_700_000_000 as UInt32)
            file.add(123_456 as UInt32)
            file.add(UInt32(bytes.count))
            file.add(wireLength)
            file.all += [UInt8](repeating: 9, count: magic.recordExtra) + bytes
        }
        let path = try directory.file("a.pcap", file.all)
        let reader = try SavefileReader(path: path)
        #expect(reader.linkType == .linuxSLL)
        #expect(reader.snapshotLength == 100)
        #expect(reader.precision == magic.precision)
        #expect(reader.interfaceName == nil)

        let (frames, error) = try read(path)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3], []])
        #expect(frames.map(\.header.number) == [1, 2])
        #expect(frames.map(\.header.wireLength) == [60, 0])
        #expect(frames.allSatisfy { $0.header.linkType == .linuxSLL && $0.header.interface == nil })
        let nanoseconds: Int64 = magic.precision == .nanoseconds ? 123_456 : 123_456_000
        #expect(frames[0].header.timestamp == Timestamp(seconds: 1_700_000_000, nanoseconds: nanoseconds))
    }

    /// Of the file in this machine's byte order most records are taken at one look, of the other one none is.
    @Test(arguments: [0xa1b2_c3d4 as UInt32, 0xa1b2_3c4d])
    func `plain records are the records of any layout`(magic: UInt32) throws {
        var random = SystemRandomNumberGenerator()
        let records = (0..<2000).map { _ in
            let captured = UInt32([0, 1, 60, 1514, 9000].randomElement(using: &random) ?? 0)
            return (
                seconds: UInt32.random(in: .min ... .max, using: &random),
                fraction: UInt32.random(in: 0...2_000_000_000, using: &random), captured: captured,
                stated: UInt32.random(in: 0...2 * captured &+ 1, using: &random),
                byte: UInt8.random(in: .min ... .max, using: &random)
            )
        }
        let directory = try TemporaryDirectory()
        let both = try [false, true].map { isBigEndian in
            var file = Bytes(isBigEndian: isBigEndian)
            file.addPcapHeader(magic: magic, snapshotLength: 100, linkType: 1)
            for record in records {
                file.add(record.seconds)
                file.add(record.fraction)
                file.add(record.captured)
                file.add(record.stated)
                file.all += [UInt8](repeating: record.byte, count: Int(record.captured))
            }
            return try read(directory.file("\(isBigEndian).pcap", file.all))
        }
        #expect(both[0].error == nil && both[1].error == nil)
        #expect(both[0].frames.count == 2000)
        #expect(both[0].frames == both[1].frames)
    }

    struct Version: CustomTestStringConvertible {
        let major, minor: UInt16
        /// The record's lengths as they are written, and how they are understood.
        let lengths: (first: UInt32, second: UInt32)
        let wireLength: Int
        var testDescription: String { "version \(major).\(minor), lengths \(lengths.first) and \(lengths.second)" }
    }

    @Test(arguments: [
        Version(major: 2, minor: 4, lengths: (3, 60), wireLength: 60),
        Version(major: 2, minor: 2, lengths: (60, 3), wireLength: 60),
        Version(major: 2, minor: 3, lengths: (60, 3), wireLength: 60),
        Version(major: 2, minor: 3, lengths: (3, 60), wireLength: 60),
        Version(major: 543, minor: 0, lengths: (60, 3), wireLength: 60),
        Version(major: 2, minor: 5, lengths: (3, 60), wireLength: 60),
        Version(major: 99, minor: 4, lengths: (3, 60), wireLength: 60),
    ])
    func oldVersionsHaveTheLengthsTheOtherWayRound(version: Version) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader(major: version.major, minor: version.minor)
        file.addPcapRecord(
            1, 0, [1, 2, 3], capturedLength: version.lengths.first, wireLength: version.lengths.second)
        let (frames, error) = try read(directory.file("old.pcap", file.all))
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3]])
        #expect(frames.map(\.header.wireLength) == [version.wireLength])
    }

    @Test(
        arguments: [
            (1, 1), (12, 101), (14, 101), (101, 101), (0, 0), (276, 276), (16383, 16383), (0x2400_0001, 1),
            (0xf400_0071, 113), (0xf800_0001, 1),
        ] as [(UInt32, UInt32)])
    func mapsLinkTypes(inFile: UInt32, expected: UInt32) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader(linkType: inFile)
        let reader = try SavefileReader(path: directory.file("a.pcap", file.all))
        #expect(reader.linkType.rawValue == expected)
    }

    @Test func aFileCutAnywhereGivesTheWholePacketsBeforeTheCut() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader()
        var ends = [file.all.count]
        for length in [5, 0, 33] {
            file.addPcapRecord(1, 2, [UInt8](repeating: 7, count: length))
            ends.append(file.all.count)
        }
        for length in 0...file.all.count {
            let path = try directory.file("cut.pcap", Array(file.all[..<length]))
            guard length >= ends[0] else {
                let error = captureError { () throws(CaptureError) in _ = try SavefileReader(path: path) }
                #expect(error?.kind == .damagedSavefile, "\(length) bytes")
                continue
            }
            let (frames, error) = try read(path)
            let whole = ends.count { $0 <= length } - 1
            #expect(frames.count == whole, "\(length) bytes")
            guard !ends.contains(length) else {
                #expect(error == nil, "\(length) bytes")
                continue
            }
            #expect(error?.kind == .damagedSavefile, "\(length) bytes")
            #expect(error?.packetNumber == whole + 1, "\(length) bytes")
            #expect(error?.byteOffset == length, "\(length) bytes")
            #expect(error?.reason.hasPrefix("cut in a ") == true, "\(length) bytes")
        }
    }

    @Test(arguments: [262_145, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as [UInt32])
    func aCapturedLengthThatCannotBeEndsTheFile(captured: UInt32) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader(snapshotLength: 4)
        file.addPcapRecord(1, 0, [1])
        let lie = file.all.count
        file.addPcapRecord(2, 0, [1, 2, 3], capturedLength: captured)
        let path = try directory.file("lie.pcap", file.all)
        let (frames, error) = try read(path)
        #expect(frames.count == 1)
        #expect(error?.packetNumber == 2)
        #expect(error?.byteOffset == lie)
        #expect(
            error?.description
                == "reading \(path), packet 2, byte 41: a captured length of \(captured) bytes, where at most 262144 can be"
        )
    }

    @Test(
        arguments: [
            (0, 262_144, true), (0, 262_145, false), (4, 262_144, true), (300_000, 300_000, true),
            (300_000, 300_001, false), (0xffff_ffff, 16 << 20, true), (0xffff_ffff, (16 << 20) + 1, false),
        ] as [(UInt32, Int, Bool)])
    func aSnapshotLengthBeyondTheUsualAllowsLongerPackets(snapshotLength: UInt32, length: Int, isRead: Bool) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader(snapshotLength: snapshotLength)
        file.addPcapRecord(1, 0, [UInt8](repeating: 5, count: length))
        file.addPcapRecord(2, 0, [6])
        let (frames, error) = try read(directory.file("long.pcap", file.all))
        #expect(frames.map(\.bytes.count) == (isRead ? [length, 1] : []))
        #expect((error == nil) == isRead)
    }

    @Test func aFrameLongerThanTheSnapshotLengthIsWhole() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader(snapshotLength: 4)
        file.addPcapRecord(1, 0, [1, 2, 3, 4, 5, 6])
        let (frames, error) = try read(directory.file("long.pcap", file.all))
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3, 4, 5, 6]])
    }

    @Test func aWireLengthBelowTheCapturedLengthIsRaisedToItAndKeptAsStated() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader()
        file.addPcapRecord(1, 0, [1, 2, 3], wireLength: 1)
        let (frames, _) = try read(directory.file("short.pcap", file.all))
        #expect(frames.map(\.header.wireLength) == [3])
        #expect(frames.map(\.header.statedLength) == [1])
    }

    @Test(
        arguments: [
            (0xffff_ffff, 999_999, 4_294_967_295_999_999_000), (5, 1_500_000, 6_500_000_000),
            (1, 0xffff_ffff, 4_295_967_295_000), (0, 0, 0),
        ] as [(UInt32, UInt32, Int64)])
    func timesAreUnsigned(seconds: UInt32, fraction: UInt32, nanoseconds: Int64) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader()
        file.addPcapRecord(seconds, fraction, [1])
        let (frames, _) = try read(directory.file("time.pcap", file.all))
        #expect(frames[0].header.timestamp?.rawValue == nanoseconds)
    }
}
