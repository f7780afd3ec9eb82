// Fragments of IP datagrams. IPv4: RFC 791 sections 2.3 and 3.2. IPv6: RFC 8200 section 4.5; atomic fragments, which
// are whole packets: RFC 6946.

public import PacketDecoding

/// What the fragments of one datagram have in common.
struct FragmentKey: BitwiseCopyable, Hashable {
    let network: NetworkNumber
    let source, destination: IPAddress
    let identification: UInt32
    /// IPv4 only: every IPv6 fragment but the first may say something else (RFC 8200 section 4.5).
    let protocolNumber: UInt8
}

/// Where one fragment lies in its frame, and in its datagram. All lengths and offsets are bytes.
struct Fragment: BitwiseCopyable {
    let key: FragmentKey
    /// Of the network header in the frame.
    let headerOffset: Int
    /// Of the network header with everything that each fragment repeats: options, or the extension headers before the
    /// fragment header.
    let headerLength: Int
    /// Of the fragment's payload in the frame.
    let payloadOffset: Int
    /// Where the payload belongs in the datagram's.
    let offset: Int
    /// Of the payload on the wire.
    let length: Int
    /// No fragments come after it.
    let isLast: Bool
    /// Its lengths contradict nothing: neither the layers around it nor the rules for fragments.
    let isSound: Bool
    /// IPv6: where the header says what comes next, which the fragment header takes the place of.
    let nextHeaderOffset: Int
    let nextHeader: UInt8

    /// Where its payload ends in the datagram's.
    var end: Int { offset &+ length }

    /// The fragment that a packet is; nil for a whole packet. Of fragments in fragments it is the outermost.
    init?(of packet: Packet) {
        guard let index = packet.fragmentIndex, let network = packet.fragmentNetworkIndex(index) else { return nil }
        let layer = packet.layers[index]
        let carrier = NetworkNumber(packet, around: network)
        headerOffset = packet.layers[network].offset
        payloadOffset = layer.payloadOffset
        length = packet.payloadLength(at: index)
        // A receiver drops a packet that is shorter than its own length field.
        var isSound = length > 0 && packet.wireEnd(at: index) == layer.end
        if let header = packet.header(IPv4Header.self, at: index) {
            key = FragmentKey(
                network: carrier, source: .v4(header.source), destination: .v4(header.destination),
                identification: UInt32(header.identification), protocolNumber: header.protocolNumber.rawValue)
            headerLength = layer.headerLength
            offset = header.fragmentOffset
            isLast = !header.moreFragments
            nextHeaderOffset = 0
            nextHeader = 0
            // Segmentation offload, which leaves no length, makes no fragments.
            isSound = isSound && header.totalLength != 0
        } else if let header = packet.header(IPv6FragmentHeader.self, at: index),
            let base = packet.header(IPv6Header.self, at: network)
        {
            key = FragmentKey(
                network: carrier, source: .v6(base.source), destination: .v6(base.destination),
                identification: header.identification, protocolNumber: 0)
            headerLength = layer.offset &- headerOffset
            offset = header.fragmentOffset
            isLast = !header.moreFragments
            // Every extension header begins with it; the IPv6 header has it after version, flow and length.
            nextHeaderOffset = index == network &+ 1 ? 6 : packet.layers[index &- 1].offset &- headerOffset
            nextHeader = header.nextHeader.rawValue
        } else {
            return nil
        }
        // Only the last one's payload may end between two units of eight bytes.
        self.isSound = isSound && (isLast || length & 7 == 0)
    }
}

extension Packet {
    /// Whether the packet, or one that it carries, is a fragment: its transport is not there, or not all of it. What
    /// an ICMP error quotes does not count, and neither does an IPv6 packet that is its own only fragment.
    public var isFragment: Bool { fragmentIndex != nil }

    /// The outermost layer that says so: IPv4, or the IPv6 fragment header.
    @inline(__always)
    fileprivate var fragmentIndex: Int? { isPlainSegment ? nil : findFragment() }

    /// Whether it is a segment in one IP packet that is whole: most packets are.
    private var isPlainSegment: Bool {
        guard layers.count > 2, layers[2].kind == .tcp, !layers[2].traits.contains(.fragment) else { return false }
        return layers[0].kind == .ethernet && (layers[1].kind == .ipv4 || layers[1].kind == .ipv6)
    }

    @inline(never)
    private func findFragment() -> Int? {
        for index in layers.indices {
            let layer = layers[index]
            guard layer.kind == .ipv4 || layer.kind == .fragment, !layer.traits.contains(.quoted) else { continue }
            if header(IPv4Header.self, at: index)?.isFragment ?? false { return index }
            if header(IPv6FragmentHeader.self, at: index)?.isFragment ?? false { return index }
        }
        return nil
    }

    /// The network layer of fragment `index`; nil where an IPv6 fragment header comes after something else.
    fileprivate func fragmentNetworkIndex(_ index: Int) -> Int? {
        if layers[index].kind == .ipv4 { return index }
        guard let network = enclosingNetwork(of: index), layers[network].kind == .ipv6 else { return nil }
        for between in network &+ 1..<index where !layers[between].kind.isIPv6Extension { return nil }
        return network
    }
}
