import Foundation
import PacketCapture
import PacketDecoding
import Testing

/// Whether tests that open packet sockets run: where they may, and where they must.
enum PacketSocketProbe {
    /// Why a packet socket is refused; 0 when it is not.
    static let refusal: Int32 = {
        let descriptor = socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        close(descriptor)
        return 0
    }()
    static let mayTest = refusal == 0 || ProcessInfo.processInfo.environment["EARSHOT_REQUIRE_PRIVILEGED"] == "1"
    static let comment = Comment(rawValue: "opening a packet socket fails with errno \(refusal)")
}

/// Capturing on the loopback interface, which needs the right to open packet sockets. VLAN tags and interfaces that
/// vanish need a network namespace, and are tested with the command line, in one.
@Suite(.serialized, .enabled(if: PacketSocketProbe.mayTest, PacketSocketProbe.comment))
struct LiveCaptureTests {
    /// Two UDP sockets on 127.0.0.1, one sending to the other.
    final class Datagrams: Sendable {
        let receiver = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let sender = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let port: UInt16

        init() throws {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let (receiver, sender) = (receiver, sender)
            let isConnected = unsafe withUnsafeMutablePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(receiver, $0, size) == 0 && getsockname(receiver, $0, &size) == 0
                        && connect(sender, $0, size) == 0
                }
            }
            port = UInt16(bigEndian: address.sin_port)
            try #require(isConnected)
        }

        deinit {
            close(receiver)
            close(sender)
        }

        /// Sends `count` datagrams of `length` bytes that begin with their number.
        func send(_ count: Int, length: Int = 100) throws {
            var bytes = [UInt8](repeating: 0x55, count: length)
            for number in 0..<count {
                unsafe bytes.withUnsafeMutableBytes { unsafe $0.storeBytes(of: UInt32(number), as: UInt32.self) }
                let sent = unsafe Foundation.send(sender, bytes, length, 0)
                try #require(sent == length)
            }
        }
    }

    /// A capture of the datagrams, its ring as large as the test needs.
    static func options(_ filter: String, ringSize: Int = 8 << 20) -> LiveCaptureOptions {
        var options = LiveCaptureOptions()
        options.filter = filter
        options.ringSize = ringSize
        return options
    }

    /// Stops the capture and takes all that is left.
    static func drain(_ capture: inout LiveCapture) throws -> [Captured] {
        capture.stop()
        var frames: [Captured] = []
        while !capture.isFinished {
            if let frame = try capture.next() { frames.append(Captured(frame)) }
        }
        return frames
    }

    /// The numbers that datagrams began with, `offset` bytes into the frame.
    static func numbers(_ frames: [Captured], at offset: Int) -> [Int] {
        frames.map { frame in (0..<4).reduce(0) { $0 | Int(frame.bytes[offset + $1]) << (8 * $1) } }
    }

    @Test func everyDatagramIsCapturedOnce() throws {
        let datagrams = try Datagrams()
        var capture = try LiveCapture(interface: "lo", options: Self.options("udp port \(datagrams.port)"))
        let linkType = capture.linkType
        #expect(linkType == .ethernet)
        var frames: [Captured] = []
        for _ in 0..<10 {
            try datagrams.send(1000)
            while let frame = try capture.next(waitingAtMost: 0) { frames.append(Captured(frame)) }
        }
        frames += try Self.drain(&capture)

        #expect(frames.count == 10_000)
        let numbers = Self.numbers(frames, at: 42)
        #expect(numbers == (0..<10_000).map { $0 % 1000 })
        #expect(frames.map(\.header.number) == Array(1...10_000))
        let statistics = try capture.statistics()
        #expect(statistics == CaptureStatistics(captured: 10_000, received: 10_000, dropped: 0))
        let times = frames.compactMap(\.header.timestamp)
        #expect(times.count == 10_000)
        #expect(times.last.map { abs($0.seconds - Int64(time(nil))) < 60 } == true)
    }

    @Test(arguments: [1, 2, 5]) func anyNumberOfWorkersKeepTheOrder(workers: Int) throws {
        let datagrams = try Datagrams()
        var options = Self.options("udp port \(datagrams.port)")
        options.workers = workers
        var capture = try LiveCapture(interface: "lo", options: options)
        // And the socket that tells of links.
        #expect(capture.socketDescriptors.count == workers + 1)
        try datagrams.send(5000)
        let frames = try Self.drain(&capture)
        #expect(Self.numbers(frames, at: 42) == Array(0..<5000))
        let statistics = try capture.statistics()
        #expect(statistics == CaptureStatistics(captured: 5000, received: 5000, dropped: 0))
        let times = frames.compactMap(\.header.timestamp)
        #expect(times == times.sorted())
    }

    /// What is sent after the stop is neither captured nor counted, though nothing keeps it out of the ring.
    @Test func theStopIsTheEnd() throws {
        let datagrams = try Datagrams()
        var capture = try LiveCapture(interface: "lo", options: Self.options("udp port \(datagrams.port)"))
        try datagrams.send(100)
        capture.stop()
        var count = 0
        while !capture.isFinished {
            if try capture.next() != nil { count += 1 }
            try datagrams.send(1)
        }
        let statistics = try capture.statistics()
        #expect(count >= 100)
        #expect(statistics == CaptureStatistics(captured: count, received: count, dropped: 0))
    }

    @Test(arguments: [1, 10, 500]) func stoppingRightAfterSendingLosesNothing(count: Int) throws {
        let datagrams = try Datagrams()
        for _ in 0..<5 {
            var capture = try LiveCapture(interface: "lo", options: Self.options("udp port \(datagrams.port)"))
            try datagrams.send(count)
            let frames = try Self.drain(&capture)
            #expect(Self.numbers(frames, at: 42) == Array(0..<count))
            let isNil = try capture.next() == nil
            #expect(isNil)
        }
    }

    @Test func whatTheRingCannotHoldIsCountedAsDropped() throws {
        let datagrams = try Datagrams()
        var capture = try LiveCapture(interface: "lo", options: Self.options("udp port \(datagrams.port)", ringSize: 1))
        try datagrams.send(3000, length: 1000)
        let frames = try Self.drain(&capture)
        let statistics = try capture.statistics()
        #expect(statistics.dropped > 0)
        #expect(statistics.captured == frames.count)
        #expect(statistics.captured + statistics.dropped == 3000)
        // What came through is the beginning, nothing from among it.
        #expect(Self.numbers(frames, at: 42) == Array(0..<frames.count))
    }

    @Test(arguments: [100, 300]) func anyShowsLoopbackFramesOnceBehindACookedHeader(count: Int) throws {
        let datagrams = try Datagrams()
        var capture = try LiveCapture(interface: "any", options: Self.options("udp dst port \(datagrams.port)"))
        let linkType = capture.linkType
        #expect(linkType == .linuxSLL2)
        try datagrams.send(count)
        let frames = try Self.drain(&capture)
        #expect(Self.numbers(frames, at: 48) == Array(0..<count))
        // IPv4, reserved, interface 1, loopback, to this host, an address of six zeros.
        let header: [UInt8] = [8, 0, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(frames.allSatisfy { $0.bytes.prefix(20) == header[...] && $0.bytes[20] == 0x45 })
        #expect(frames.allSatisfy { $0.header.wireLength == 148 && $0.bytes.count == 148 })
        // The same expression, run here on the frame as it was handed out, agrees.
        let filter = try CaptureFilter("udp dst port \(datagrams.port)", linkType: .linuxSLL2)
        for frame in frames {
            let accepts = withFrame(frame.bytes, linkType: .linuxSLL2) { filter.matches($0) }
            #expect(accepts)
        }
    }

    @Test func aFilterThatTheKernelCannotRunIsRunHere() throws {
        let datagrams = try Datagrams()
        let filter = "udp port \(datagrams.port) and link[8:2] = 772 and greater 148"
        var capture = try LiveCapture(interface: "any", options: Self.options(filter))
        try datagrams.send(10, length: 99)
        try datagrams.send(10, length: 100)
        #expect(Self.numbers(try Self.drain(&capture), at: 48) == Array(0..<10))
        let captured = try capture.statistics().captured
        #expect(captured == 10)
    }

    @Test func aSnappedFrameKeepsItsWireLength() throws {
        let datagrams = try Datagrams()
        var options = Self.options("udp port \(datagrams.port)")
        options.snapshotLength = 60
        for (interface, wireLength) in [("lo", 142), ("any", 148)] {
            var capture = try LiveCapture(interface: interface, options: options)
            try datagrams.send(3)
            let frames = try Self.drain(&capture)
            #expect(frames.map(\.bytes.count) == [60, 60, 60])
            #expect(frames.map(\.header.wireLength) == [wireLength, wireLength, wireLength])
        }
    }

    @Test func aFrameTellsWhatTheKernelKnows() throws {
        let datagrams = try Datagrams()
        var capture = try LiveCapture(interface: "lo", options: Self.options("udp port \(datagrams.port)"))
        try datagrams.send(1)
        let frame = try #require(try Self.drain(&capture).first)
        #expect(frame.header.interface == 1)
        #expect(frame.header.direction == .incoming)
        #expect(frame.header.linkType == .ethernet)
        // The loopback interface needs no checksums, so nobody computes them.
        #expect(frame.header.checksumIsOffloaded)
    }

    @Test(arguments: [(CaptureDirection.incoming, 5), (.outgoing, 0), (.both, 5)])
    func onLoopbackEveryFrameCountsAsIncoming(direction: CaptureDirection, count: Int) throws {
        let datagrams = try Datagrams()
        var options = Self.options("udp port \(datagrams.port)")
        options.direction = direction
        for interface in ["lo", "any"] {
            var capture = try LiveCapture(interface: interface, options: options)
            try datagrams.send(5)
            #expect(try Self.drain(&capture).count == count, "\(interface)")
            #expect(try capture.statistics().received == count, "\(interface)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func theWakeDescriptorEndsWaiting() throws {
        let datagrams = try Datagrams()
        let pipe = Pipe()
        var options = Self.options("udp port \(datagrams.port)")
        options.wakeDescriptor = pipe.fileHandleForReading.fileDescriptor
        var capture = try LiveCapture(interface: "lo", options: options)
        try pipe.fileHandleForWriting.write(contentsOf: [1])
        let isNil = try capture.next(waitingAtMost: 3_600_000) == nil
        #expect(isNil)
        let isFinished = capture.isFinished
        #expect(!isFinished)
    }

    @Test(.timeLimit(.minutes(1))) func aFrameEndsWaiting() throws {
        let datagrams = try Datagrams()
        var capture = try LiveCapture(interface: "lo", options: Self.options("udp port \(datagrams.port)"))
        Thread.detachNewThread {
            usleep(20_000)
            try? datagrams.send(1)
        }
        let length = try capture.next(waitingAtMost: 3_600_000)?.capturedLength
        #expect(length == 142)
    }

    @Test func aBadFilterIsWrongUse() {
        let error = captureError { () throws(CaptureError) in
            _ = try LiveCapture(interface: "lo", options: Self.options("tcp prot 80"))
        }
        #expect(error?.kind == .usage)
        #expect(error?.reason.contains("syntax error") == true)
    }

    @Test func thePrivilegedListingIsTheKernels() throws {
        let listing = try CaptureFilter.listing(of: "vlan 5", interface: "lo", snapshotLength: 96)
        #expect(listing.contains { $0.contains("vlan_tag_present") || $0.contains("[vlanp]") }, "\(listing)")
    }
}

@Suite struct LiveCaptureRefusalTests {
    @Test func anInterfaceThatIsNotThere() {
        let error = captureError { () throws(CaptureError) in _ = try LiveCapture(interface: "nosuch0") }
        #expect(error?.kind == .failure)
        #expect(error?.errorNumber == ENODEV)
        #expect(error?.description.hasPrefix("looking for interface nosuch0: No such device; there are: ") == true)
    }

    @Test(arguments: [0, -1, 262_145, Int.max])
    func aSnapshotLengthOutOfRange(length: Int) {
        var options = LiveCaptureOptions()
        options.snapshotLength = length
        let error = captureError { () throws(CaptureError) in _ = try LiveCapture(interface: "lo", options: options) }
        #expect(error?.kind == .usage)
    }

    @Test(arguments: [0, -1, (4 << 30) + 1, Int.max])
    func aRingSizeOutOfRange(size: Int) {
        var options = LiveCaptureOptions()
        options.ringSize = size
        let error = captureError { () throws(CaptureError) in _ = try LiveCapture(interface: "lo", options: options) }
        #expect(error?.kind == .usage)
    }
}
