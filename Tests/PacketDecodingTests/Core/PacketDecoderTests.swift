import PacketDecoding
import Testing

@Suite struct PacketDecoderTests {
    static let udp = ethernetFrame(0x0800, ipv4Packet(17, udpDatagram))

    @Test func `An unknown link type has no layers and no fault`() {
        #expect(walk(Self.udp, linkType: LinkType(rawValue: 147)) == Walk(layers: []))
    }

    @Test func `Nothing of one packet stays for the next`() {
        var decoder = PacketDecoder()
        func decode(_ bytes: [UInt8]) -> Walk {
            let header = FrameHeader(number: 1, timestamp: nil, wireLength: bytes.count, linkType: .ethernet)
            return unsafe decoder.decode(Frame(bytes.span.bytes, header: header)).walk
        }
        let first = decode(Self.udp)
        #expect(
            decode(ethernetFrame(0x0800, ipv4Packet(17, udpDatagram, fragment: 0x2000))).layers.last?.traits
                == .fragment)
        #expect(decode(ethernetFrame(0x0800, [0x50])).fault != nil)
        #expect(decode(Self.udp) == first)
        #expect(first.fault == nil)
    }

    /// Random bytes behind every way into the decoders: nothing traps, and a walk ends within its bounds.
    @Test(arguments: [
        LinkType.ethernet, .null, .loop, .raw, .linuxSLL, .linuxSLL2,
    ])
    func `Random frames`(linkType: LinkType) {
        var generator = SplitMix(state: UInt64(linkType.rawValue))
        // Numbers that lead somewhere come up often enough to get past the first headers.
        let likely = hex("00 01 04 06 11 29 2b 2c 32 33 3a 3c 87 8b 8c 45 46 60 08 00 86 dd 81 00 88 a8 aa aa 03 ff")
        for _ in 0..<3000 {
            let count = Int(generator.next() % 160)
            let bytes = (0..<count).map { _ in
                let roll = generator.next()
                return roll & 3 == 0 ? UInt8(truncatingIfNeeded: roll >> 8) : likely[Int(roll >> 8) % likely.count]
            }
            let wireLength = count + Int(generator.next() % 3) * 700
            let found = exercise(bytes, linkType: linkType, wireLength: wireLength)
            #expect(found.layers.count <= PacketDecoder.maximumLayers)
            #expect(found.layers.allSatisfy { $0.traits.contains(.partial) || $0.payloadOffset <= count })
        }
    }

    /// Sound packets with a few bytes changed.
    @Test(arguments: [
        udp, ethernetFrame(0x86dd, IPv6ExtensionsTests.packet), IPv6OptionsTests.report, ARPTests.request,
        VLANTests.stacked, LLCTests.snap, ethernetFrame(0x86dd, IPv6RoutingTests.routes[5].packet),
        ethernetFrame(0x86dd, IPv6RoutingTests.routes[7].packet),
    ])
    func `Changed frames`(frame: [UInt8]) {
        var generator = SplitMix(state: UInt64(frame.count))
        for _ in 0..<2000 {
            var bytes = frame
            for _ in 0...(generator.next() % 4) {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            let found = exercise(bytes)
            #expect(found.layers.allSatisfy { $0.traits.contains(.partial) || $0.payloadOffset <= bytes.count })
        }
    }
}

/// A small random number generator that gives the same numbers on every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
