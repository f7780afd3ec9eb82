import Glibc
public import PacketDecoding

/// What a savefile is written as.
@frozen public enum SavefileFormat: BitwiseCopyable, Hashable, Sendable {
    /// One link type, time stamps of this precision.
    case pcap(TimestampPrecision)
    /// Any link types, nanoseconds, statistics at the end.
    case pcapng
}

/// What a savefile says of its frames; all but link type, lengths and precision only in pcapng.
public struct SavefileDescription: Hashable, Sendable {
    public var linkType: LinkType
    /// The most bytes kept of a frame.
    public var snapshotLength: Int
    /// The interface's name; nil where it is not known.
    public var interface: String?
    /// The pcap-filter(7) expression that the frames have passed; nil for none.
    public var filter: String?
    /// The operating system that captured, as uname(2) tells it; nil where it is not known.
    public var system: String?
    /// Bytes of frame check sequence at the end of each frame, which a pcap too tells; nil where that is not known.
    public var checkSequenceLength: Int?

    public init(
        linkType: LinkType, snapshotLength: Int = 262_144, interface: String? = nil, filter: String? = nil,
        system: String? = nil, checkSequenceLength: Int? = nil
    ) {
        self.linkType = linkType
        self.snapshotLength = snapshotLength
        self.interface = interface
        self.filter = filter
        self.system = system
        self.checkSequenceLength = checkSequenceLength
    }
}

extension SavefileDescription {
    /// The system that is running: `Linux 6.12.9`.
    public static var runningSystem: String {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return "Linux" }
        func text(_ field: some BitwiseCopyable) -> String {
            unsafe withUnsafeBytes(of: field) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return text(names.sysname) + " " + text(names.release)
    }
}

/// What a capture counted, for the end of a savefile.
public struct SavefileStatistics: Hashable, Sendable {
    /// When the capture, or its part in this file, began and ended.
    public var start: Timestamp
    public var end: Timestamp
    /// `received` counts the frames that passed the filter, `captured` those of them in the file.
    public var counts: CaptureStatistics

    public init(start: Timestamp, end: Timestamp, counts: CaptureStatistics) {
        self.start = start
        self.end = end
        self.counts = counts
    }
}

/// Writes frames to a savefile: one of its own, in this host's byte order, or a copy of another (``SavefileOriginal``).
public struct SavefileWriter: ~Copyable {
    public let format: SavefileFormat
    /// Packets written, those still in the buffer included; after an error, those that are whole in the file.
    public var packetCount: Int { file.packetCount }
    /// Size of the file so far, in bytes, what is still in the buffer included.
    public var byteCount: Int { file.byteCount }

    /// What the copy does not hold, so far; empty where this is no copy.
    public private(set) var omissions = SavefileOmissions()

    private var file: RecordFile
    private let description: SavefileDescription
    /// Of a pcap the only one; of a pcapng those of its interfaces, one each.
    private var linkTypes: [LinkType]
    /// What this is a copy of; nil where it is none, or the original is a pcap, which says nothing beside its packets.
    private let original: SavefileOriginal?
    /// Whether nothing of the original stands in the file yet.
    private var isFirstOfOriginal = true

    /// Creates a file, mode 0600, and writes its header.
    ///
    /// - Parameter path: where nothing may be yet, not even a symbolic link.
    public init(path: String, format: SavefileFormat, description: SavefileDescription) throws(CaptureError) {
        try self.init(RecordFile(creating: path), format, description)
    }

    /// Writes the header of a savefile.
    ///
    /// - Parameters:
    ///   - descriptor: open for writing; it is closed with the writer.
    ///   - name: the file's, for messages.
    ///   - stopDescriptor: readable once the program is to stop; from then on a pipe that nobody reads is an error and
    ///     not waited for.
    public init(
        descriptor: Int32, name: String, format: SavefileFormat, description: SavefileDescription,
        stopDescriptor: Int32? = nil
    ) throws(CaptureError) {
        let file = RecordFile(descriptor: descriptor, name: name, stopDescriptor: stopDescriptor)
        try self.init(file, format, description)
    }

    /// Creates a file, mode 0600, for a copy of what a reader reads.
    ///
    /// - Parameter path: where nothing may be yet, not even a symbolic link.
    public init(path: String, format: SavefileFormat, copying original: SavefileOriginal) throws(CaptureError) {
        try self.init(RecordFile(creating: path), format, original.description, copying: original)
    }

    /// Begins a copy of what a reader reads; its parameters are those of any other savefile.
    public init(
        descriptor: Int32, name: String, format: SavefileFormat, copying original: SavefileOriginal,
        stopDescriptor: Int32? = nil
    ) throws(CaptureError) {
        let file = RecordFile(descriptor: descriptor, name: name, stopDescriptor: stopDescriptor)
        try self.init(file, format, original.description, copying: original)
    }

    private init(
        _ file: consuming RecordFile, _ format: SavefileFormat, _ description: SavefileDescription,
        copying original: SavefileOriginal? = nil
    ) throws(CaptureError) {
        let original = original.flatMap { $0.isPcapng ? $0 : nil }
        switch format {
        case .pcap(let precision): try file.appendPcapHeader(description, precision)
        case .pcapng where original == nil:
            try file.appendSectionHeader(system: description.system)
            try file.appendInterface(description)
        case .pcapng: break
        }
        try file.flush()
        self.file = file
        self.format = format
        self.description = description
        self.original = original
        linkTypes = [description.linkType]
    }

