import Testing

@testable import PacketDecoding

@Suite struct NFLOGTests {
    /// The packet of a rule of group 42 with the prefix `in`: a datagram without payload.
    static func frame(isSwapped: Bool = true, family: UInt8 = 2) -> [UInt8] {
        func attribute(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
            let head = isSwapped ? [UInt8(4 + value.count), 0, type, 0] : [0, UInt8(4 + value.count), 0, type]
            return head + value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
        }
        return [family, 0, 0, 42] + attribute(10, Array("in\0".utf8)) + attribute(4, [0, 0, 0, 3])
            + attribute(9, hex("4500001c 00000000 40110000 0a000001 0a000002 9c412329 00080000"))
    }

    @Test(arguments: [true, false])
    func `the packet is found in either byte order`(isSwapped: Bool) {
        let frame = Self.frame(isSwapped: isSwapped)
        #expect(walk(frame, linkType: .nflog).kinds == [.nflog, .ipv4, .udp])
        #expect(walk(frame, linkType: .nflog).layers.map(\.offset) == [0, 24, 44])
        #expect(
            fields(of: .nflog, in: frame, linkType: .nflog)?.fields == [
                "family=2", "version=0", "resource_id=42", "prefix=in", "input_interface=3",
            ])
        #expect(summary(of: .nflog, in: frame, linkType: .nflog) == "NFLOG, IPv4, group 42")
    }

    @Test func `a family that is not decoded ends the walk`() {
        #expect(walk(Self.frame(family: 7), linkType: .nflog).kinds == [.nflog])
        #expect(walk([2, 0, 0, 42], linkType: .nflog).kinds == [.nflog])
    }

    /// Whatever lengths claim, nothing is read beyond the frame, and the walk ends.
    @Test func `lengths that lie`() {
        for length in 0...255 as ClosedRange<UInt8> {
            for isFirst in [true, false] {
                var frame = Self.frame()
                frame[isFirst ? 4 : 20] = length
                _ = walk(frame, linkType: .nflog).kinds
                _ = fields(of: .nflog, in: frame, linkType: .nflog)
            }
        }
        let frame = Self.frame()
        for count in 0..<frame.count {
            withPacket(Array(frame.prefix(count)), linkType: .nflog, wireLength: frame.count) { packet in
                let kinds = packet.walk.kinds
                #expect(count < 4 ? kinds.isEmpty : kinds.first == .nflog)
            }
        }
    }
}
