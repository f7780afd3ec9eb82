import Foundation
import PacketCapture
import PacketDecoding
import Testing

@Suite struct SavefileReaderTests {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures").path(percentEncoded: false)

    static let captures: [String] = {
        let found = FileManager.default.enumerator(atPath: fixtures)?.compactMap { $0 as? String } ?? []
        // libpcap refuses interfaces of several link types.
        return found.filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") }.sorted()
            .filter { $0 != "link/interfaces.pcapng" }
    }()

    @Test(arguments: captures)
    func readsAFixtureAsLibpcapDoes(name: String) throws {
        let (frames, error) = try expectSameReading(Self.fixtures + "/" + name)
        if !name.hasPrefix("malformed/") {
            #expect(!frames.isEmpty)
            #expect(error == nil)
        }
    }

    /// Longer than the reader's buffer, so that what is left over is moved.
    @Test(arguments: [false, true]) func framesTellWhereTheyLie(isPcapng: Bool) throws {
        var file = Bytes(isBigEndian: false)
        if isPcapng {
            file.addPcapngHeader(linkType: 1, resolution: nil)
        } else {
            file.addPcapHeader(magic: 0xa1b2_c3d4, minor: 4, snapshotLength: 65_535, linkType: 1)
        }
        for number in 0..<500 {
            let data = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1 + number * 7 % 2000)
            if isPcapng {
                file.addEnhancedPacket(7, data, wireLength: 4000) { if number % 3 == 0 { $0.addOption(1, [65, 66]) } }
            } else {
                file.addPcapRecord(1, 2, data, wireLength: 4000)
            }
        }
        let directory = try TemporaryDirectory()
        var reader = try SavefileReader(path: directory.file("a", file.all))
        let descriptor = reader.positionedDescriptor
        #expect(descriptor != nil)
        while let frame = try reader.next() {
            let place = frame.position
            let position = try #require(place)
            let captured = unsafe frame.bytes.withUnsafeBytes { unsafe Array($0) }
            try #require(Array(file.all[position..<position + captured.count]) == captured)
        }
        let count = reader.packetCount
        #expect(count == 500)
        var compressed = try SavefileReader(path: directory.file("b", gzip(file.all)))
        let other = compressed.positionedDescriptor
        #expect(other == nil)
        if let frame = try compressed.next() {
            let place = frame.position
            #expect(place == nil)
        }
    }

    /// Files of random lengths, times and lies, all of which libpcap can read up to the lie.
    @Test(arguments: 0..<60)
    func readsAGeneratedFileAsLibpcapDoes(seed: UInt64) throws {
        var dice = Dice(state: seed)
        var file = Bytes(isBigEndian: dice.next() % 2 == 0)
        let isPcapng = seed % 3 == 0
        let linkType = [1, 12, 101, 0, 113, 276, 14][Int(dice.next() % 6)] as UInt32
        if isPcapng {
            file.addPcapngHeader(linkType: UInt16(linkType), resolution: [nil, 6, 9, 3, 0x8a][Int(dice.next() % 5)])
        } else {
            let magic = [0xa1b2_c3d4, 0xa1b2_3c4d][Int(dice.next() % 2)] as UInt32
            file.addPcapHeader(
                magic: magic, minor: UInt16(2 + dice.next() % 3),
                snapshotLength: [0, 100, 65_535, 262_144][Int(dice.next() % 4)], linkType: linkType)
        }
        for _ in 0..<dice.next() % 2000 {
            let length = dice.next() % 50 == 0 ? Int(dice.next() % 65_000) : Int(dice.next() % 200)
            let packet = [UInt8](repeating: UInt8(truncatingIfNeeded: dice.next()), count: length)
            let wireLength = UInt32(length) + UInt32(dice.next() % 3 * 1000)
            if isPcapng {
                file.addEnhancedPacket(dice.next() >> 14, packet, wireLength: wireLength) {
                    if length % 7 == 0 { $0.addOption(1, [65, 66]) }
                }
            } else {
                file.addPcapRecord(
                    UInt32(truncatingIfNeeded: dice.next()), UInt32(truncatingIfNeeded: dice.next() % 1_000_000),
                    packet,
                    wireLength: wireLength)
            }
        }
        switch seed % 4 {
        case 0: file.all.removeLast(Int(dice.next() % 60) % max(1, file.all.count - 80))
        case 1: file.all += [UInt8](repeating: 0xff, count: 40)
        default: break
        }
        let directory = try TemporaryDirectory()
        _ = try expectSameReading(directory.file("a", file.all))
    }

    /// Reads with both engines and compares every frame, and whether there is an error behind the last.
    private func expectSameReading(_ path: String) throws -> (frames: [Captured], error: CaptureError?) {
        let native = try read(path, engine: .native)
        let libpcap = try read(path, engine: .libpcap)
        let reader = try SavefileReader(path: path)
        let other = try LibpcapReader(path: path)
        #expect(reader.linkType == other.linkType)
        #expect(reader.precision == other.precision)
        #expect(reader.snapshotLength == other.snapshotLength)
        #expect(native.frames.count == libpcap.frames.count)
        #expect(native.error?.kind == libpcap.error?.kind)
        #expect(native.error?.packetNumber == libpcap.error?.packetNumber)
        for (ours, theirs) in zip(native.frames, libpcap.frames) {
            // libpcap cuts frames to the snapshot length, and does not tell interfaces or comments, nor that a simple
            // packet has no time.
            #expect(Array(ours.bytes.prefix(other.snapshotLength)) == theirs.bytes)
            var header = theirs.header
            header.interface = ours.header.interface
            header.wireLength = max(header.wireLength, ours.bytes.count)
            if ours.header.timestamp?.rawValue == 0 { header.timestamp = ours.header.timestamp }
            guard header == ours.header else {
                Issue.record("packet \(header.number) of \(path): \(ours.header), where libpcap has \(header)")
                break
            }
        }
        return native
    }

    @Test func afterTheEndAndAfterAnErrorThereIsNothing() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader()
        file.addPcapRecord(1, 0, [1, 2, 3])
        var whole = try SavefileReader(path: directory.file("whole.pcap", file.all))
        while try whole.next() != nil {}
        let wholeIsFinished = whole.isFinished
        #expect(wholeIsFinished)
        let isOver = try whole.next() == nil
        #expect(isOver)
        #expect(whole.packetCount == 1)

        file.all.removeLast()
        var reader = try SavefileReader(path: directory.file("cut.pcap", file.all))
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
        Refusal("three bytes", [0xd4, 0xc3, 0xb2], says: "cut in the file header"),
        Refusal("a text", Array("A letter, not a savefile, with many words.\n".utf8), says: "neither pcap nor pcapng"),
        Refusal("gzip of nothing", [0x1f, 0x8b, 8, 0] + [UInt8](repeating: 0, count: 40), says: "compressed data"),
        Refusal(
            "a pcap older than 2.0", [0xd4, 0xc3, 0xb2, 0xa1, 1, 0, 2, 0] + [UInt8](repeating: 0, count: 16),
            says: "version 1.2"),
        Refusal(
            "a link type with reserved bits",
            [0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 12)
                + [0, 0x30, 0, 1], says: "reserved bits"),
        Refusal(
            "a pcapng of a version to come",
            [0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 2, 0, 0]
                + [UInt8](repeating: 0xff, count: 8) + [0, 0, 0, 28], says: "version 2.0"),
    ])
    func refuses(_ refusal: Refusal) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("bad", refusal.contents)
        let error = captureError { () throws(CaptureError) in _ = try SavefileReader(path: path) }
        #expect(error?.kind == .damagedSavefile)
        #expect(error?.operation == "opening \(path)")
        #expect(error?.reason.contains(refusal.says) == true, "\(error?.reason ?? "")")
    }

    @Test func refusesWhatIsNoFile() throws {
        let directory = try TemporaryDirectory()
        let missing = try directory.file("missing.pcap")
        #expect(
            captureError { () throws(CaptureError) in _ = try SavefileReader(path: missing) }?.errorNumber == ENOENT)
        let path = directory.path
        let error = captureError { () throws(CaptureError) in _ = try SavefileReader(path: path) }
        #expect(error?.description == "opening \(path): Is a directory")
    }

    @Test func aRefusedFileIsClosed() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("bad", Array("no savefile".utf8))
        for _ in 0..<2000 { _ = captureError { () throws(CaptureError) in _ = try SavefileReader(path: path) } }
        let descriptor = unsafe open(path, O_RDONLY)
        defer { close(descriptor) }
        #expect((0..<1000).contains(descriptor))
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
private struct Dice {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
