import Foundation
import PacketCapture
import PacketDecoding
import Testing

@Suite struct SavefileInputTests {
    /// Records that end on, before and behind every border of the buffer, some longer than it.
    @Test(arguments: [1, 17, 1000, 65_520, 262_128, 262_144])
    func recordsLieInOnePieceWhereverTheyEnd(length: Int) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader(snapshotLength: 1 << 20)
        let count = min(4000, (2 << 20) / length + 3)
        func packet(_ number: Int) -> [UInt8] {
            [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: length + number % 3)
        }
        for number in 0..<count { file.addPcapRecord(0, 0, packet(number)) }
        let (frames, error) = try read(directory.file("a.pcap", file.all))
        #expect(error == nil)
        #expect(frames.count == count)
        for (number, frame) in frames.enumerated() where frame.bytes != packet(number) {
            Issue.record("packet \(number + 1) differs")
        }
    }

    /// The buffer is made for the size that the file had when it was opened.
    @Test(arguments: [1, 3000, 300_000])
    func readsWhatIsAppendedAfterTheFileWasOpened(length: Int) throws {
        let directory = try TemporaryDirectory()
        var file = Bytes()
        file.addPcapHeader(snapshotLength: 1 << 20)
        file.addPcapRecord(0, 0, [1, 2, 3])
        let path = try directory.file("a.pcap", file.all)
        var reader = try SavefileReader(path: path)
        var more = Bytes()
        for number in 0..<100 { more.addPcapRecord(0, 0, [UInt8](repeating: UInt8(number), count: length)) }
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        handle.write(Data(more.all))
        try handle.close()
        var lengths: [Int] = []
        while let frame = try reader.next() {
            if frame.capturedLength > 3 { #expect(Int(frame.bytes.byte(at: length - 1)) == lengths.count - 1) }
            lengths.append(frame.capturedLength)
        }
        #expect(lengths == [3] + [Int](repeating: length, count: 100))
    }

    @Test(.timeLimit(.minutes(1)), arguments: [false, true])
    func readsAPipeThatTrickles(isCompressed: Bool) throws {
        var file = Bytes()
        file.addPcapHeader(magic: 0xa1b2_3c4d)
        file.addPcapRecord(5, 7, [1, 2, 3])
        let bytes = isCompressed ? gzip(file.all) : file.all
        let (frames, error) = try readPipe { pipe in for byte in bytes { pipe.write(Data([byte])) } }
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3]])
        #expect(frames.first?.header.timestamp?.rawValue == 5_000_000_007)
    }

    @Test(.timeLimit(.minutes(1))) func aPacketIsThereAsSoonAsItsLastByteIs() throws {
        let pipe = Pipe()
        var file = Bytes()
        file.addPcapHeader()
        file.addPcapRecord(1, 0, [1, 2, 3])
        pipe.fileHandleForWriting.write(Data(file.all))
        var reader = try SavefileReader(path: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
        // Nobody closes the pipe: waiting for a full buffer would never end.
        let count = try reader.next()?.capturedLength
        #expect(count == 3)
        try pipe.fileHandleForWriting.close()
        let end = try reader.next() == nil
        #expect(end)
    }

    @Test(.timeLimit(.minutes(1))) func aPipeThatIsCutSaysWhere() throws {
        var file = Bytes()
        file.addPcapHeader()
        file.addPcapRecord(1, 0, [1, 2, 3])
        let bytes = file.all.dropLast()
        let (frames, error) = try readPipe { $0.write(Data(bytes)) }
        #expect(frames.isEmpty)
        #expect(error?.byteOffset == bytes.count)
        #expect(error?.reason == "cut in a packet, after 2 of 3 bytes")
    }

    private func readPipe(
        _ write: @escaping @Sendable (FileHandle) -> Void
    ) throws -> (frames: [Captured], error: CaptureError?) {
        let pipe = Pipe()
        let writing = pipe.fileHandleForWriting
        Thread.detachNewThread {
            write(writing)
            try? writing.close()
        }
        return try read("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
    }
}
