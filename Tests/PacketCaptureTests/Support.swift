import Foundation
import PacketCapture
import PacketDecoding

/// A frame's values, which outlive it.
struct Captured: Equatable {
    var bytes: [UInt8]
    var header: FrameHeader
    var comments: [String] = []

    init(_ frame: Frame) {
        bytes = unsafe frame.bytes.withUnsafeBytes { unsafe Array($0) }
        header = frame.header
        for index in 0..<frame.comments.count {
            comments.append(unsafe frame.comments[index].withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) })
        }
    }
}

/// Who reads a savefile.
enum Engine: CaseIterable {
    case native, libpcap
}

/// All frames up to the end, or to an error.
func read(_ path: String, engine: Engine = .native) throws -> (frames: [Captured], error: CaptureError?) {
    switch engine {
    case .native:
        var reader = try SavefileReader(path: path)
        return read(&reader)
    case .libpcap:
        var reader = try LibpcapReader(path: path)
        return read(&reader)
    }
}

private func read<Source: PacketSource & ~Copyable>(
    _ source: inout Source
) -> (frames: [Captured], error: CaptureError?) {
    var frames: [Captured] = []
    do throws(CaptureError) {
        while let frame = try source.next() { frames.append(Captured(frame)) }
    } catch {
        return (frames, error)
    }
    return (frames, nil)
}

/// The error that `body` throws.
func captureError(_ body: () throws(CaptureError) -> Void) -> CaptureError? {
    do throws(CaptureError) {
        try body()
        return nil
    } catch {
        return error
    }
}

/// A frame made for a test, borrowed for the time of `body`.
func withFrame<Result>(
    _ bytes: [UInt8], wireLength: Int? = nil, linkType: LinkType = .ethernet, timestamp: Timestamp? = nil,
    _ body: (Frame) throws -> Result
) rethrows -> Result {
    let header = FrameHeader(
        number: 1, timestamp: timestamp, wireLength: wireLength ?? bytes.count, linkType: linkType)
    return try body(Frame(unsafe bytes.span.bytes, header: header))
}

/// A directory that goes with its value.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("capture-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ bytes: [UInt8]? = nil) throws -> String {
        let url = URL(fileURLWithPath: path).appendingPathComponent(name)
        if let bytes { try Data(bytes).write(to: url) }
        return url.path
    }
}

/// Bytes of a file, put together number by number.
struct Bytes {
    var isBigEndian = false
    var all: [UInt8] = []

    mutating func add<Value: FixedWidthInteger>(_ value: Value) {
        let ordered = isBigEndian ? value.bigEndian : value.littleEndian
        unsafe withUnsafeBytes(of: ordered) { unsafe all.append(contentsOf: $0) }
    }

    /// A pcap's file header.
    mutating func addPcapHeader(
        magic: UInt32 = 0xa1b2_c3d4, major: UInt16 = 2, minor: UInt16 = 4, snapshotLength: UInt32 = 65535,
        linkType: UInt32 = 1
    ) {
        add(magic)
        add(major)
        add(minor)
        add(0 as UInt64)
        add(snapshotLength)
        add(linkType)
    }

    mutating func addPcapRecord(
        _ seconds: UInt32, _ fraction: UInt32, _ bytes: [UInt8], capturedLength: UInt32? = nil,
        wireLength: UInt32? = nil
    ) {
        add(seconds)
        add(fraction)
        add(capturedLength ?? UInt32(bytes.count))
        add(wireLength ?? UInt32(bytes.count))
        all += bytes
    }

    /// A pcapng block.
    mutating func addBlock(_ type: UInt32, _ body: (inout Bytes) -> Void) {
        var inner = Bytes(isBigEndian: isBigEndian)
        body(&inner)
        while inner.all.count % 4 != 0 { inner.all.append(0) }
        add(type)
        add(UInt32(inner.all.count + 12))
        all += inner.all
        add(UInt32(inner.all.count + 12))
    }
}

/// Ethernet, IPv4 and UDP around `payload`, from 10.0.0.1 port 1000 to 10.0.0.2.
func udpFrame(to port: UInt16, payload: [UInt8] = []) -> [UInt8] {
    var frame = Bytes(isBigEndian: true)
    frame.all = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]
    frame.add(0x0800 as UInt16)
    frame.all += [0x45, 0]
    frame.add(UInt16(28 + payload.count))
    frame.all += [0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    frame.add(1000 as UInt16)
    frame.add(port)
    frame.add(UInt16(8 + payload.count))
    frame.add(0 as UInt16)
    return frame.all + payload
}
