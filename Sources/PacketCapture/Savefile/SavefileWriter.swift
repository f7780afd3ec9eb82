public import PacketDecoding

/// What a savefile is written as.
@frozen public enum SavefileFormat: BitwiseCopyable, Hashable, Sendable {
    /// One link type, time stamps of this precision.
    case pcap(TimestampPrecision)
    /// Any link types, nanoseconds, statistics at the end.
    case pcapng
}

/// Writes frames to a savefile, in this host's byte order.
public struct SavefileWriter: ~Copyable {
    public let format: SavefileFormat
    /// Packets written, those still in the buffer included; after an error, those that are whole in the file.
    public var packetCount: Int { file.packetCount }
    /// Size of the file so far, in bytes, what is still in the buffer included.
    public var byteCount: Int { file.byteCount }

    private var file: RecordFile
    private let snapshotLength: Int
    /// Of a pcap the only one; of a pcapng those of its interfaces, one each.
    private var linkTypes: [LinkType]

    /// Creates or empties a file and writes its header.
    ///
    /// - Parameters:
    ///   - path: `-` is the standard output.
    ///   - linkType: of the frames to come.
    ///   - snapshotLength: as the header states it, in bytes.
    ///   - interface: the interface's name, which only pcapng keeps.
    public init(
        path: String, format: SavefileFormat, linkType: LinkType, snapshotLength: Int = 262_144,
        interface: String? = nil
    ) throws(CaptureError) {
        var file = try RecordFile(path: path)
        switch format {
        case .pcap(let precision):
            try file.appendPcapHeader(linkType, snapshotLength: snapshotLength, precision)
        case .pcapng:
            try file.appendSectionHeader()
            try file.appendInterface(linkType, snapshotLength: snapshotLength, name: interface)
        }
        try file.flush()
        self.file = file
        self.format = format
        self.snapshotLength = snapshotLength
        linkTypes = [linkType]
    }

    /// Adds a frame. A frame without a time gets that of 1970.
    ///
    /// - Throws: where the file cannot take it; in a pcap also for a frame of another link type.
    public mutating func write(_ frame: Frame) throws(CaptureError) {
        let interface = linkTypes.firstIndex(of: frame.header.linkType)
        switch format {
        case .pcap(let precision):
            guard interface != nil else { throw mismatch(frame.header) }
            try file.appendPcapRecord(frame, precision)
        case .pcapng:
            if interface == nil {
                try file.appendInterface(frame.header.linkType, snapshotLength: snapshotLength, name: nil)
                linkTypes.append(frame.header.linkType)
            }
            try file.appendEnhancedPacket(frame, interface: interface ?? linkTypes.count - 1)
        }
    }

    /// Hands everything written so far to the system.
    public mutating func flush() throws(CaptureError) {
        try file.flush()
    }

    /// Completes the file. Without it, what is in the buffer is written when the value goes, and an error goes unseen.
    ///
    /// - Parameter statistics: what the capture counted, which only pcapng keeps.
    public consuming func close(statistics: CaptureStatistics? = nil) throws(CaptureError) {
        if format == .pcapng, let statistics { try file.appendStatistics(statistics) }
        try file.flush()
    }

    private func mismatch(_ header: FrameHeader) -> CaptureError {
        CaptureError(
            .failure, "writing \(file.name)",
            reason: "packet \(header.number) has link type \(header.linkType.rawValue), "
                + "but those of this pcap have \(linkTypes[0].rawValue)",
            remedy: "write a pcapng, which holds both: give a name that ends in .pcapng")
    }
}
