import Testing

@testable import PacketDecoding

@Suite struct CommonPacketsTests {
    static let frames = [
        ethernetFrame(0x0800, ipv4(.tcp, tcp(payload: "GET / HTTP/1.1\r\n\r\n"))),
        ethernetFrame(0x0800, ipv4(.tcp, tcp(.syn, options: "020405b4"))),
        ethernetFrame(0x0800, ipv4(.udp, udp("abcd"))),
        ethernetFrame(0x0800, ipv4(.udp, udp("", port: 53))),
        ethernetFrame(0x0800, ipv4(.udp, udp("Welcome!", port: 9999))),
        ethernetFrame(0x0800, ipv4(.udp, udp("abcdefgh", port: 4789))),
        ethernetFrame(0x86dd, ipv6(.tcp, tcp(payload: "x"))),
        ethernetFrame(0x86dd, ipv6(.udp, udp("abcd"))),
    ]

    /// Whether one look suffices.
    private func isPlain(_ bytes: [UInt8]) -> Bool {
        var decoder = PacketDecoder()
        return unsafe decoder.decodePlain(bytes.span.bytes, wireLength: bytes.count) != nil
    }

    @Test(arguments: frames)
    func `One look suffices, and the walk finds the same`(frame: [UInt8]) {
        #expect(isPlain(frame))
        #expect(walk(frame) == walkLayerByLayer(frame))
    }

    @Test(arguments: frames)
    func `Padding, snapping and lengths of any kind`(frame: [UInt8]) {
        for wireLength in [frame.count - 1, frame.count, frame.count + 700] {
            for count in 0...frame.count {
                let cut = Array(frame[..<count])
                #expect(walk(cut, wireLength: wireLength) == walkLayerByLayer(cut, wireLength: wireLength))
            }
            let padded = frame + [0, 0, 0, 0]
            #expect(walk(padded, wireLength: wireLength) == walkLayerByLayer(padded, wireLength: wireLength))
        }
    }

    @Test(arguments: frames)
    func `Changed headers`(frame: [UInt8]) {
        var generator = SplitMix(state: UInt64(frame.count))
        var plain = 0
        for _ in 0..<3000 {
            var bytes = frame
            for _ in 0...(generator.next() % 3) {
                bytes[12 + Int(generator.next() % UInt64(bytes.count - 12))] = UInt8(
                    truncatingIfNeeded: generator.next() >> (generator.next() % 8))
            }
            if isPlain(bytes) { plain += 1 }
            #expect(walk(bytes) == walkLayerByLayer(bytes))
        }
        #expect(plain > 300 && plain < 2900)
    }

    @Test func `Neither fragments nor options nor tags are plain`() {
        let segment = tcp(payload: "x")
        #expect(!isPlain(ethernetFrame(0x0800, ipv4(.tcp, segment, fragment: 0x2000))))
        #expect(!isPlain(ethernetFrame(0x0800, ipv4Packet(6, segment, options: [1, 1, 1, 0]))))
        #expect(!isPlain(ethernetFrame(0x8100, [0, 1, 8, 0] + ipv4(.tcp, segment))))
        #expect(!isPlain(ethernetFrame(0x86dd, ipv6(.hopByHop, [6, 0, 1, 4, 0, 0, 0, 0] + segment))))
        #expect(!isPlain(ethernetFrame(0x0800, ipv4(.tcp, tcp(dataOffset: 4)))))
        #expect(!isPlain(ethernetFrame(0x0800, ipv4(.udp, udp("abcd", length: 7)))))
    }
}
