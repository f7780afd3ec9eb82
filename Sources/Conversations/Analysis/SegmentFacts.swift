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
}

extension SegmentFacts {
    init(_ packet: Packet, at index: Int, _ header: SegmentHeader) {
        self.header = header
        frame = packet.frame.header.number
        time = packet.frame.header.timestamp
        // Where the header is cut, its payload begins behind what was captured of it.
        payloadLength =
            header.isSound
            ? max(0, packet.wireEnd(at: index) &- packet.layers[index].offset &- header.headerLength)
            : packet.payloadLength(at: index)
        isFragment = packet.layers[index].traits.contains(.fragment)
        isMarked = packet.congestionMark(below: index) == 3
        let hasOptions = header.headerLength > TCPHeader.size
        let area = packet.headerBytes(at: index).clipped(from: TCPHeader.size, to: .max)
        if hasOptions && header.flags.contains(.syn) {
            let options = TCPOptionSummary(area)
            maximumSegmentSize = options.maximumSegmentSize
            windowShift = options.windowScaleShift
        } else {
            maximumSegmentSize = nil
            windowShift = nil
        }
        holes =
            hasOptions && header.flags.contains(.ack)
            ? SelectiveACKHoles(area, acknowledgment: header.acknowledgmentNumber.rawValue) : nil
    }
}

extension Packet {
    /// The congestion mark of the IP header that carries layer `index`, 0 to 3 (RFC 3168 section 5).
    fileprivate func congestionMark(below index: Int) -> UInt8 {
        guard let network = networkIndex(below: index) else { return 0 }
        if let header = header(IPv4Header.self, at: network) { return header.ecn }
        return header(IPv6Header.self, at: network)?.ecn ?? 0
    }
}
