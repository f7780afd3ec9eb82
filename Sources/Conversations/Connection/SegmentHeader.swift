import PacketDecoding

extension TCPHeader {
    /// Whether its length is possible. A receiver drops a segment that fails this (RFC 9293 section 3.1).
    var isSound: Bool { headerLength >= TCPHeader.size }
}

/// What a conversation needs of a TCP header: the first 16 of its bytes.
struct SegmentHeader: BitwiseCopyable {
    let sequenceNumber, acknowledgmentNumber: SequenceNumber
    let flags: TCPFlags
    let window: UInt16
    /// With options, in bytes, as it claims: 0 to 60.
    let headerLength: Int
    /// Whether that is possible, and fits the packet. A receiver drops a segment that fails this (RFC 9293 section
    /// 3.1).
    let isSound: Bool

    init(
        sequenceNumber: SequenceNumber, acknowledgmentNumber: SequenceNumber, flags: TCPFlags, window: UInt16,
        headerLength: Int, isSound: Bool
    ) {
        self.sequenceNumber = sequenceNumber
        self.acknowledgmentNumber = acknowledgmentNumber
        self.flags = flags
        self.window = window
        self.headerLength = headerLength
        self.isSound = isSound
    }

    /// The header of a TCP layer; nil where less of it was captured.
    init?(of packet: Packet, _ place: TransportPlace) {
        let layer = place.layer
        let bytes = packet.frame.bytes
        guard layer.headerLength >= 16, place.capturedEnd &- layer.offset >= 16 else { return nil }
        sequenceNumber = SequenceNumber(bytes.uint32(at: layer.offset &+ 4))
        acknowledgmentNumber = SequenceNumber(bytes.uint32(at: layer.offset &+ 8))
        let word = bytes.uint16(at: layer.offset &+ 12)
        flags = TCPFlags(rawValue: word & 0x1ff)
        headerLength = Int(word >> 12) &* 4
        window = bytes.uint16(at: layer.offset &+ 14)
        isSound = headerLength >= TCPHeader.size && place.wireEnd &- layer.offset >= headerLength
    }
}
