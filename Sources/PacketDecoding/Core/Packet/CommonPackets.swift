// Nearly all packets are plain: Ethernet II, IP with nothing between it and TCP or UDP, and every header whole and
// sound. They are recognised in one look. The walk, layer by layer, would find the same: a test holds the two together.

/// Where a plain packet's transport header lies.
private struct PlainTransport: BitwiseCopyable {
    let kind: LayerKind
    /// Of the header's first byte, from the frame's start.
    let offset: Int
    /// Where the IP packet ends by its own length field; may lie beyond the captured bytes.
    let end: Int
}

extension PacketDecoder {
    /// Notes the layers of a plain packet, up to its transport.
    ///
    /// - Parameters:
    ///   - bytes: the frame's captured ones.
    ///   - wireLength: the frame's length on the wire, in bytes, less than 2^32.
    /// - Returns: what follows and where it is; nil where the packet is not plain: then nothing has been noted.
    @inline(__always)
    @_lifetime(copy bytes)
    mutating func decodePlain(_ bytes: RawSpan, wireLength: Int) -> PlainPayload? {
        let captured = min(bytes.byteCount, wireLength)
        // The least of them all: Ethernet, IPv4 and UDP without payload.
        guard captured >= 42 else { return nil }
        let network: Layer
        let transport: PlainTransport
        switch EtherType(rawValue: bytes.uint16(at: 12)) {
        case .ipv4:
            let header = bytes.header(IPv4Header.self, at: 14)
            guard header.hasPlainStart, !header.isFragment, header.totalLength >= IPv4Header.size,
                let kind = LayerKind(plain: header.protocolNumber)
            else { return nil }
            let end = 14 &+ header.totalLength
            network = Layer(.ipv4, within: 14, headerLength: IPv4Header.size, end: end)
            transport = PlainTransport(kind: kind, offset: 34, end: end)
        case .ipv6:
            guard captured >= 54 else { return nil }
            let header = bytes.header(IPv6Header.self, at: 14)
            guard header.version == 6, header.payloadLength > 0, let kind = LayerKind(plain: header.nextHeader) else {
                return nil
            }
            let end = 54 &+ header.payloadLength
            network = Layer(.ipv6, within: 14, headerLength: IPv6Header.size, end: end)
            transport = PlainTransport(kind: kind, offset: 54, end: end)
        default: return nil
        }
        return decodePlain(
            transport, over: network, bytes, captured: min(captured, transport.end), wireLength: wireLength)
    }

    @inline(__always)
    @_lifetime(copy bytes)
    private mutating func decodePlain(
        _ transport: PlainTransport, over network: Layer, _ bytes: RawSpan, captured: Int, wireLength: Int
    ) -> PlainPayload? {
        let available = captured &- transport.offset
        let ports: (source: UInt16, destination: UInt16)
        let headerLength, end: Int
        if transport.kind == .tcp {
            guard available >= TCPHeader.size else { return nil }
            let header = bytes.header(TCPHeader.self, at: transport.offset)
            headerLength = header.headerLength
            guard headerLength >= TCPHeader.size, headerLength <= available else { return nil }
            ports = (header.sourcePort, header.destinationPort)
            end = transport.end
        } else {
            guard available >= UDPHeader.size else { return nil }
            let header = bytes.header(UDPHeader.self, at: transport.offset)
            headerLength = UDPHeader.size
            guard header.length >= headerLength else { return nil }
            ports = (header.sourcePort, header.destinationPort)
            end = transport.offset &+ header.length
        }
        note(
            Layer(.ethernet, within: 0, headerLength: EthernetHeader.size, end: wireLength), network,
            Layer(transport.kind, within: transport.offset, headerLength: headerLength, end: end))
        let cursor = Cursor(
            bytes, at: transport.offset &+ headerLength, end: min(end, transport.end), limit: min(captured, end))
        return PlainPayload(
            kind: payload(
                of: transport.kind, sourcePort: ports.source, destinationPort: ports.destination, at: cursor),
            cursor: cursor)
    }
}

/// What follows the transport header of a plain packet.
struct PlainPayload: ~Escapable, BitwiseCopyable {
    /// Nil where nothing is decoded any more.
    let kind: LayerKind?
    let cursor: Cursor

    @_lifetime(copy cursor)
    init(kind: LayerKind?, cursor: Cursor) {
        self.kind = kind
        self.cursor = cursor
    }
}

extension LayerKind {
    @inline(__always)
    fileprivate init?(plain protocolNumber: IPProtocol) {
        switch protocolNumber {
        case .tcp: self = .tcp
        case .udp: self = .udp
        default: return nil
        }
    }
}

extension IPv4Header {
    /// Whether it is of version 4 and has no options.
    fileprivate var hasPlainStart: Bool { rawVersionAndLength == 0x45 }
}
