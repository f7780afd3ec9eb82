import Foundation
import PacketCapture
import PacketDecoding
import Testing

@Suite struct LibpcapReaderTests {
    struct Variant: CustomTestStringConvertible {
        let testDescription: String
        let isBigEndian: Bool
        let magic: UInt32
        let fraction: UInt32
        let nanoseconds: Int64
        let precision: TimestampPrecision

        init(
            _ name: String, isBigEndian: Bool, magic: UInt32, fraction: UInt32, nanoseconds: Int64,
            _ precision: TimestampPrecision
        ) {
            testDescription = name
            self.isBigEndian = isBigEndian
            self.magic = magic
            self.fraction = fraction
            self.nanoseconds = nanoseconds
            self.precision = precision
        }
    }

    @Test(arguments: [
        Variant(
            "little-endian, microseconds", isBigEndian: false, magic: 0xa1b2_c3d4, fraction: 123_456,
            nanoseconds: 123_456_000, .microseconds),
        Variant(
            "big-endian, microseconds", isBigEndian: true, magic: 0xa1b2_c3d4, fraction: 123_456,
            nanoseconds: 123_456_000, .microseconds),
        Variant(
            "little-endian, nanoseconds", isBigEndian: false, magic: 0xa1b2_3c4d, fraction: 123_456_789,
            nanoseconds: 123_456_789, .nanoseconds),
        Variant(
            "big-endian, nanoseconds", isBigEndian: true, magic: 0xa1b2_3c4d, fraction: 123_456_789,
            nanoseconds: 123_456_789, .nanoseconds),
    ])
    func readsPcap(_ variant: Variant) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes(isBigEndian: variant.isBigEndian)
        file.addPcapHeader(magic: variant.magic, snapshotLength: 100)
        file.addPcapRecord(1_700_000_000, variant.fraction, [1, 2, 3], wireLength: 60)
        file.addPcapRecord(1_700_000_001, 0, [])
        let path = try directory.file("a.pcap", file.all)

