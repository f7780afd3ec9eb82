import PacketDecoding
import Testing

@testable import Conversations

@Suite struct FragmentBlocksTests {
    /// The fragment, its payload, and a pool to put it in.
    private func withFragment(
        _ packet: BuiltPacket, _ body: (Fragment, RawSpan) throws -> Void
    ) throws {
        var result: Result<Void, any Error> = .success(())
        packet.decoded { decoded in
            guard let fragment = Fragment(of: decoded) else {
                Issue.record("no fragment")
                return
            }
            result = Result {
                try body(
                    fragment, decoded.frame.bytes.clipped(from: fragment.payloadOffset, to: .max))
            }
        }
        try result.get()
    }

    @Test(arguments: [(0, 8, 2), (0, 512, 2), (0, 520, 3), (504, 520, 3), (512, 1024, 2), (0, 65512, 129)])
    func `a fragment costs the blocks that it touches, and one for a header`(start: Int, end: Int, cost: Int) throws {
        try withFragment(WholeDatagram(length: 65515).piece(start, end)) { fragment, _ in
            #expect(FragmentBlocks.cost(of: fragment) == cost)
        }
    }

    @Test func `blocks that were given back are used again`() throws {
        var blocks = FragmentBlocks(capacity: 4)
        let datagram = WholeDatagram(length: 2000)
        for round in 0..<10 {
            // From the end, so that blocks are added before others.
            let start = round % 2 == 0 ? 1024 : 0
            try withFragment(datagram.piece(start, start + 512)) { fragment, payload in
                var partial = PartialDatagram(
                    fragment, FrameHeader(number: 1, timestamp: nil, wireLength: 0, linkType: .ipv4))
                blocks.add(fragment, payload, to: &partial)
                #expect(blocks.usedCount == 1)
                #expect(partial.unitCount == 64)
                blocks.release(partial)
            }
        }
        #expect(blocks.availableCount == 4)
    }
}
