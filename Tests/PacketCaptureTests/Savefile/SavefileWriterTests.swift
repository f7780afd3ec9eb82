import Foundation
import PacketCapture
import PacketDecoding
import Testing

@Suite struct SavefileWriterTests {
    static let frames: [[UInt8]] = [udpFrame(to: 9999, payload: [1, 2, 3]), [], [9], udpFrame(to: 53)]
    static let time = Timestamp(seconds: 1_700_000_000, nanoseconds: 123_456_789)

    static let statistics = SavefileStatistics(
        start: Timestamp(seconds: 1, nanoseconds: 2), end: time,
        counts: CaptureStatistics(captured: 4, received: 5, dropped: 2))

    @Test(
        arguments: [
            (SavefileFormat.pcap(.microseconds), 123_456_000, "a.pcap"), (.pcap(.nanoseconds), 123_456_789, "b.pcap"),
            (.pcapng, 123_456_789, "c.pcapng"),
        ] as [(SavefileFormat, Int64, String)])
    func writesWhatIsReadAgain(format: SavefileFormat, nanoseconds: Int64, name: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file(name)
        var writer = try SavefileWriter(
            path: path, format: format,
            description: SavefileDescription(linkType: .ethernet, snapshotLength: 96, interface: "lo"))
        for bytes in Self.frames {
            try withFrame(bytes, wireLength: bytes.count + 5, timestamp: Self.time) { try writer.write($0) }
        }
        #expect(writer.packetCount == 4)
        try writer.flush()
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(size == writer.byteCount)
        try writer.close(statistics: Self.statistics)

        let reader = try SavefileReader(path: path)
        #expect(reader.linkType == .ethernet)
        #expect(reader.snapshotLength == 96)
        let (frames, error) = try read(path)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == Self.frames)
        #expect(frames.map(\.header.wireLength) == Self.frames.map { $0.count + 5 })
        for frame in frames {
            #expect(frame.header.timestamp == Timestamp(seconds: 1_700_000_000, nanoseconds: nanoseconds))
        }
    }

    @Test(arguments: [SavefileFormat.pcap(.microseconds), .pcap(.nanoseconds), .pcapng])
    func tcpdumpReadsIt(format: SavefileFormat) throws {
        try #require(FileManager.default.isExecutableFile(atPath: "/usr/bin/tcpdump"), "tcpdump is not installed")
        let directory = try TemporaryDirectory()
        let path = try directory.file("a")
        var writer = try SavefileWriter(
            path: path, format: format, description: SavefileDescription(linkType: .ethernet))
        try withFrame(udpFrame(to: 9999, payload: [1, 2, 3]), timestamp: Self.time) { try writer.write($0) }
        try writer.close()

        let tcpdump = Process()
        tcpdump.executableURL = URL(fileURLWithPath: "/usr/bin/tcpdump")
        tcpdump.arguments = ["-nn", "-tt", "-r", path]
        let output = Pipe()
        tcpdump.standardOutput = output
        tcpdump.standardError = FileHandle.nullDevice
        try tcpdump.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        tcpdump.waitUntilExit()
        #expect(tcpdump.terminationStatus == 0)
        #expect(text == "1700000000.123456 IP 10.0.0.1.1000 > 10.0.0.2.9999: UDP, length 3\n")
    }

    @Test func aPcapngIsMadeOfTheseBlocks() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcapng")
        var writer = try SavefileWriter(
            path: path, format: .pcapng,
            description: SavefileDescription(
                linkType: .ethernet, snapshotLength: 96, interface: "lo", filter: "udp", system: "Linux 6"))
        try withFrame([1, 2, 3, 4, 5], timestamp: Self.time) { try writer.write($0) }
        try writer.close(statistics: Self.statistics)

        let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        func number(at offset: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
        }
        var offset = 0
        var types: [Int] = []
        while offset + 12 <= file.count {
            let length = number(at: offset + 4)
            try #require(length >= 12 && length % 4 == 0 && offset + length <= file.count)
            #expect(number(at: offset + length - 4) == length)
            types.append(number(at: offset))
            offset += length
        }
        #expect(offset == file.count)
        #expect(types == [0x0a0d_0d0a, 1, 6, 5])
        let text = String(decoding: file, as: Unicode.ASCII.self)
        for word in ["Linux 6", "earshot", "lo", "udp"] { #expect(text.contains(word)) }
    }

    @Test func aPcapHoldsOneLinkType() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcap")
        var writer = try SavefileWriter(
            path: path, format: .pcap(.microseconds), description: SavefileDescription(linkType: .ethernet))
        var thrown: CaptureError?
        do {
            try withFrame([1], linkType: .raw) { try writer.write($0) }
        } catch let error as CaptureError {
            thrown = error
        }
        #expect(thrown?.reason.contains("link type 101") == true)
        #expect(thrown?.remedy?.contains("pcapng") == true)
        #expect(writer.packetCount == 0)
    }

    @Test func aFrameLongerThanTheBufferIsWritten() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcap")
        let long = [UInt8](repeating: 5, count: 1 << 18)
        var writer = try SavefileWriter(
            path: path, format: .pcap(.nanoseconds), description: SavefileDescription(linkType: .ethernet))
        for bytes in [[1], long, [2]] { try withFrame(bytes) { try writer.write($0) } }
        try writer.close()
        let (frames, error) = try read(path)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1], long, [2]])
    }

    @Test func withoutCloseNothingIsLost() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcap")
        do {
            var writer = try SavefileWriter(
                path: path, format: .pcap(.nanoseconds), description: SavefileDescription(linkType: .ethernet))
            try withFrame([1]) { try writer.write($0) }
        }
        #expect(try read(path).frames.count == 1)
    }

    @Test func aFullDeviceIsAnError() throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let error = captureError { () throws(CaptureError) in
            _ = try SavefileWriter(
                descriptor: dup(full.fileDescriptor), name: "/dev/full", format: .pcapng,
                description: SavefileDescription(linkType: .ethernet))
        }
        #expect(error?.errorNumber == ENOSPC)
        #expect(
            error?.description == "writing /dev/full: No space left on device")
    }

    @Test func whatIsThereIsLeftAlone() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("there", [1, 2, 3])
        let link = directory.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory.path + "/new")
        for name in [path, link] {
            let error = captureError { () throws(CaptureError) in
                _ = try SavefileWriter(
                    path: name, format: .pcapng, description: SavefileDescription(linkType: .ethernet))
            }
            #expect(error?.errorNumber == EEXIST)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1, 2, 3]))
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/new"))
    }

    @Test func onlyItsOwnerReadsAFile() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a")
        let writer = try SavefileWriter(
            path: path, format: .pcapng, description: SavefileDescription(linkType: .ethernet))
        try writer.close()
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    }

    @Test(arguments: [
        FrameDirection.unknown, .incoming, .broadcast, .multicast, .otherHost, .outgoing,
    ])
    func aPcapngKeepsDirectionsAndOffloadedChecksums(direction: FrameDirection) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcapng")
        var writer = try SavefileWriter(
            path: path, format: .pcapng, description: SavefileDescription(linkType: .ethernet))
        for isOffloaded in [false, true] {
            let header = FrameHeader(
                number: 1, timestamp: Self.time, wireLength: 3, linkType: .ethernet, direction: direction,
                checksumIsOffloaded: isOffloaded)
            try writer.write(
                Frame(unsafe ([1, 2, 3] as [UInt8]).span.bytes, header: header), lost: isOffloaded ? 7 : 0)
        }
        try writer.close()
        let (frames, error) = try read(path)
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3], [1, 2, 3]])
        #expect(frames.map(\.header.direction) == [direction, direction])
        #expect(frames.map(\.header.checksumIsOffloaded) == [false, true])
    }

    @Test func aFileThatCannotBeCreatedIsAnError() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/missing/a.pcap"
        let error = captureError { () throws(CaptureError) in
            _ = try SavefileWriter(path: path, format: .pcapng, description: SavefileDescription(linkType: .ethernet))
        }
        #expect(error?.description == "creating \(path): No such file or directory")
    }

    @Test func aClosedPipeIsAnError() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        var writer = try SavefileWriter(
            descriptor: dup(pipe.fileHandleForWriting.fileDescriptor), name: "pipe", format: .pcapng,
            description: SavefileDescription(linkType: .ethernet))
        try pipe.fileHandleForReading.close()
        try withFrame([1]) { try writer.write($0) }
        var thrown: CaptureError?
        do throws(CaptureError) { try writer.flush() } catch { thrown = error }
        #expect(thrown?.errorNumber == EPIPE)
    }

    /// A limit on file sizes stands for the full disk; it is the process's own, so the test has one to itself.
    @Test func aFileThatCanGrowNoFurtherEndsWithAWholePacket() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 4_000_001, rlim_max: .max)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            for format in [SavefileFormat.pcap(.microseconds), .pcapng] {
                let directory = try TemporaryDirectory()
                let path = try directory.file("full")
                var writer = try SavefileWriter(
                    path: path, format: format, description: SavefileDescription(linkType: .ethernet))
                var thrown: CaptureError?
                do {
                    for _ in 0..<10_000 { try withFrame([UInt8](repeating: 3, count: 1001)) { try writer.write($0) } }
                } catch let error as CaptureError {
                    thrown = error
                }
                precondition(thrown?.errorNumber == EFBIG)
                precondition(thrown?.reason == "File too large")
                precondition(writer.packetCount > 3800)
                let (frames, error) = try read(path)
                precondition(error == nil)
                precondition(frames.count == writer.packetCount)
            }
        }
    }
}
