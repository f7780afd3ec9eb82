import PacketDecoding
import Testing

@Suite struct IPv6ExtensionsTests {
    /// Every kind of extension header with a length field, in a chain, and its shortest form.
    static let chain: [(number: UInt8, kind: LayerKind, header: [UInt8])] = [
        (0, .hopByHop, hex("00 00 0104 00000000")),
        (60, .destinationOptions, hex("00 00 0104 00000000")),
        (43, .routing, hex("00 00 0000 00000000")),
        (51, .authentication, hex("00 01 0000 00000100 00000001")),
        (135, .mobility, hex("00 00 00 00 0000 0000")),
        (139, .hostIdentity, hex("00 04 01 21 0000 0000") + [UInt8](repeating: 0, count: 32)),
        (140, .shim6, hex("00 00 8000 00000007")),
    ]

    static let packet = ipv6Packet(
        chain[0].number,
        zip(chain, chain.dropFirst().map(\.number) + [17]).flatMap { [$1] + $0.header.dropFirst() } + udpDatagram)

    @Test func `A chain of all of them leads on to the transport`() {
        let found = walk(Self.packet, linkType: .raw)
        #expect(found.fault == nil)
        #expect(found.kinds == [.ipv6] + Self.chain.map(\.kind) + [.udp])
        #expect(found.layers.dropFirst().dropLast().map(\.headerLength) == Self.chain.map(\.header.count))
    }

    @Test func `Every truncation`() { expectEveryTruncationHolds(Self.packet, linkType: .raw) }

    @Test(arguments: chain.map { ($0.number, $0.kind, $0.header) })
    func `A length beyond the packet is refused`(number: UInt8, kind: LayerKind, header: [UInt8]) {
        var header = header
        header[1] = 255
        let needed = kind == .authentication ? 257 * 4 : 2048
        let packet = ipv6Packet(number, header + udpDatagram)
        #expect(
            exercise(packet, linkType: .raw)
                == Walk(
                    layers: [Layer(.ipv6, at: 0, headerLength: 40, end: packet.count)],
                    fault: DecodeError(kind, at: 40, .tooShort(needed: needed, available: header.count + 12))))
    }

    @Test(arguments: chain.map { ($0.number, $0.kind, $0.header) })
    func `The two common fields come first`(number: UInt8, kind: LayerKind, header: [UInt8]) {
        let packet = ipv6Packet(number, [59] + header.dropFirst())
        let fields = fields(of: kind, in: packet, linkType: .raw)
        #expect(fields?.fields.prefix(2) == ["next_header=59", "header_length=\(header.count)"])
        #expect(fields?.meanings["next_header"] == "none")
    }

    @Test func `A packet of nothing but extension headers ends at the limit`() {
        let header = hex("3c00 0104 00000000")
        let found = exercise(
            ipv6Packet(60, Array(repeatElement(header, count: 300).joined())), linkType: .raw)
        #expect(found.layers.count == PacketDecoder.maximumLayers)
        #expect(found.fault?.reason == .tooDeep)
    }

    @Test(arguments: LayerKind.allCases)
    func `A kind is an extension when the chain goes on through it`(kind: LayerKind) {
        let isInChain = Self.chain.contains { $0.kind == kind } || kind == .fragment
        #expect(kind.isIPv6Extension == isInChain)
    }
}
