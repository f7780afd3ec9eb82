public import PacketDecoding

/// Where a TCP or UDP layer lies: what its conversation asks of the layers around it, in one walk.
struct TransportPlace: BitwiseCopyable {
    let index: Int
    let layer: Layer
    /// The IPv4 or IPv6 layer that carries it; negative without one.
    private(set) var network = -1
    /// Where the captured bytes end that can belong to it (``Packet/capturedEnd(at:)``); not of a quoted packet.
    let capturedEnd: Int
    /// Where it ends on the wire (``Packet/wireEnd(at:)``); not of a quoted packet. Where a record gives what was
    /// captured as the length on the wire, a sound IPv4 header knows better.
    let wireEnd: Int

    @inline(__always)
    init(_ packet: Packet, at index: Int) {
        self.index = index
        layer = packet.layers[index]
        let outers = packet.layers.extracting(first: index)
        var end = packet.frame.wireLength
        for outer in outers.indices {
            let layer = unsafe outers[unchecked: outer]
            end = min(end, layer.end)
            if layer.kind == .ipv4 || layer.kind == .ipv6 { network = outer }
        }
        capturedEnd = min(packet.frame.bytes.byteCount, end)
        if network >= 0 && packet.layers[network].end > packet.frame.wireLength {
            end = Self.end(of: packet, network, index, end)
        }
        wireEnd = min(layer.end, end)
    }

    /// Where the layers around it end, of which an IP packet goes on behind its frame.
    @inline(never)
    private static func end(of packet: Packet, _ network: Int, _ index: Int, _ end: Int) -> Int {
        guard isCut(packet, network) else { return end }
        return (network..<index).reduce(end) { max($0, packet.layers[$1].end) }
    }

    /// Whether an IPv4 packet that goes on behind its frame has a sound header, and all of the frame is said to be
    /// there: then the record was cut, and has lost how long the frame was.
    private static func isCut(_ packet: Packet, _ network: Int) -> Bool {
        packet.frame.wireLength == packet.frame.bytes.byteCount && packet.layers[network].kind == .ipv4
            && IPv4Header.checksumStatus(at: network, of: packet) == .good
    }

    /// Length of the payload on the wire, in bytes.
    var payloadLength: Int { max(0, wireEnd &- layer.payloadOffset) }

    /// What was captured of the payload.
    @_lifetime(copy packet)
    func payload(_ packet: Packet) -> RawSpan {
        packet.frame.bytes.clipped(from: layer.payloadOffset, to: min(layer.end, capturedEnd))
    }

    /// What was captured of the options of a TCP header.
    @_lifetime(copy packet)
    func options(_ packet: Packet) -> RawSpan {
        packet.frame.bytes.clipped(
            from: layer.offset &+ TCPHeader.size, to: min(layer.payloadOffset, capturedEnd))
    }

    /// The congestion mark of the IP header around it, 0 to 3 (RFC 3168 section 5).
    func congestionMark(_ packet: Packet) -> UInt8 {
        guard network >= 0 else { return 0 }
        let ip = packet.layers[network]
        let second = packet.frame.bytes.byte(at: ip.offset &+ 1)
        return ip.kind == .ipv4 ? second & 3 : second >> 4 & 3
    }
}

extension Packet {
    /// The innermost TCP or UDP layer: the one whose conversation the packet is in.
    ///
    /// - Parameter quoted: looks in the packet that an ICMP error quotes instead of the packet itself.
    public func innermostTransport(quoted: Bool) -> Int? {
        var index = layers.count &- 1
        while index >= 0 {
            let layer = layers[index]
            if (layer.kind == .tcp || layer.kind == .udp) && layer.traits.contains(.quoted) == quoted { return index }
            index &-= 1
        }
        return nil
    }

    /// The header of TCP layer `index`, where all 20 bytes of it are there. Options that were cut off don't matter.
    @inline(__always)
    func segmentHeader(at index: Int) -> TCPHeader? {
        layers[index].headerLength >= TCPHeader.size ? header(TCPHeader.self, at: index) : nil
    }
}
