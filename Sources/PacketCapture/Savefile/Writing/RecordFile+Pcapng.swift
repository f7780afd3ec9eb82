import PacketDecoding

// pcapng: draft-ietf-opsawg-pcapng. Every record is a block: type, length, body, length.
extension RecordFile {
    /// The section header (section 4.1).
    mutating func appendSectionHeader(system: String?) throws(CaptureError) {
        var options = PcapngOptions()
        options.append(3, text: system)
        options.append(4, text: "earshot")
        try appendBlock(0x0a0d_0d0a, bodyLength: 16, options) { file in
            file.store(0x1a2b_3c4d as UInt32)
            file.store(1 as UInt16)
            file.store(0 as UInt16)
            // The section's length is not known yet.
            file.store(UInt64.max)
        }
    }

    /// An interface description (section 4.2); the first is number 0.
    mutating func appendInterface(_ description: SavefileDescription) throws(CaptureError) {
        var options = PcapngOptions()
        options.append(2, text: description.interface)
        // Time stamps count in 10^-9 seconds.
        options.append(9, [9])
        // The kind of filter: 0 is a pcap-filter(7) expression.
        if let filter = description.filter { options.append(11, [0] + Array(filter.utf8)) }
        options.append(12, text: description.system)
        if let length = description.checkSequenceLength { options.append(13, [UInt8(clamping: length)]) }
        try appendBlock(1, bodyLength: 8, options) { file in
            file.store(UInt16(truncatingIfNeeded: description.linkType.rawValue))
            file.store(0 as UInt16)
            file.store(UInt32(clamping: description.snapshotLength))
        }
    }

    /// An enhanced packet (section 4.3).
    ///
    /// - Parameters:
    ///   - lost: frames that found no room since the packet before.
    ///   - clock: how the interface counts time; nil in nanoseconds.
    mutating func appendEnhancedPacket(
        _ frame: Frame, interface: Int, lost: Int, clock: PcapngClock? = nil
    ) throws(CaptureError) {
        let padding = -frame.capturedLength & 3
        let flags = PcapngFlags(frame.header).rawValue
        let comments = frame.comments.count
        var optionsLength = (flags == 0 ? 0 : 8) + (lost == 0 ? 0 : 12)
        for index in 0..<comments { optionsLength += 4 + (frame.comments[index].byteCount + 3) & ~3 }
        let bodyLength = 20 + frame.capturedLength + padding + (optionsLength == 0 ? 0 : optionsLength + 4)
        let length = try beginBlock(6, bodyLength: bodyLength, isPacket: true)
        store(UInt32(clamping: interface))
        let time = frame.header.timestamp ?? Timestamp(rawValue: 0)
        storeTime(clock?.count(of: time) ?? UInt64(bitPattern: time.rawValue))
        store(UInt32(clamping: frame.capturedLength))
        store(UInt32(clamping: frame.header.statedLength))
        store(frame.bytes)
        pad(padding)
        for index in 0..<comments {
            let comment = frame.comments[index]
            store(1 as UInt16)
            store(UInt16(clamping: comment.byteCount))
            store(comment)
            pad(-comment.byteCount & 3)
        }
        if flags != 0 {
            store(PcapngFlags.option)
            store(4 as UInt16)
            store(flags)
        }
        if lost != 0 {
            store(4 as UInt16)
            store(8 as UInt16)
            store(UInt64(clamping: lost))
        }
        if optionsLength != 0 { store(0 as UInt32) }
        store(length)
    }

    /// A block of another file, in that one's byte order.
    mutating func appendBlock(_ block: RawSpan, isPacket: Bool) throws(CaptureError) {
        try begin(block.byteCount, isPacket: isPacket)
        guard PcapngBlock(block, isSwapped: isSwapped).type == PcapngBlockType.section, block.byteCount >= 28 else {
            return store(block)
        }
        store(block.extracting(..<16))
        // The section's length, which a copy has another of, is not known yet.
        store(UInt64.max)
        store(block.extracting(24...))
    }

    /// Interface statistics (section 4.6).
    mutating func appendStatistics(_ statistics: SavefileStatistics) throws(CaptureError) {
        let counts = statistics.counts
        let passed = UInt64(clamping: counts.received + counts.dropped)
        let dropped = UInt64(clamping: counts.dropped)
        var options = PcapngOptions()
        options.append(2, statistics.start)
        options.append(3, statistics.end)
        // Received by the interface and dropped, which is what other programs show; then the same where it belongs:
        // accepted by the filter, dropped by the system, delivered.
        options.append(4, passed)
        options.append(5, dropped)
        options.append(6, passed)
        options.append(7, dropped)
        options.append(8, UInt64(clamping: counts.captured))
        try appendBlock(5, bodyLength: 12, options) { file in
            file.store(0 as UInt32)
            file.storeTime(UInt64(bitPattern: statistics.end.rawValue))
        }
    }

    /// - Parameter bodyLength: without the options, a multiple of 4.
    private mutating func appendBlock(
        _ type: UInt32, bodyLength: Int, _ options: PcapngOptions, _ body: (inout RecordFile) -> Void
    ) throws(CaptureError) {
        let length = try beginBlock(type, bodyLength: bodyLength + options.bytes.count + 4)
        body(&self)
        unsafe store(options.bytes.span.bytes)
        // The end of options.
        store(0 as UInt32)
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
    private mutating func storeTime(_ count: UInt64) {
        store(UInt32(truncatingIfNeeded: count >> 32))
        store(UInt32(truncatingIfNeeded: count))
    }

    private mutating func pad(_ count: Int) {
        for _ in 0..<count { store(0 as UInt8) }
    }
}
