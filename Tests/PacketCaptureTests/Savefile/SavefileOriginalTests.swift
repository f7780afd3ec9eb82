import Foundation
import PacketCapture
import PacketDecoding
import Testing

/// Copies as a user of the library makes them.
@Suite struct SavefileOriginalTests {
    /// An enterprise's number, for custom blocks and options.
    private static let enterprise: UInt32 = 32473

    /// One section with everything there is beside packets: options of every kind, known and not, several comments, names,
    /// secrets, statistics, journal entries, custom blocks and blocks of no known type, before, between and behind the
    /// packets, which are of all three kinds.
    private static func section(isBigEndian: Bool, uncopied: Bool = false) -> [UInt8] {
        var file = Bytes(isBigEndian: isBigEndian)
        func custom(_ text: String) -> [UInt8] {
            var value = Bytes(isBigEndian: isBigEndian)
            value.add(enterprise)
            return value.all + Array(text.utf8)
        }
        file.addSection { block in
            block.addOption(1, Array("first".utf8))
            block.addOption(1, Array("second".utf8))
            block.addOption(2, Array("hardware".utf8))
            block.addOption(3, Array("system".utf8))
            block.addOption(4, Array("theirs".utf8))
            block.addOption(700, Array("odd".utf8))
            block.addOption(2988, custom("copied"))
            if uncopied { block.addOption(19372, custom("not copied")) }
            block.addOption(0, [])
        }
        file.addInterface { block in
            // Addresses, speeds, time zone, offset and hardware.
            let lengths: [UInt16: Int] = [4: 8, 5: 17, 6: 6, 7: 8, 8: 8, 10: 4, 14: 8, 15: 3, 16: 8, 17: 8]
            for (code, length) in lengths.sorted(by: { $0.key < $1.key }) {
                block.addOption(code, [UInt8](repeating: 0, count: length))
            }
            block.addOption(2, Array("eth0".utf8))
            block.addOption(3, Array("uplink".utf8))
            block.addOption(9, [12])
            block.addOption(11, [0] + Array("udp".utf8))
            block.addOption(13, [4])
            block.addOption(0, [])
        }
        file.addInterface(linkType: 101, snapshotLength: 0) { $0.addOption(9, [0x80 | 20]) }
        file.addBlock(10) { block in
            block.add(0x544c_534b as UInt32)
            block.add(5 as UInt32)
            block.all += Array("KEYS\n".utf8)
        }
        file.addBlock(4) { block in
            block.add(1 as UInt16)
            block.add(9 as UInt16)
            block.all += [10, 0, 0, 1] + Array("host".utf8) + [0, 0, 0, 0]
            block.add(0 as UInt32)
            block.addOption(2, Array("dns".utf8))
            block.addOption(0, [])
        }
        file.addBlock(9) { $0.all += Array("MESSAGE=hi\n".utf8) }
        for number in 0..<3 as Range<UInt64> {
            file.addEnhancedPacket(number, udpFrame(to: number == 1 ? 53 : 9), interface: 0) { block in
                block.addOption(1, Array("one".utf8))
                var flags = Bytes(isBigEndian: isBigEndian)
                // Inbound, of no kind that is told, with a frame check sequence of four bytes.
                flags.add(0x81 as UInt32)
                block.addOption(2, flags.all)
                for (code, length) in [(3, 5), (4, 8), (5, 8), (6, 4), (7, 9), (32_768, 1)] {
                    block.addOption(UInt16(code), [UInt8](repeating: 1, count: length))
                }
                block.addOption(1, Array("two".utf8))
                block.addOption(2989, custom("copied"))
                if uncopied { block.addOption(19373, custom("not copied")) }
                block.addOption(0, [])
            }
            file.addBlock(0xbad) { $0.all += custom("block") }
            if uncopied { file.addBlock(0x4000_0bad) { $0.all += custom("block") } }
            file.addBlock(0x8000_0001) { $0.add(1 as UInt64) }
        }
        file.addEnhancedPacket(9, Array(udpFrame(to: 7).dropFirst(14)), interface: 1)
        file.addSimplePacket(udpFrame(to: 5))
        file.addOldPacket(4, udpFrame(to: 5)) { $0.addOption(1, Array("old".utf8)) }
        file.addBlock(5) { block in
            block.add(0 as UInt32)
            block.add(7 as UInt64)
            block.addOption(1, Array("statistics".utf8))
            block.addOption(0, [])
        }
        return file.all
    }