    /// Adds a frame. A frame without a time gets that of 1970.
    ///
    /// In a copy, a frame as the reader handed it out is written with all that stood in its record. Any other is one of
    /// the interface it names, of the section that the reader has come to.
    ///
    /// - Parameter lost: frames that the capture dropped since the one before, as far as it knows; only pcapng keeps
    ///   their number.
    /// - Throws: where the file cannot take it; in a pcap also for a frame of another link type.
    public mutating func write(_ frame: Frame, lost: Int = 0) throws(CaptureError) {
        if let original { return try writeCopied(frame, lost: lost, of: original) }
        switch format {
        case .pcap(let precision):
            guard linkTypes[0] == frame.header.linkType else { throw mismatch(frame.header) }
            try file.appendPcapRecord(frame, precision)
        case .pcapng:
            var interface = linkTypes.firstIndex(of: frame.header.linkType)
            if interface == nil {
                try file.appendInterface(
                    SavefileDescription(
                        linkType: frame.header.linkType, snapshotLength: description.snapshotLength))
                interface = linkTypes.count
                linkTypes.append(frame.header.linkType)
            }
            try file.appendEnhancedPacket(frame, interface: interface ?? 0, lost: lost)
        }
    }

    @inline(never)
    private mutating func writeCopied(
        _ frame: Frame, lost: Int, of original: SavefileOriginal
    ) throws(CaptureError) {
        try copyBlocks()
        let record = frame.record
        switch format {
        case .pcap(let precision):
            guard linkTypes[0] == frame.header.linkType else { throw mismatch(frame.header) }
            if record.byteCount > 0 {
                let options = PcapngBlock(record, isSwapped: original.isSwapped).countOptions()
                omissions.note(options)
                if options.others > 0 { omissions.packetOptions += 1 }
            }
            if frame.header.timestamp == nil { omissions.untimedPackets += 1 }
            try file.appendPcapRecord(frame, precision)
        case .pcapng where record.byteCount > 0:
            try append(PcapngBlock(record, isSwapped: original.isSwapped), isPacket: true)
        case .pcapng:
            let number = Int(frame.header.interface ?? 0)
            guard number < original.interfaces.count else { throw unknownInterface(frame.header) }
            let interface = original.interfaces[number]
            guard interface.linkType == frame.header.linkType else { throw unknownInterface(frame.header) }
            try file.appendEnhancedPacket(frame, interface: number, lost: lost, clock: interface.clock)
        }
    }

    /// Adds what has been read beside the packets, which ``write(_:lost:)`` and ``close(statistics:)`` do too. Whoever
    /// leaves out many packets calls it now and then, so that nothing piles up in memory.
    public mutating func copyBlocks() throws(CaptureError) {
        guard let original, isFirstOfOriginal || original.hasPending else { return }
        let (blocks, oversized) = original.take(isFirst: isFirstOfOriginal)
        isFirstOfOriginal = false
        omissions.oversized += oversized
        for block in blocks {
            let span = unsafe block.bytes.span.bytes
            let block = PcapngBlock(span, isSwapped: block.isSwapped)
            if format != .pcapng {
                omissions.note(block)
            } else if block.type == PcapngBlockType.uncopiedCustom {
                omissions.uncopiedCustoms += 1
            } else {
                if block.type == PcapngBlockType.section { file.isSwapped = block.isSwapped }
                try append(block, isPacket: false)
            }
        }
    }

    /// Adds a block of the original.
    private mutating func append(_ block: borrowing PcapngBlock, isPacket: Bool) throws(CaptureError) {
        let uncopied = block.countOptions().uncopied
        omissions.uncopiedCustoms += uncopied
        if uncopied == 0 { return try file.appendBlock(block.bytes, isPacket: isPacket) }
        let bytes = block.copiedBytes()
        try unsafe file.appendBlock(bytes.span.bytes, isPacket: isPacket)
    }

    /// Hands everything written so far to the system.
    public mutating func flush() throws(CaptureError) {
        try file.flush()
    }

    /// Completes the file. Without it, what is in the buffer is written when the value goes, and an error goes unseen.
    ///
    /// - Parameter statistics: what the capture counted, which only pcapng keeps; a copy has those of its original.
    public consuming func close(statistics: SavefileStatistics? = nil) throws(CaptureError) {
        try copyBlocks()
        if format == .pcapng, original == nil, let statistics { try file.appendStatistics(statistics) }
        try file.close()
    }

    private func mismatch(_ header: FrameHeader) -> CaptureError {
        CaptureError(
            .failure, "writing \(file.name)",
            reason: "packet \(header.number) has link type \(header.linkType.rawValue), "
                + "but those of this pcap have \(linkTypes[0].rawValue)",
            remedy: "write a pcapng, which holds both: give a name that ends in .pcapng")
    }

    private func unknownInterface(_ header: FrameHeader) -> CaptureError {
        CaptureError(
            .failure, "writing \(file.name)",
            reason: "packet \(header.number) has link type \(header.linkType.rawValue) and "
                + "interface \(header.interface.map { "\($0)" } ?? "none"), which the original does not describe")
    }
}
