import PacketDecoding

// pcap: draft-ietf-opsawg-pcap.
extension RecordFile {
    /// The file header (section 4).
    mutating func appendPcapHeader(
        _ description: SavefileDescription, _ precision: TimestampPrecision
    ) throws(CaptureError) {
        try begin(24)
        // The magic number tells byte order and precision.
        store(precision == .nanoseconds ? 0xa1b2_3c4d : 0xa1b2_c3d4 as UInt32)
        store(2 as UInt16)
        store(4 as UInt16)
        store(0 as UInt64)
        store(UInt32(clamping: description.snapshotLength))
        // Beside the link type stands the length of the frame check sequence, in 16-bit words, and that it is there.
        let words = description.checkSequenceLength.map { min(UInt32(clamping: $0) / 2, 15) }
        store(description.linkType.rawValue | (words.map { $0 << 28 | 0x0400_0000 } ?? 0))
    }

    /// A packet record (section 5). Seconds are kept modulo 2^32.
    mutating func appendPcapRecord(_ frame: Frame, _ precision: TimestampPrecision) throws(CaptureError) {
        let time = frame.header.timestamp ?? Timestamp(rawValue: 0)
        let fraction = precision == .nanoseconds ? time.nanoseconds : time.nanoseconds / 1000
        try begin(16 + frame.capturedLength, isPacket: true)
        store(UInt32(truncatingIfNeeded: time.seconds))
        store(UInt32(truncatingIfNeeded: fraction))
        store(UInt32(clamping: frame.capturedLength))
        store(UInt32(clamping: frame.header.statedLength))
        store(frame.bytes)
    }
}
