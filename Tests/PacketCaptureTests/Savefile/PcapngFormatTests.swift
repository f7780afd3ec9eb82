import PacketCapture
import PacketDecoding
import Testing

@Suite struct PcapngFormatTests {
    private func read(_ file: Bytes) throws -> (frames: [Captured], error: CaptureError?) {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcapng", file.all)
        return try PacketCaptureTests.read(path)
    }

    @Test(arguments: [false, true])
    func readsEachPacketBlock(isBigEndian: Bool) throws {
        var file = Bytes(isBigEndian: isBigEndian)
        file.addSection()
        file.addInterface(linkType: 113, snapshotLength: 96) { $0.addOption(2, Array("eth7".utf8)) }
        file.addInterface(linkType: 14, snapshotLength: 0)
        file.addEnhancedPacket(0x0001_0203_0405_0607, [1, 2, 3, 4, 5], interface: 1, wireLength: 70)
        file.addOldPacket(1_000_001, [6, 7], interface: 1)
        file.addSimplePacket([8, 9, 10])
        file.addSimplePacket([UInt8](repeating: 1, count: 96), wireLength: 1500)

        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcapng", file.all)
        let reader = try SavefileReader(path: path)
        #expect(reader.linkType == .linuxSLL)
        #expect(reader.snapshotLength == 96)
        #expect(reader.precision == .nanoseconds)
        #expect(reader.interfaceName == "eth7")

        let (frames, error) = try read(file)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10], [UInt8](repeating: 1, count: 96)])
        #expect(frames.map(\.header.wireLength) == [70, 2, 3, 1500])
        #expect(frames.map(\.header.interface) == [1, 1, 0, 0])
        #expect(frames.map(\.header.linkType) == [.raw, .raw, .linuxSLL, .linuxSLL])
        let times = frames.map(\.header.timestamp?.rawValue)
        #expect(times == [0x0001_0203_0405_0607 * 1000, 1_000_001_000, nil, nil])
    }

    @Test func sectionsHaveTheirOwnByteOrderAndInterfaces() throws {
        var file = Bytes()
        file.addPcapngHeader(linkType: 1)
        file.addInterface(linkType: 0)
        file.addEnhancedPacket(1, [1], interface: 1)
        var second = Bytes(isBigEndian: true)
        second.addSection(minor: 2, length: 3)
        second.addInterface(linkType: 228) { $0.addOption(9, [9]) }
        second.addEnhancedPacket(2, [2])
        var third = Bytes()
        third.addPcapngHeader(linkType: 276)
        third.addEnhancedPacket(3, [3])
        file.all += second.all + third.all
        let (frames, error) = try read(file)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1], [2], [3]])
        #expect(frames.map(\.header.linkType) == [.null, .ipv4, .linuxSLL2])
        #expect(frames.map(\.header.interface) == [1, 0, 0])
        #expect(frames.map(\.header.timestamp?.rawValue) == [1000, 2, 3000])

        // The interfaces of a section are not those of the one before.
        file.addEnhancedPacket(4, [4], interface: 1)
        let (_, lie) = try read(file)
        #expect(lie?.packetNumber == 4)
    }

    @Test func allElseIsPassedOver() throws {
        var file = Bytes()
        file.addSection { $0.addOption(4, Array("a program".utf8)) }
        // Before the first interface, too: name resolution, statistics, secrets, custom, unknown, local.
        let types: [UInt32] = [4, 5, 10, 0xbad, 0x4000_0bad, 0x77, 0x8000_0001]
        for type in types { file.addBlock(type) { $0.all += [0xff, 0xff, 0xff, 0xff] } }
        file.addInterface()
        for type in types {
            file.addBlock(type) { $0.all += [UInt8](repeating: 0xff, count: Int(type & 0x1f)) }
            file.addEnhancedPacket(1, [9])
        }
        // Longer than any buffer.
        file.addBlock(0xbad) { $0.all += [UInt8](repeating: 3, count: 1 << 20) }
        file.addEnhancedPacket(1, [9])
        let (frames, error) = try read(file)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[UInt8]](repeating: [9], count: types.count + 1))
    }

    @Test(arguments: [false, true])
    func commentsComeWithTheirPacket(isBigEndian: Bool) throws {
        var file = Bytes(isBigEndian: isBigEndian)
        file.addPcapngHeader()
        file.addEnhancedPacket(1, [1, 2, 3]) {
            $0.addOption(1, Array("first".utf8))
            $0.addOption(2, [0, 0, 0, 1])
            $0.addOption(1, Array("zweiter ✓".utf8))
            $0.addOption(0, [])
            // What follows the end of options is none.
            $0.addOption(1, Array("never".utf8))
        }
        file.addEnhancedPacket(2, [4])
        // Without an end of options.
        file.addOldPacket(3, [5]) { $0.addOption(1, Array("third".utf8)) }
        file.addEnhancedPacket(4, [6]) {
            $0.addOption(1, Array("with a zero\0and rest".utf8))
            $0.addOption(1, [])
        }
        file.addSimplePacket([7])
        let (frames, error) = try read(file)
        #expect(error == nil)
        #expect(
            frames.map(\.comments) == [["first", "zweiter ✓"], [], ["third"], ["with a zero", ""], []])
        #expect(frames.map(\.bytes) == [[1, 2, 3], [4], [5], [6], [7]])
    }

    @Test func ofVeryManyCommentsAThousandAreKept() throws {
        var file = Bytes()
        file.addPcapngHeader()
        file.addEnhancedPacket(1, [1]) { for _ in 0..<5000 { $0.addOption(1, [65]) } }
        file.addEnhancedPacket(1, [1]) { $0.addOption(1, [66]) }
        let (frames, error) = try read(file)
        #expect(error == nil)
        #expect(frames.map(\.comments) == [[String](repeating: "A", count: 1024), ["B"]])
    }

    @Test func aSectionWithoutInterfacesHasNoPackets() throws {
        var file = Bytes()
        file.addSection()
        file.addBlock(5) { $0.add(0 as UInt32) }
        let (frames, error) = try read(file)
        #expect(frames.isEmpty)
        #expect(error == nil)
    }

    @Test func aFileCutAnywhereGivesTheWholePacketsBeforeTheCut() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapngHeader()
        let start = file.all.count
        var blocks: [(end: Int, isPacket: Bool)] = []
        for length in [5, 0, 33] {
            file.addEnhancedPacket(1, [UInt8](repeating: 7, count: length)) { $0.addOption(1, [65]) }
            blocks.append((file.all.count, true))
            file.addBlock(0xbad) { $0.all += [1, 2, 3] }
            blocks.append((file.all.count, false))
        }
        for length in 0...file.all.count {
            let path = try directory.file("cut.pcapng", Array(file.all[..<length]))
            // Cut behind a whole section header, it is a file without packets.
            guard length >= start || length == 28 else {
                let error = captureError { () throws(CaptureError) in _ = try SavefileReader(path: path) }
                #expect(error?.kind == .damagedSavefile, "\(length) bytes")
                continue
            }
            let (frames, error) = try PacketCaptureTests.read(path)
            #expect(frames.count == blocks.count { $0.isPacket && $0.end <= length }, "\(length) bytes")
            let isWhole = length == 28 || length == start || blocks.contains { $0.end == length }
            #expect((error == nil) == isWhole, "\(length) bytes")
            if !isWhole { #expect(error?.byteOffset == length, "\(length) bytes") }
        }
    }

    struct Lie: CustomTestStringConvertible {
        let testDescription: String
        let says: String
        let add: @Sendable (inout Bytes) -> Void
        init(_ name: String, says: String, _ add: @escaping @Sendable (inout Bytes) -> Void) {
            testDescription = name
            self.says = says
            self.add = add
        }
    }

    /// A block by its numbers alone.
    private static func raw(_ type: UInt32, length: UInt32, body: Int, trailer: UInt32)
        -> @Sendable (inout Bytes) -> Void
    {
        { file in
            file.add(type)
            file.add(length)
            file.all += [UInt8](repeating: 0, count: body)
            file.add(trailer)
        }
    }

    @Test(arguments: [
        Lie("a length of 0", says: "a block of 0 bytes", Self.raw(6, length: 0, body: 20, trailer: 32)),
        Lie("a length of 8", says: "a block of 8 bytes", Self.raw(6, length: 8, body: 20, trailer: 8)),
        Lie("a trailer that differs", says: "ends with one of 16", Self.raw(6, length: 32, body: 20, trailer: 16)),
        Lie("one in a block passed over", says: "ends with one of 16", Self.raw(99, length: 32, body: 20, trailer: 16)),
        Lie(
            "a packet too short", says: "of 28 bytes, where it has 32 to",
            Self.raw(6, length: 28, body: 16, trailer: 28)),
        Lie("a simple one too short", says: "type 3 of 12 bytes", Self.raw(3, length: 12, body: 0, trailer: 12)),
        Lie(
            "a packet beyond the memory", says: "type 6 of 4294967292",
            Self.raw(6, length: 0xffff_fffc, body: 99, trailer: 0)),
        Lie(
            "a block beyond the file", says: "cut in a block of type 99",
            Self.raw(99, length: 0xffff_fffc, body: 99, trailer: 0)),
        Lie("more captured than there is room", says: "a captured length of 5 bytes") {
            $0.addEnhancedPacket(1, [1, 2, 3, 4], capturedLength: 5)
        },
        Lie("all that can be captured", says: "a captured length of 4294967295") {
            $0.addEnhancedPacket(1, [1], capturedLength: .max)
        },
        Lie("the same in an obsolete packet", says: "a captured length of 50462976") {
            $0.addBlock(2) { $0.all += [UInt8](repeating: 0, count: 12) + [0, 1, 2, 3, 0, 0, 0, 0] }
        },
        Lie("a simple packet without its bytes", says: "a captured length of 500") {
            $0.addSimplePacket([1, 2, 3], wireLength: 500)
        },
        Lie("an interface never described", says: "interface 3, where 1") {
            $0.addEnhancedPacket(1, [1], interface: 3)
        },
        Lie("an option beyond its block", says: "option 1 has 4000 bytes") {
            $0.addEnhancedPacket(1, [1]) { $0.addOption(1, [1, 2, 3, 4], length: 4000) }
        },
        Lie("an interface's option beyond its block", says: "option 2 has 9 bytes") {
            $0.addInterface { $0.addOption(2, [1, 2, 3, 4], length: 9) }
        },
        Lie("an interface too short", says: "type 1 of 16 bytes", Self.raw(1, length: 16, body: 4, trailer: 16)),
        Lie("a section of a version to come", says: "version 2.0") { $0.addSection(major: 2) },
        Lie("a section of another minor version", says: "version 1.1") { $0.addSection(minor: 1) },
        Lie(
            "a section without a byte order", says: "byte order",
            Self.raw(0x0a0d_0d0a, length: 28, body: 16, trailer: 28)),
    ])
    func everyPacketBeforeALieIsDelivered(lie: Lie) throws {
        var file = Bytes()
        file.addPcapngHeader()
        file.addEnhancedPacket(1, [1])
        file.addEnhancedPacket(2, [2])
        let offset = file.all.count
        lie.add(&file)
        file.addEnhancedPacket(3, [3])
        let (frames, error) = try read(file)
        #expect(frames.map(\.bytes) == [[1], [2]])
        #expect(error?.kind == .damagedSavefile)
        #expect(error?.packetNumber == 3)
        #expect(error?.reason.contains(lie.says) == true, "\(error?.reason ?? "")")
        // At the record, at a field of it, or where a cut file ends.
        let place = try #require(error?.byteOffset)
        #expect((offset...file.all.count).contains(place))
    }

    @Test(arguments: [6, 3, 2] as [UInt32])
    func aPacketBeforeEveryInterfaceIsALie(type: UInt32) throws {
        var file = Bytes()
        file.addSection()
        file.addBlock(type) { $0.all += [UInt8](repeating: 0, count: 20) }
        let (frames, error) = try read(file)
        #expect(frames.isEmpty)
        #expect(error?.reason.contains("interface 0, where 0") == true)
    }

    /// As some programs write them; the block is padded all the same.
    @Test func aLengthThatIsNoMultipleOfFourIsRoundedUp() throws {
        var file = Bytes()
        file.addPcapngHeader()
        for _ in 0..<2 {
            file.add(6 as UInt32)
            file.add(35 as UInt32)
            for number in [0, 0, 1, 3, 3] as [UInt32] { file.add(number) }
            file.all += [1, 2, 3, 0]
            file.add(35 as UInt32)
        }
        let (frames, error) = try read(file)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3], [1, 2, 3]])
    }

    @Test func interfacesThatOnlyFillMemoryAreALie() throws {
        var file = Bytes()
        file.addSection()
        for _ in 0..<65_536 { file.addInterface() }
        file.addEnhancedPacket(1, [1], interface: 65_535)
        file.addInterface()
        let (frames, error) = try read(file)
        #expect(frames.map(\.header.interface) == [65_535])
        #expect(error?.reason == "more than 65536 interfaces")
    }
}
