import PacketDecoding

/// A packet's record as it was found, before it has a number.
@unsafe struct SavefileRecord {
    /// The captured bytes; valid until more of the file is read.
    var bytes: UnsafeRawPointer
    var capturedLength: Int
    /// Length on the wire as the record states it.
    var statedLength: Int
    /// Nil where the record carries none.
    var timestamp: Timestamp?
    var linkType: LinkType
    /// pcapng's interface number, in its section.
    var interface: UInt32?
    /// What a pcapng says beside it.
    var flags = PcapngFlags(rawValue: 0)
}

extension FrameHeader {
    @inline(__always)
    init(_ record: SavefileRecord, number: Int) {
        unsafe self.init(
            number: number, timestamp: record.timestamp, wireLength: max(record.capturedLength, record.statedLength),
            statedLength: record.statedLength, linkType: record.linkType, interface: record.interface,
            direction: record.flags.direction, checksumIsOffloaded: record.flags.checksumIsOffloaded)
    }
}
