import Foundation
import PacketCapture
import PacketDecoding
import Testing

@Suite struct SavefileWriterTests {
    static let frames: [[UInt8]] = [udpFrame(to: 9999, payload: [1, 2, 3]), [], [9], udpFrame(to: 53)]
    static let time = Timestamp(seconds: 1_700_000_000, nanoseconds: 123_456_789)

    @Test(
        arguments: [
            (SavefileFormat.pcap(.microseconds), 123_456_000, "a.pcap"), (.pcap(.nanoseconds), 123_456_789, "b.pcap"),
            (.pcapng, 123_456_789, "c.pcapng"),
        ] as [(SavefileFormat, Int64, String)])
    func writesWhatIsReadAgain(format: SavefileFormat, nanoseconds: Int64, name: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file(name)
        var writer = try SavefileWriter(
            path: path, format: format, linkType: .ethernet, snapshotLength: 96, interface: "lo")
        for bytes in Self.frames {
            try withFrame(bytes, wireLength: bytes.count + 5, timestamp: Self.time) { try writer.write($0) }
        }
        #expect(writer.packetCount == 4)
        try writer.flush()
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(size == writer.byteCount)
        try writer.close(statistics: CaptureStatistics(captured: 4, received: 4, dropped: 1))

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
        var writer = try SavefileWriter(path: path, format: format, linkType: .ethernet)
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
            path: path, format: .pcapng, linkType: .ethernet, snapshotLength: 96, interface: "lo")
        try withFrame([1, 2, 3, 4, 5], timestamp: Self.time) { try writer.write($0) }
        try writer.close(statistics: CaptureStatistics(captured: 1, received: 1, dropped: 2))

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
    }

    @Test func aPcapHoldsOneLinkType() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("a.pcap")
        var writer = try SavefileWriter(path: path, format: .pcap(.microseconds), linkType: .ethernet)
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
        var writer = try SavefileWriter(path: path, format: .pcap(.nanoseconds), linkType: .ethernet)
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
            var writer = try SavefileWriter(path: path, format: .pcap(.nanoseconds), linkType: .ethernet)
            try withFrame([1]) { try writer.write($0) }
        }
        #expect(try read(path).frames.count == 1)
    }

    @Test func aFullDeviceIsAnError() {
        let error = captureError { () throws(CaptureError) in
            _ = try SavefileWriter(path: "/dev/full", format: .pcapng, linkType: .ethernet)
        }
        #expect(error?.errorNumber == ENOSPC)
        #expect(
            error?.description == "writing /dev/full: No space left on device")
    }

    @Test func aFileThatCannotBeCreatedIsAnError() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/missing/a.pcap"
        let error = captureError { () throws(CaptureError) in
            _ = try SavefileWriter(path: path, format: .pcapng, linkType: .ethernet)
        }
        #expect(error?.description == "creating \(path): No such file or directory")
    }

    @Test func aClosedPipeIsAnError() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        var writer = try SavefileWriter(
            path: "/dev/fd/\(pipe.fileHandleForWriting.fileDescriptor)", format: .pcapng, linkType: .ethernet)
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
                var writer = try SavefileWriter(path: path, format: format, linkType: .ethernet)
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
