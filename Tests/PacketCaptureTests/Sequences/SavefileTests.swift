import Foundation
import PacketCapture
import PacketDecoding
import Testing

@Suite struct SavefileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A pcap of `count` datagrams to ports 1, 2, …
    private func savefile(_ count: Int, cut: Int = 0) throws -> String {
        var file = Bytes()
        file.addPcapHeader()
        for number in 0..<count { file.addPcapRecord(UInt32(number), 0, udpFrame(to: UInt16(number % 60_000 + 1))) }
        return try directory.file("\(count).pcap", Array(file.all.dropLast(cut)))
    }

    private func ports(_ packets: [OwnedPacket]) -> [UInt16?] {
        packets.map { $0.header(UDPHeader.self)?.destinationPort }
    }

    @Test func plainIterationYieldsOwnedPackets() throws {
        let file = Savefile(try savefile(3))
        for _ in 1...2 {
            #expect(ports(try file.packets.map { try $0.get() }) == [1, 2, 3])
        }
    }

    @Test func tasksGetTheSamePackets() async throws {
        // More than a batch.
        let file = Savefile(try savefile(1000))
        var packets: [OwnedPacket] = []
        for try await packet in file { packets.append(packet) }
        #expect(packets.count == 1000)
        #expect(packets == (try file.packets.map { try $0.get() }))
    }

    @Test func filtersChoose() async throws {
        let file = Savefile(try savefile(9), filter: "udp port 4")
        #expect(ports(try file.packets.map { try $0.get() }) == [4])
        var packets: [OwnedPacket] = []
        for try await packet in file { packets.append(packet) }
        #expect(ports(packets) == [4])
        #expect(packets[0].header.number == 4)
    }

    @Test func errorsAreTypedAndComeAfterThePackets() async throws {
        let file = Savefile(try savefile(3, cut: 5))
        let results = Array(file.packets)
        #expect(results.count == 3)
        guard case .failure(let failure) = results[2] else {
            Issue.record("no error")
            return
        }
        #expect(failure.kind == .damagedSavefile)
        var count = 0
        do throws(CaptureError) {
            for try await _ in file { count += 1 }
            Issue.record("no error")
        } catch {
            #expect(count == 2)
            #expect(error == failure)
        }
    }

    @Test func badFiltersAndMissingFilesAreErrors() async throws {
        let missing = Savefile(directory.path + "/missing")
        await #expect(throws: CaptureError.self) { for try await _ in missing {} }
        #expect(Array(missing.packets).count == 1)
        let filtered = Savefile(try savefile(1), filter: "no filter")
        let error = await #expect(throws: CaptureError.self) { for try await _ in filtered {} }
        #expect(error?.kind == .usage)
    }

    /// A pipe that says nothing more holds up its task, but no thread of the pool, and not after the cancellation.
    @Test func silentPipesEndWithTheirTask() async throws {
        let path = directory.path + "/pipe"
        try #require(unsafe mkfifo(path, 0o600) == 0)
        let contents = try Data(contentsOf: URL(filePath: try savefile(2)))
        let writer = try #require(FileHandle(forUpdatingAtPath: path))
        writer.write(contents)
        let task = Task {
            var count = 0
            for try await _ in Savefile(path) { count += 1 }
            return count
        }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        _ = try await task.value
        try writer.close()
    }

    @Test(.timeLimit(.minutes(1))) func pipesThatNobodyWritesToEndWithTheirTask() async throws {
        let path = directory.path + "/pipe"
        try #require(unsafe mkfifo(path, 0o600) == 0)
        let task = Task {
            var count = 0
            for try await _ in Savefile(path) { count += 1 }
            return count
        }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        #expect(try await task.value == 0)
    }

    @Test(.timeLimit(.minutes(1))) func pipesWaitForTheirWriter() async throws {
        let path = directory.path + "/pipe"
        try #require(unsafe mkfifo(path, 0o600) == 0)
        let contents = try Data(contentsOf: URL(filePath: try savefile(2)))
        let task = Task {
            var count = 0
            for try await _ in Savefile(path) { count += 1 }
            return count
        }
        try await Task.sleep(for: .milliseconds(50))
        let writer = try #require(FileHandle(forWritingAtPath: path))
        writer.write(contents)
        try writer.close()
        #expect(try await task.value == 2)
    }
}
