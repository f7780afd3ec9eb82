import Foundation
import PacketCapture
import PacketDecoding
import Testing

@Suite(.serialized, .enabled(if: PacketSocketProbe.mayTest, PacketSocketProbe.comment))
struct LivePacketsTests {
    /// How many threads of this process read packets.
    private static func readers() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count {
            let name = try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)
            return name == "earshot-packets\n"
        }
    }

    @Test(.timeLimit(.minutes(4))) func packetsComeUntilTheTaskIsCancelled() async throws {
        let datagrams = try LiveCaptureTests.Datagrams()
        let packets = try LivePackets(interface: "lo", filter: "udp port \(datagrams.port)")
        // Before anybody listens: the capture runs already.
        try datagrams.send(600)
        let (counts, continuation) = AsyncStream.makeStream(of: Int.self)
        let task = Task {
            var count = 0
            for try await packet in packets {
                count += 1
                #expect(packet.header(UDPHeader.self)?.destinationPort == datagrams.port)
                if count == 600 { continuation.yield(count) }
            }
            return count
        }
        for await _ in counts { break }
        #expect(packets.statistics.dropped == 0)
        task.cancel()
        #expect(try await task.value == 600)
        #expect(try Self.readers() == 0)
        // It has ended for everyone.
        for try await _ in packets { Issue.record("a packet after the end") }
    }

    /// More waiting tasks than the pool has threads do not keep others from running.
    @Test(.timeLimit(.minutes(1))) func waitingHoldsNoThreadOfThePool() async throws {
        let count = ProcessInfo.processInfo.activeProcessorCount * 2 + 2
        var options = LiveCaptureOptions()
        options.filter = "udp port 1"
        options.ringSize = 1 << 20
        let tasks = try (0..<count).map { _ in
            let packets = try LivePackets(interface: "lo", options: options)
            return Task { for try await _ in packets {} }
        }
        try await Task.sleep(for: .milliseconds(50))
        #expect(await Task.detached { 1 + 1 }.value == 2)
        for task in tasks { task.cancel() }
        for task in tasks { try await task.value }
        #expect(try Self.readers() == 0)
    }

    @Test func whatCannotBeOpenedThrowsTyped() {
        do throws(CaptureError) {
            _ = try LivePackets(interface: "no-such-if")
            Issue.record("no error")
        } catch {
            #expect(error.kind == .failure)
        }
    }
}
