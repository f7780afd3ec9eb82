import CLinux
import CPcap
import Glibc
import PacketDecoding

// pcapng: draft-ietf-opsawg-pcapng. Every record is a block: type, length, body, length.
extension RecordFile {
    /// The section header (section 4.1).
    mutating func appendSectionHeader() throws(CaptureError) {
        let application = Array("earshot".utf8)
        try appendBlock(0x0a0d_0d0a, bodyLength: 16 + Option.length(application.count) + Option.endLength) { file in
            file.store(0x1a2b_3c4d as UInt32)
            file.store(1 as UInt16)
            file.store(0 as UInt16)
            // The section's length is not known yet.
            file.store(UInt64.max)
            file.storeOption(Option.userApplication, application)
            file.storeEndOfOptions()
        }
    }

    /// An interface description (section 4.2); the first is number 0.
    mutating func appendInterface(_ linkType: LinkType, snapshotLength: Int, name: String?) throws(CaptureError) {
        let name = Array((name ?? "").utf8.prefix(255))
        let nameLength = name.isEmpty ? 0 : Option.length(name.count)
        try appendBlock(1, bodyLength: 8 + nameLength + Option.length(1) + Option.endLength) { file in
            file.store(UInt16(truncatingIfNeeded: linkType.rawValue))
            file.store(0 as UInt16)
            file.store(UInt32(clamping: snapshotLength))
            if !name.isEmpty { file.storeOption(Option.interfaceName, name) }
            // Time stamps count in 10^-9 seconds.
            file.storeOption(Option.timestampResolution, [9])
            file.storeEndOfOptions()
        }
    }

    /// An enhanced packet (section 4.3).
    mutating func appendEnhancedPacket(_ frame: Frame, interface: Int) throws(CaptureError) {
        let padding = -frame.capturedLength & 3
        let length = try beginBlock(6, bodyLength: 20 + frame.capturedLength + padding, isPacket: true)
        store(UInt32(clamping: interface))
        storeTime(frame.header.timestamp ?? Timestamp(rawValue: 0))
        store(UInt32(clamping: frame.capturedLength))
        store(UInt32(clamping: frame.header.statedLength))
        store(frame.bytes)
        for _ in 0..<padding { store(0 as UInt8) }
        store(length)
    }

    /// Interface statistics (section 4.6).
    mutating func appendStatistics(_ statistics: CaptureStatistics) throws(CaptureError) {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        let now = Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
        try appendBlock(5, bodyLength: 12 + 2 * Option.length(8) + Option.endLength) { file in
            file.store(0 as UInt32)
            file.storeTime(now)
            file.storeOption(Option.received, UInt64(clamping: statistics.received + statistics.dropped))
            file.storeOption(Option.dropped, UInt64(clamping: statistics.dropped))
            file.storeEndOfOptions()
        }
    }

    private enum Option {
        static let userApplication: UInt16 = 4
        static let interfaceName: UInt16 = 2
        static let timestampResolution: UInt16 = 9
        static let received: UInt16 = 4
        static let dropped: UInt16 = 5

        /// Length of an option with a value of `count` bytes, padding included.
        static func length(_ count: Int) -> Int { 4 + (count + 3) & ~3 }
        static let endLength = 4
    }

    private mutating func appendBlock(
        _ type: UInt32, bodyLength: Int, _ body: (inout RecordFile) -> Void
    ) throws(CaptureError) {
        let length = try beginBlock(type, bodyLength: bodyLength)
        body(&self)
        store(length)
    }

    /// - Returns: the block's length, which must follow its body.
    private mutating func beginBlock(
        _ type: UInt32, bodyLength: Int, isPacket: Bool = false
    ) throws(CaptureError) -> UInt32 {
        let length = UInt32(clamping: 12 + bodyLength)
        try begin(12 + bodyLength, isPacket: isPacket)
        store(type)
        store(length)
        return length
    }

    /// The high half comes first, whatever the byte order.
    private mutating func storeTime(_ time: Timestamp) {
        store(UInt32(truncatingIfNeeded: time.rawValue >> 32))
        store(UInt32(truncatingIfNeeded: time.rawValue))
    }

    private mutating func storeOption(_ code: UInt16, _ value: [UInt8]) {
        store(code)
        store(UInt16(clamping: value.count))
        for byte in value { store(byte) }
        for _ in 0..<(-value.count & 3) { store(0 as UInt8) }
    }

    private mutating func storeOption(_ code: UInt16, _ value: UInt64) {
        store(code)
        store(8 as UInt16)
        store(value)
    }

    private mutating func storeEndOfOptions() { store(0 as UInt32) }
}