    /// Copies the frames that are wanted.
    @discardableResult
    private static func copy(
        _ path: String, to copy: String, format: SavefileFormat = .pcapng, _ isWanted: (Frame) -> Bool = { _ in true }
    ) throws -> SavefileOmissions {
        let original = SavefileOriginal()
        var reader = try SavefileReader(path: path, keeping: original)
        var writer = try SavefileWriter(path: copy, format: format, copying: original)
        while let frame = try reader.next() {
            if isWanted(frame) { try writer.write(frame) } else { try writer.copyBlocks() }
        }
        try writer.copyBlocks()
        let omissions = writer.omissions
        try writer.close()
        return omissions
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test(arguments: [[false], [true], [false, true], [true, false]])
    func aWholeCopyIsTheSame(sections: [Bool]) throws {
        let directory = try TemporaryDirectory()
        let original = sections.flatMap { Self.section(isBigEndian: $0) }
        let copy = try directory.file("b.pcapng")
        let omissions = try Self.copy(try directory.file("a.pcapng", original), to: copy)
        #expect(omissions.isEmpty)
        #expect(try Self.contents(copy) == original)
    }

    @Test(arguments: [false, true]) func aCopyLeavesOutPacketsAndNothingElse(isBigEndian: Bool) throws {
        let directory = try TemporaryDirectory()
        let section = Self.section(isBigEndian: isBigEndian)
        let path = try directory.file("a.pcapng", section)
        let copy = try directory.file("b.pcapng")
        try Self.copy(path, to: copy) { $0.header.number == 2 }
        #expect(try blocks(copy) == (try blocks(path)).filter { ![2, 3, 6].contains($0.type) || $0.packet == 2 })
        let (frames, _) = try read(copy)
        #expect(frames.map(\.comments) == [["one", "two"]])
        #expect(frames.first?.header.direction == .incoming)
    }

    /// A pcapng's blocks that are no packets are read after the last packet wanted, too.
    @Test func whatStandsBehindTheLastPacketWanted() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcapng", Self.section(isBigEndian: false))
        let copy = try directory.file("b.pcapng")
        let original = SavefileOriginal()
        var reader = try SavefileReader(path: path, keeping: original)
        var writer = try SavefileWriter(path: copy, format: .pcapng, copying: original)
        if let frame = try reader.next() { try writer.write(frame) }
        reader.skipPackets()
        try writer.close()
        #expect(try blocks(copy) == (try blocks(path)).filter { ![2, 3, 6].contains($0.type) || $0.packet == 1 })
    }

    @Test(arguments: [false, true]) func whatIsNotToBeCopiedIsToldAndLeftOut(isBigEndian: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcapng", Self.section(isBigEndian: isBigEndian, uncopied: true))
        let copy = try directory.file("b.pcapng")
        let omissions = try Self.copy(path, to: copy)
        // An option of the section and of three packets, three blocks.
        #expect(omissions.uncopiedCustoms == 7)
        #expect(omissions.description == "7 custom items that are not to be copied")
        #expect(try Self.contents(copy) == Self.section(isBigEndian: isBigEndian))
    }

