import PacketDecoding

/// What a connection takes from a segment, but for its payload.
struct SegmentFacts {
    let header: SegmentHeader
    let frame: Int
    let time: Timestamp?
    let payloadLength: Int
    let isFragment: Bool
    /// Its IP header says that congestion was experienced (RFC 3168 section 5).
    let isMarked: Bool
    /// Of a SYN.
    let maximumSegmentSize: UInt16?
    let windowShift: UInt8?
    /// Of an ACK with options.
    let holes: SelectiveACKHoles?
    /// The same packet was captured before.
    var isCopy = false
}

extension SegmentFacts {
    init(_ packet: Packet, _ place: TransportPlace, _ header: SegmentHeader) {
        self.header = header
        frame = packet.frame.header.number
        time = packet.frame.header.timestamp
        // Where the header is cut, its payload begins behind what was captured of it.
        payloadLength =
            header.isSound
            ? max(0, place.wireEnd &- place.layer.offset &- header.headerLength) : place.payloadLength
        isFragment = place.layer.traits.contains(.fragment)
        isMarked = place.congestionMark(packet) == 3
        guard header.headerLength > TCPHeader.size else {
            maximumSegmentSize = nil
            windowShift = nil
            holes = nil
            return
        }
        let area = place.options(packet)
        if header.flags.contains(.syn) {
            let options = TCPOptionSummary(area)
            maximumSegmentSize = options.maximumSegmentSize
            windowShift = options.windowScaleShift
        } else {
            maximumSegmentSize = nil
            windowShift = nil
        }
        // Most segments have their time among the options, aligned by two that do nothing, and no more.
        let hasOnlyTimes = area.byteCount == 12 && area.uint32(at: 0) == 0x0101_080a
        holes =
            header.flags.contains(.ack) && !hasOnlyTimes
            ? SelectiveACKHoles(area, acknowledgment: header.acknowledgmentNumber.rawValue) : nil
    }
}
