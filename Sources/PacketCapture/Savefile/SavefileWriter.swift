import Glibc
public import PacketDecoding

/// What a savefile is written as.
@frozen public enum SavefileFormat: BitwiseCopyable, Hashable, Sendable {
    /// One link type, time stamps of this precision.
    case pcap(TimestampPrecision)
    /// Any link types, nanoseconds, statistics at the end.
    case pcapng
}

/// What a savefile says of its frames; all but the first two only in pcapng.
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

    public init(
        linkType: LinkType, snapshotLength: Int = 262_144, interface: String? = nil, filter: String? = nil,
        system: String? = nil
    ) {
        self.linkType = linkType
        self.snapshotLength = snapshotLength
        self.interface = interface
        self.filter = filter
        self.system = system
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

/// Writes frames to a savefile, in this host's byte order.
public struct SavefileWriter: ~Copyable {
    public let format: SavefileFormat
    /// Packets written, those still in the buffer included; after an error, those that are whole in the file.
    public var packetCount: Int { file.packetCount }
    /// Size of the file so far, in bytes, what is still in the buffer included.
    public var byteCount: Int { file.byteCount }

    private var file: RecordFile
    private let description: SavefileDescription
    /// Of a pcap the only one; of a pcapng those of its interfaces, one each.
    private var linkTypes: [LinkType]

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

    private init(
        _ file: consuming RecordFile, _ format: SavefileFormat, _ description: SavefileDescription
    ) throws(CaptureError) {
        switch format {
        case .pcap(let precision):
            try file.appendPcapHeader(description.linkType, snapshotLength: description.snapshotLength, precision)
        case .pcapng:
            try file.appendSectionHeader(system: description.system)
            try file.appendInterface(description)
        }
        try file.flush()
        self.file = file
        self.format = format
        self.description = description
        linkTypes = [description.linkType]
    }

    /// Adds a frame. A frame without a time gets that of 1970.
    ///
    /// - Parameter lost: frames that the capture dropped since the one before, as far as it knows; only pcapng keeps
    ///   their number.
    /// - Throws: where the file cannot take it; in a pcap also for a frame of another link type.
    public mutating func write(_ frame: Frame, lost: Int = 0) throws(CaptureError) {
        let interface = linkTypes.firstIndex(of: frame.header.linkType)
        switch format {
        case .pcap(let precision):
            guard interface != nil else { throw mismatch(frame.header) }
            try file.appendPcapRecord(frame, precision)
        case .pcapng:
            if interface == nil {
                try file.appendInterface(
                    SavefileDescription(
                        linkType: frame.header.linkType, snapshotLength: description.snapshotLength))
                linkTypes.append(frame.header.linkType)
            }
            try file.appendEnhancedPacket(frame, interface: interface ?? linkTypes.count - 1, lost: lost)
        }
    }

    /// Hands everything written so far to the system.
    public mutating func flush() throws(CaptureError) {
        try file.flush()
    }

    /// Completes the file. Without it, what is in the buffer is written when the value goes, and an error goes unseen.
    ///
    /// - Parameter statistics: what the capture counted, which only pcapng keeps.
    public consuming func close(statistics: SavefileStatistics? = nil) throws(CaptureError) {
        if format == .pcapng, let statistics { try file.appendStatistics(statistics) }
        try file.close()
    }

    private func mismatch(_ header: FrameHeader) -> CaptureError {
        CaptureError(
            .failure, "writing \(file.name)",
            reason: "packet \(header.number) has link type \(header.linkType.rawValue), "
                + "but those of this pcap have \(linkTypes[0].rawValue)",
            remedy: "write a pcapng, which holds both: give a name that ends in .pcapng")
    }
}