    @Test func aPcapTellsWhatItHasNoPlaceFor() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcapng", Self.section(isBigEndian: false))
        let copy = try directory.file("b.pcap")
        let omissions = try Self.copy(path, to: copy, format: .pcap(.nanoseconds)) { $0.header.linkType == .ethernet }
        var expected = SavefileOmissions()
        // Of the section, the packets, the obsolete packet and the statistics.
        expected.comments = 2 + 6 + 1 + 1
        expected.packetOptions = 3
        expected.untimedPackets = 1
        expected.descriptions = 3
        expected.names = 1
        expected.secrets = 1
        expected.statistics = 1
        expected.journalEntries = 1
        expected.otherBlocks = 6
        #expect(omissions == expected)
        // The first interface's frames end with a check sequence: the pcap says so.
        #expect(try Self.contents(copy)[20..<24] == [1, 0, 0, 0x24])
        #expect(try read(copy).frames.count == 5)
    }

    @Test(arguments: [SavefileFormat.pcap(.microseconds), .pcapng])
    func aPcapsCheckSequenceIsKept(format: SavefileFormat) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes(isBigEndian: true)
        file.addPcapHeader(linkType: 1 | 0x0400_0000 | 2 << 28)
        file.addPcapRecord(1, 2, udpFrame(to: 9))
        let between = try directory.file("b")
        let copy = try directory.file("c.pcap")
        #expect(try Self.copy(try directory.file("a.pcap", file.all), to: between, format: format).isEmpty)
        try Self.copy(between, to: copy, format: .pcap(.microseconds))
        #expect(try Self.contents(copy)[20..<24] == [1, 0, 0, 0x24])
        #expect(try read(copy).frames.map(\.bytes) == [udpFrame(to: 9)])
    }

    /// Frames that a user has changed are of the interface they name, in its time and the section's byte order.
    @Test(arguments: [false, true]) func changedFramesKeepTimeAndComments(isBigEndian: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcapng", Self.section(isBigEndian: isBigEndian))
        let copy = try directory.file("b.pcapng")
        let original = SavefileOriginal()
        var reader = try SavefileReader(path: path, keeping: original)
        var writer = try SavefileWriter(path: copy, format: .pcapng, copying: original)
        while let frame = try reader.next() {
            let cut = Frame(frame.bytes.extracting(..<20), header: frame.header, comments: FrameComments())
            try writer.write(cut)
        }
        try writer.close()
        let (frames, error) = try read(copy)
        let (before, _) = try read(path)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == before.map { Array($0.bytes.prefix(20)) })
        for (frame, original) in zip(frames, before) where original.header.timestamp != nil {
            #expect(frame.header == original.header)
        }
    }

    @Test func anInterfaceThatIsNotDescribedIsRefused() throws {
        let directory = try TemporaryDirectory()
        let original = SavefileOriginal()
        let path = try directory.file("a.pcapng", Self.section(isBigEndian: false))
        let reader = try SavefileReader(path: path, keeping: original)
        #expect(reader.packetCount == 0)
        var writer = try SavefileWriter(path: try directory.file("b.pcapng"), format: .pcapng, copying: original)
        let error = withFrame([1], linkType: .ipv6) { frame in
            captureError { () throws(CaptureError) in try writer.write(frame) }
        }
        #expect(error?.reason.hasSuffix("interface none, which the original does not describe") == true)
    }

    /// A second copy that begins midway has the interfaces, names and secrets of the packets it holds.
    @Test(arguments: [false, true]) func aLaterCopyIsCompleteByItself(isBigEndian: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcapng", Self.section(isBigEndian: isBigEndian))
        let second = try directory.file("c.pcapng")
        let original = SavefileOriginal()
        var reader = try SavefileReader(path: path, keeping: original)
        var writer = try SavefileWriter(
            path: try directory.file("b.pcapng"), format: .pcapng, copying: original)
        if let frame = try reader.next() { try writer.write(frame) }
        try writer.close()
        writer = try SavefileWriter(path: second, format: .pcapng, copying: original)
        while let frame = try reader.next() { try writer.write(frame) }
        try writer.close()
        var expected = Array(try read(path).frames.dropFirst())
        for index in expected.indices { expected[index].header.number = index + 1 }
        #expect(try read(second).frames == expected)
        #expect(try blocks(second).prefix(5).map(\.type) == [0x0a0d_0d0a, 1, 1, 10, 4])
    }

    /// Blocks that no packet follows are not kept in memory without limit, and that is told.
    @Test func blocksWithoutEndAreTold() throws {
        let directory = try TemporaryDirectory()
        var file = Bytes(isBigEndian: false)
        file.addPcapngHeader()
        for _ in 0..<9 { file.addBlock(0xbad) { $0.all = [UInt8](repeating: 1, count: 8 << 20) } }
        file.addBlock(0xbad) { $0.all = [UInt8](repeating: 1, count: 17 << 20) }
        file.addEnhancedPacket(1, udpFrame(to: 9))
        let copy = try directory.file("b.pcapng")
        let omissions = try Self.copy(try directory.file("a.pcapng", file.all), to: copy)
        #expect(omissions.oversized == 3)
        #expect(try read(copy).frames.count == 1)
    }
}

/// A block of a pcapng, and which packet it is.
private struct Block: Equatable {
    var type: UInt32
    var packet: Int?
    var bytes: [UInt8]

    static func == (first: Block, second: Block) -> Bool { first.type == second.type && first.bytes == second.bytes }
}

private func blocks(_ path: String) throws -> [Block] {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let isBigEndian = bytes[8] == 0x1a
    func number(_ offset: Int) -> Int {
        let four = bytes[offset..<offset + 4]
        return (isBigEndian ? Array(four) : four.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    var blocks: [Block] = []
    var packets = 0
    var offset = 0
    while offset < bytes.count {
        let type = number(offset)
        let isPacket = [2, 3, 6].contains(type)
        if isPacket { packets += 1 }
        blocks.append(
            Block(
                type: UInt32(type), packet: isPacket ? packets : nil,
                bytes: Array(bytes[offset..<offset + number(offset + 4)])))
        offset += number(offset + 4)
    }
    return blocks
}
