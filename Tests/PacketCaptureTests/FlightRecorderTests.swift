import PacketCapture
import PacketDecoding
import Testing

@Suite struct FlightRecorderTests {
    private func add(_ bytes: [UInt8], to recorder: inout FlightRecorder, now: Int = 0) {
        withFrame(bytes, timestamp: Timestamp(seconds: Int64(bytes.first ?? 0), nanoseconds: 0)) {
            recorder.append($0, now: now)
        }
    }

    private func drain(_ recorder: inout FlightRecorder) -> [Captured] {
        var frames: [Captured] = []
        while recorder.packetCount > 0 {
            if let frame = recorder.first { frames.append(Captured(frame)) }
            recorder.removeFirst()
        }
        return frames
    }

    @Test func whatWentInComesOut() {
        var recorder = FlightRecorder(byteLimit: 10_000_000)
        let frames: [[UInt8]] = [[1, 2, 3], [], [4], [UInt8](repeating: 5, count: 262_144), [6, 7]]
        for bytes in frames { add(bytes, to: &recorder) }
        let found = drain(&recorder)
        #expect(found.map(\.bytes) == frames)
        #expect(found.map(\.header.timestamp?.seconds) == [1, 0, 4, 5, 6])
        let left = recorder.byteCount
        #expect(left == 0)
        let discarded = recorder.discardedCount
        #expect(discarded == 0)
    }

    @Test func theOldestGiveWay() {
        let limit = 1_000_000
        var recorder = FlightRecorder(byteLimit: limit)
        for number in 0..<10_000 {
            let low = UInt8(truncatingIfNeeded: number)
            add([low, UInt8(number >> 8)] + [UInt8](repeating: 9, count: number % 1500), to: &recorder)
            let count = recorder.byteCount
            #expect(count <= limit)
        }
        let kept = recorder.packetCount
        let discarded = recorder.discardedCount
        #expect(kept + discarded == 10_000)
        #expect(kept > 700)
        let numbers = drain(&recorder).map { Int($0.bytes[0]) | Int($0.bytes[1]) << 8 }
        #expect(numbers == Array(10_000 - kept..<10_000))
    }

    @Test func oneFrameIsAlwaysKept() {
        var recorder = FlightRecorder(byteLimit: 100)
        add([UInt8](repeating: 1, count: 5000), to: &recorder)
        add([UInt8](repeating: 2, count: 5000), to: &recorder)
        #expect(drain(&recorder).map(\.bytes) == [[UInt8](repeating: 2, count: 5000)])
    }

    @Test func theOldGo() {
        var recorder = FlightRecorder(byteLimit: 1_000_000, longestAge: 100)
        for time in 0..<10 { add([UInt8(time)], to: &recorder, now: time * 30) }
        #expect(recorder.packetCount == 4)
        recorder.discard(before: 300)
        #expect(drain(&recorder).map(\.bytes) == [[7], [8], [9]])
    }

    @Test func aDrainedRecorderGoesOn() {
        var recorder = FlightRecorder(byteLimit: 300_000)
        for round in 0..<50 {
            for _ in 0..<100 { add([UInt8](repeating: UInt8(round), count: 1000), to: &recorder) }
            #expect(drain(&recorder).allSatisfy { $0.bytes.first == UInt8(round) })
        }
    }
}
