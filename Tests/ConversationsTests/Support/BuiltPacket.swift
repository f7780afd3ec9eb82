import Conversations
import PacketDecoding
import Testing

/// A packet made for a test: bytes from the IP header on, and its layers where the decoder is not to find them.
struct BuiltPacket {
    var bytes: [UInt8] = []
    /// In place of the decoder's, for what it need not know yet.
    var layers: [Layer]?
    var linkType: LinkType
    /// Length on the wire; nil is all of it captured.
    var wireLength: Int?
    /// Where an IPv4 identification lies that the frame's number becomes, as a sender counts up; nil for none.
    private var identificationOffset: Int?
    /// In place of the frame's number.
    var identification: UInt16?

    init(
        tcpFrom from: Endpoint, to: Endpoint, flags: TCPFlags, sequence: UInt32, acknowledgment: UInt32 = 0,
        window: UInt16 = 65535, options: [UInt8] = [], payload: [UInt8] = []
    ) {
        let header =
            big(from.port) + big(to.port) + big(sequence) + big(acknowledgment)
            + big(UInt16(5 + options.count / 4) << 12 | flags.rawValue) + big(window) + [0, 0, 0, 0]
        self.init(from: from, to: to, protocolNumber: 6, content: header + options + payload)
    }

    init(udpFrom from: Endpoint, to: Endpoint, payload: [UInt8], length: Int? = nil, moreFragments: Bool = false) {
        let header = big(from.port) + big(to.port) + big(UInt16(length ?? payload.count + 8)) + [0, 0]
        self.init(
            from: from, to: to, protocolNumber: 17, content: header + payload, moreFragments: moreFragments)
    }

    init(_ bytes: [UInt8], linkType: LinkType) {
        self.bytes = bytes
        self.linkType = linkType
    }

    private init(
        from: Endpoint, to: Endpoint, protocolNumber: UInt8, content: [UInt8], moreFragments: Bool = false
    ) {
        switch (from.address, to.address) {
        case (.v4(let source), .v4(let destination)):
            linkType = .ipv4
            bytes = [0x45, 0] + big(UInt16(20 + content.count)) + [0, 1]
            bytes += [moreFragments ? 0x20 : 0, 0, 64, protocolNumber, 0, 0]
            bytes += big(source.rawValue) + big(destination.rawValue)
            identificationOffset = 4
        case (.v6(let source), .v6(let destination)):
            linkType = .ipv6
            bytes = [0x60, 0, 0, 0] + big(UInt16(content.count)) + [protocolNumber, 64]
            bytes += big(source.high) + big(source.low) + big(destination.high) + big(destination.low)
        default:
            preconditionFailure("ends of two IP versions")
        }
        bytes += content
    }

    /// An ICMP error from `from` to `to` that quotes this packet's IP header and 8 bytes more.
    func quoted(from: Endpoint, to: Endpoint) -> BuiltPacket {
        let isV4 = linkType == .ipv4
        let network = isV4 ? 20 : 40
        let quote = Array(bytes.prefix(network + 8))
        var error = BuiltPacket(
            from: from, to: to, protocolNumber: isV4 ? 1 : 58,
            content: [isV4 ? 3 : 1, isV4 ? 3 : 4, 0, 0, 0, 0, 0, 0] + quote)
        let kind: LayerKind = isV4 ? .ipv4 : .ipv6
        let end = error.bytes.count
        error.layers = [
            Layer(kind, at: 0, headerLength: network, end: end),
            Layer(isV4 ? .icmp : .icmpv6, at: network, headerLength: 8, end: end),
            Layer(kind, at: network + 8, headerLength: network, end: end, traits: .quoted),
            Layer(
                bytes[isV4 ? 9 : 6] == 6 ? .tcp : .udp, at: 2 * network + 8, headerLength: 8, end: end,
                traits: [.quoted, .partial]),
        ]
        return error
    }

    /// Only the first `count` bytes were captured.
    func snapped(to count: Int) -> BuiltPacket {
        var packet = self
        packet.wireLength = bytes.count
        packet.bytes = Array(bytes.prefix(count))
        return packet
    }

    /// Hands the packet to `body`, decoded.
    func decoded<Result>(
        number: Int = 1, timestamp: Timestamp? = nil, interface: UInt32? = nil, _ body: (Packet) -> Result
    ) -> Result {
        let header = FrameHeader(
            number: number, timestamp: timestamp, wireLength: wireLength ?? bytes.count, linkType: linkType,
            interface: interface)
        var bytes = bytes
        if let offset = identificationOffset {
            bytes.replaceSubrange(offset..<offset + 2, with: big(identification ?? UInt16(truncatingIfNeeded: number)))
        }
        let frame = unsafe Frame(bytes.span.bytes, header: header)
        if let layers { return body(Packet(frame: frame, layers: layers.span, fault: nil)) }
        var decoder = PacketDecoder()
        return body(decoder.decode(frame))
    }

    func observe(
        in table: inout ConversationTable, number: Int = 1, timestamp: Timestamp? = nil
    ) -> ConversationStep? {
        decoded(number: number, timestamp: timestamp) { table.observe($0) }
    }

    /// The step that the packet must be.
    func step(
        in table: inout ConversationTable, number: Int = 1, timestamp: Timestamp? = nil
    ) throws -> ConversationStep {
        let step = observe(in: &table, number: number, timestamp: timestamp)
        return try #require(step)
    }

    /// Counts it in a table that is asked for no step.
    func count(in table: inout ConversationTable, number: Int, timestamp: Timestamp?) {
        decoded(number: number, timestamp: timestamp) { table.count($0) }
    }
}

/// In network order.
func big<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Value(Value.bitWidth - 8 - $0 * 8)) }
}

extension BuiltPacket {
    /// The packet in an Ethernet frame, with 802.1Q tags, the outermost first.
    func tagged(_ vlans: [UInt16]) -> BuiltPacket {
        var frame = self
        frame.linkType = .ethernet
        frame.bytes = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1] + vlans.flatMap { [0x81, 0] + big($0) }
        frame.bytes += linkType == .ipv4 ? [8, 0] : [0x86, 0xdd]
        frame.bytes += bytes
        frame.wireLength = wireLength.map { $0 + frame.bytes.count - bytes.count }
        frame.identificationOffset = identificationOffset.map { $0 + frame.bytes.count - bytes.count }
        return frame
    }
}