        let reader = try LibpcapReader(path: path)
        #expect(reader.linkType == .ethernet)
        #expect(reader.snapshotLength == 100)
        #expect(reader.precision == variant.precision)
        let (frames, error) = try read(path, engine: .libpcap)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3], []])
        #expect(frames.map(\.header.number) == [1, 2])
        #expect(frames.map(\.header.wireLength) == [60, 0])
        #expect(
            frames[0].header.timestamp == Timestamp(seconds: 1_700_000_000, nanoseconds: variant.nanoseconds))
    }

    @Test(arguments: [(false, nil, 1000), (true, nil, 1000), (false, 9, 1), (true, 9, 1)] as [(Bool, UInt8?, Int64)])
    func readsPcapng(isBigEndian: Bool, resolution: UInt8?, unit: Int64) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes(isBigEndian: isBigEndian)
        file.addPcapngHeader(linkType: 101, resolution: resolution)
        file.addEnhancedPacket(1_700_000_000_123_456, [1, 2, 3, 4, 5])
        let path = try directory.file("a.pcapng", file.all)

        let reader = try LibpcapReader(path: path)
        #expect(reader.linkType == .raw)
        #expect(reader.precision == .nanoseconds)
        let (frames, error) = try read(path, engine: .libpcap)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3, 4, 5]])
        #expect(frames[0].header.timestamp?.rawValue == 1_700_000_000_123_456 * unit)
    }

    @Test(arguments: [(1, 1), (12, 101), (14, 101), (101, 101), (0, 0), (113, 113), (228, 228), (276, 276)])
    func mapsLinkTypes(inFile: UInt32, expected: UInt32) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader(linkType: inFile)
        let reader = try LibpcapReader(path: directory.file("a.pcap", file.all))
        #expect(reader.linkType.rawValue == expected)
    }

    @Test func aFileCutAnywhereGivesTheWholePacketsBeforeTheCut() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader()
        var ends: [Int] = [file.all.count]
        for length in [5, 0, 33] {
            file.addPcapRecord(1, 2, [UInt8](repeating: 7, count: length))
            ends.append(file.all.count)
        }
        for length in 0...file.all.count {
            let path = try directory.file("cut.pcap", Array(file.all[..<length]))
            guard length >= ends[0] else {
                let error = captureError { () throws(CaptureError) in _ = try LibpcapReader(path: path) }
                #expect(error?.kind == .damagedSavefile, "\(length) bytes")
                continue
            }
            let (frames, error) = try read(path, engine: .libpcap)
            let whole = ends.count { $0 <= length } - 1
            #expect(frames.count == whole, "\(length) bytes")
            if ends.contains(length) {
                #expect(error == nil, "\(length) bytes")
            } else {
                #expect(error?.kind == .damagedSavefile, "\(length) bytes")
                #expect(error?.packetNumber == whole + 1, "\(length) bytes")
                #expect(error?.byteOffset == length, "\(length) bytes")
            }
        }
    }

    @Test func aPcapngCutAnywhereGivesTheWholePacketsBeforeTheCut() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapngHeader()
        var ends: [Int] = [file.all.count]
        for length in [5, 0, 33] {
            file.addEnhancedPacket(1, [UInt8](repeating: 7, count: length))
            ends.append(file.all.count)
        }
        for length in ends[0]...file.all.count {
            let (frames, error) = try read(directory.file("cut.pcapng", Array(file.all[..<length])), engine: .libpcap)
            #expect(frames.count == ends.count { $0 <= length } - 1, "\(length) bytes")
            #expect((error == nil) == ends.contains(length), "\(length) bytes")
        }
    }

    @Test func aLengthThatLiesEndsTheFileWithAnError() throws {
        let directory = try TemporaryDirectory()
        for captured: UInt32 in [262_145, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] {
            var file = Bytes()
            file.addPcapHeader()
            file.addPcapRecord(1, 0, [1])
            file.addPcapRecord(2, 0, [1, 2, 3], capturedLength: captured)
            let (frames, error) = try read(directory.file("lie.pcap", file.all), engine: .libpcap)
            #expect(frames.count == 1)
            #expect(error?.kind == .damagedSavefile)
            #expect(error?.packetNumber == 2)
        }
    }

    @Test func aFrameLongerThanTheSnapshotLengthIsNoTrap() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader(snapshotLength: 4)
        file.addPcapRecord(1, 0, [1, 2, 3, 4, 5, 6])
        file.addPcapRecord(2, 0, [9])
        let (frames, error) = try read(directory.file("long.pcap", file.all), engine: .libpcap)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3, 4], [9]])
        #expect(frames[0].header.wireLength == 6)
    }

    @Test func aWireLengthBelowTheCapturedLengthIsRaisedToIt() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader()
        file.addPcapRecord(1, 0, [1, 2, 3], wireLength: 0)
        let (frames, _) = try read(directory.file("short.pcap", file.all), engine: .libpcap)
        #expect(frames.map(\.header.wireLength) == [3])
    }

    @Test func secondsPastTheYear2038AreNotNegative() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader()
        file.addPcapRecord(0xf000_0000, 0, [1])
        let (frames, _) = try read(directory.file("late.pcap", file.all), engine: .libpcap)
        #expect(frames[0].header.timestamp?.seconds == 0xf000_0000)
    }

    @Test func aSimplePacketHasNoTime() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapngHeader()
        file.addBlock(3) {
            $0.add(2 as UInt32)
            $0.all += [1, 2]
        }
        let (frames, error) = try read(directory.file("simple.pcapng", file.all), engine: .libpcap)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2]])
        #expect(frames.first?.header.timestamp == nil)
    }

    @Test func afterTheEndAndAfterAnErrorThereIsNothing() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader()
        file.addPcapRecord(1, 0, [1, 2, 3])
        file.all.removeLast()
        var reader = try LibpcapReader(path: directory.file("cut.pcap", file.all))
        let error = captureError { () throws(CaptureError) in _ = try reader.next() }
        #expect(error != nil)
        let isFinished = reader.isFinished
        #expect(isFinished)
        let isNil = try reader.next() == nil
        #expect(isNil)
    }

    struct Refusal: CustomTestStringConvertible {
        let testDescription: String
        let contents: [UInt8]
        let says: String
        init(_ name: String, _ contents: [UInt8], says: String) {
            testDescription = name
            self.contents = contents
            self.says = says
        }
    }

    @Test(arguments: [
        Refusal("an empty file", [], says: "empty"),
        Refusal("three bytes", [0xd4, 0xc3, 0xb2], says: "cut"),
        Refusal("a text", Array("A letter, not a savefile, with many words.\n".utf8), says: "neither pcap nor pcapng"),
        Refusal("gzip", [0x1f, 0x8b, 8, 0] + [UInt8](repeating: 0, count: 40), says: "neither pcap nor pcapng"),
        Refusal(
            "a pcap of a version to come", [0xd4, 0xc3, 0xb2, 0xa1, 9, 0] + [UInt8](repeating: 0, count: 18),
            says: "version"),
    ])
    func refuses(_ refusal: Refusal) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("bad", refusal.contents)
        let error = captureError { () throws(CaptureError) in _ = try LibpcapReader(path: path) }
        #expect(error?.kind == .damagedSavefile)
        #expect(error?.operation == "opening \(path)")
        #expect(error?.reason.contains(refusal.says) == true, "\(error?.reason ?? "")")
    }

    @Test func refusesWhatIsNoFile() throws {
        let directory = try TemporaryDirectory()
        let missing = try directory.file("missing.pcap")
        #expect(
            captureError { () throws(CaptureError) in _ = try LibpcapReader(path: missing) }?.errorNumber == ENOENT)
        let path = directory.path
        let error = captureError { () throws(CaptureError) in _ = try LibpcapReader(path: path) }
        #expect(error?.errorNumber == EISDIR)
        #expect(error?.kind == .failure)
        #expect(error?.description == "opening \(path): Is a directory")
    }

    @Test(.timeLimit(.minutes(1))) func readsAPipeThatTrickles() throws {
        var file = Bytes()
        file.addPcapHeader(magic: 0xa1b2_3c4d)
        file.addPcapRecord(5, 7, [1, 2, 3])
        let pipe = Pipe()
        let bytes = file.all
        Thread.detachNewThread {
            for byte in bytes { pipe.fileHandleForWriting.write(Data([byte])) }
            try? pipe.fileHandleForWriting.close()
        }
        let path = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
        let (frames, error) = try read(path, engine: .libpcap)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3]])
        #expect(frames.first?.header.timestamp?.rawValue == 5_000_000_007)
    }
}
