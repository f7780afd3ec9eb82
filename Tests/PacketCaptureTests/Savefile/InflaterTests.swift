import CZlib
import Foundation
import PacketCapture
import PacketDecoding
import Testing

@Suite struct InflaterTests {
    static let file: [UInt8] = {
        var file = Bytes()
        file.addPcapHeader()
        for number in 0..<2000 { file.addPcapRecord(UInt32(number), 0, Self.packet(number)) }
        return file.all
    }()

    static func packet(_ number: Int) -> [UInt8] { (0..<number % 300).map { UInt8(truncatingIfNeeded: $0 * number) } }

    private func read(_ bytes: [UInt8]) throws -> (frames: [Captured], error: CaptureError?) {
        let directory = try TemporaryDirectory()
        return try PacketCaptureTests.read(directory.file("a.gz", bytes))
    }

    @Test(arguments: [0, 1, 6, 9])
    func readsWhatWasCompressed(level: Int32) throws {
        let (frames, error) = try read(gzip(Self.file, level: level))
        #expect(error == nil)
        #expect(frames.map(\.bytes) == (0..<2000).map(Self.packet))
    }

    @Test func readsAPcapng() throws {
        var file = Bytes()
        file.addPcapngHeader()
        file.addEnhancedPacket(1, [1, 2, 3])
        let (frames, error) = try read(gzip(file.all))
        #expect(error == nil)
        #expect(frames.map(\.bytes) == [[1, 2, 3]])
    }

    @Test(arguments: [1, 24, 30, 300_000])
    func membersFollowEachOther(cut: Int) throws {
        let (frames, error) = try read(gzip(Array(Self.file[..<cut])) + gzip([]) + gzip(Array(Self.file[cut...])))
        #expect(error == nil)
        #expect(frames.count == 2000)
    }

    @Test(arguments: [[0, 0, 0, 0], Array("rest".utf8)] as [[UInt8]])
    func paddingBehindTheLastMemberIsNoDamage(padding: [UInt8]) throws {
        let (frames, error) = try read(gzip(Self.file) + padding)
        #expect(error == nil)
        #expect(frames.count == 2000)
    }

    @Test func aFileCutAnywhereGivesThePacketsBeforeTheCut() throws {
        var file = Bytes()
        file.addPcapHeader()
        for number in 0..<10 { file.addPcapRecord(0, 0, Self.packet(number * 20)) }
        let whole = gzip(file.all)
        let directory = try TemporaryDirectory()
        var most = 0
        for length in 2..<whole.count {
            let path = try directory.file("cut.gz", Array(whole[..<length]))
            do {
                let (frames, error) = try PacketCaptureTests.read(path)
                #expect(error?.kind == .damagedSavefile, "\(length) bytes")
                #expect(error?.reason == "the compressed data is cut", "\(length) bytes")
                #expect(error?.packetNumber == frames.count + 1)
                #expect(frames.count >= most, "\(length) bytes")
                most = max(most, frames.count)
            } catch let error as CaptureError {
                #expect(error.kind == .damagedSavefile, "\(length) bytes")
                #expect(most == 0)
            }
        }
        // Only zlib's checksum is missing.
        #expect(most == 10)
    }

    @Test func aWrongChecksumIsToldAfterThePackets() throws {
        var bytes = gzip(Self.file)
        bytes[bytes.count - 8] ^= 1
        let (frames, error) = try read(bytes)
        #expect(frames.count == 2000)
        #expect(error?.reason.contains("incorrect data check") == true)
        #expect(error?.byteOffset == Self.file.count)
    }

    @Test func damageIsToldWhereItStands() throws {
        var bytes = gzip(Self.file, level: 0)
        // In a stored block the header of the next says how long it is, twice.
        let second = 10 + 5 + 65_535
        bytes[second + 1] ^= 0xff
        let (frames, error) = try read(bytes)
        #expect(frames.count > 100)
        #expect(error?.packetNumber == frames.count + 1)
        #expect(error?.reason.hasPrefix("the compressed data is damaged: ") == true)
        let offset = try #require(error?.byteOffset)
        #expect((60_000...65_535).contains(offset))
    }

    @Test func whatIsInsideMustBeASavefile() throws {
        let error = #expect(throws: CaptureError.self) { try read(gzip(Array("a letter".utf8))) }
        #expect(error?.reason == "not a savefile: neither pcap nor pcapng")
        let empty = #expect(throws: CaptureError.self) { try read(gzip([])) }
        #expect(empty?.reason == "the file is empty")
    }
}

/// Compresses with a gzip header.
func gzip(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
    var stream = unsafe z_stream()
    unsafe deflateInit2_(
        &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
    defer { unsafe deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(unsafe deflateBound(&stream, UInt(bytes.count))) + 64)
    let size = output.count
    let left = unsafe input.withUnsafeMutableBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(input.count)
            unsafe stream.next_out = output.baseAddress
            unsafe stream.avail_out = UInt32(output.count)
            unsafe deflate(&stream, Z_FINISH)
            return unsafe Int(stream.avail_out)
        }
    }
    return Array(output[..<(size - left)])
}
