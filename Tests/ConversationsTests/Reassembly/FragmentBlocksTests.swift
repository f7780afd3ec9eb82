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
        try withFragment(WholeDatagram(length: 65515).piece(start, end)) { fragment, payload in
            #expect(FragmentBlocks.cost(of: fragment, captured: payload.byteCount, in: nil) == cost)
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

    @Test(arguments: [(0, 65512, 3), (8, 65512, 3), (0, 1024, 2), (0, 1000, 2), (512, 65024, 2), (0, 65024, 2)])
    func `a long fragment that was captured short takes few blocks`(start: Int, end: Int, used: Int) throws {
        try withFragment(WholeDatagram(length: 65515).piece(start, end)) { fragment, payload in
            var blocks = FragmentBlocks(capacity: 130)
            var partial = PartialDatagram(
                fragment, FrameHeader(number: 1, timestamp: nil, wireLength: 0, linkType: .ipv4))
            let cost = FragmentBlocks.cost(of: fragment, captured: 20, in: nil)
            #expect(cost <= 4)
            blocks.add(fragment, payload.clipped(from: 0, to: 20), to: &partial)
            #expect(blocks.usedCount == used)
            #expect(used < cost)
            #expect(partial.unitCount == Int32((end - start + 7) / 8))
            blocks.release(partial)
            #expect(blocks.usedCount == 0)
        }
    }

    /// A datagram that is kept byte by byte.
    private struct Model {
        var received = [Bool](repeating: false, count: 8192)
        var captured = [UInt8?](repeating: nil, count: 65536)
        var hasConflict = false

        mutating func add(_ start: Int, _ end: Int, _ bytes: [UInt8], shown: Int) {
            for unit in start / 8..<(end + 7) / 8 {
                let (from, to) = (unit * 8, min(unit * 8 + 8, end))
                let isShown = to - start <= shown
                if !received[unit] {
                    received[unit] = true
                    if isShown { for place in from..<to { captured[place] = bytes[place - start] } }
                } else if isShown, captured[from] != nil {
                    let isSame = (from..<to).allSatisfy { captured[$0] == bytes[$0 - start] }
                    hasConflict = hasConflict || !isSame
                }
            }
        }

        /// Up to the first byte that is missing.
        var beginning: [UInt8] { captured.prefix { $0 != nil }.compactMap { $0 } }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `whatever was captured of which fragments, a datagram is as byte by byte`(seed: UInt64) throws {
        var numbers = seed
        func next(_ limit: Int) -> Int {
            numbers = numbers &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(numbers >> 33) % limit
        }
        let datagram = WholeDatagram(length: 65512)
        var blocks = FragmentBlocks(capacity: FragmentBlocks.maximumBlocks)
        var model = Model()
        var partial: PartialDatagram?
        // What all was captured of.
        var (wholeBlocks, whole): (FragmentBlocks, PartialDatagram?) = (FragmentBlocks(capacity: 130), nil)
        let reach = [120, 600, 8000][next(3)]
        for _ in 0..<40 {
            let start = next(reach) * 8
            let length = [8, 64, 512, 1024, 4096, 20_000][next(6)]
            let end = min(65512, start + length)
            let shown = [0, 5, 8, 20, 700, 65512][next(6)]
            var content = Array(datagram.payload[start..<end])
            if next(10) == 0 { content[next(content.count)] ^= 1 }
            model.add(start, end, content, shown: min(shown, content.count))
            try withFragment(datagram.piece(start, end, more: true, content: content)) { fragment, payload in
                var known =
                    partial
                    ?? PartialDatagram(
                        fragment, FrameHeader(number: 1, timestamp: nil, wireLength: 0, linkType: .ipv4))
                let before = blocks.usedCount
                let cost = FragmentBlocks.cost(of: fragment, captured: min(shown, content.count), in: partial)
                blocks.add(fragment, payload.clipped(from: 0, to: shown), to: &known)
                #expect(blocks.usedCount - before <= cost)
                #expect(cost <= FragmentBlocks.maximumBlocks - before)
                #expect(Int(known.blockCount) == blocks.usedCount)
                partial = known
                var other =
                    whole
                    ?? PartialDatagram(
                        fragment, FrameHeader(number: 1, timestamp: nil, wireLength: 0, linkType: .ipv4))
                wholeBlocks.add(fragment, payload, to: &other)
                whole = other
                #expect(known.hasOverlap == other.hasOverlap)
                #expect(known.fragmentCount == other.fragmentCount)
            }
        }
        var known = try #require(partial)
        #expect(Int(known.unitCount) == model.received.count { $0 })
        #expect(known.hasConflict == model.hasConflict)
        known.total = 65512
        var output: [UInt8] = []
        blocks.copy(known, to: &output)
        #expect(output == model.beginning)
        blocks.release(known)
        #expect(blocks.usedCount == 0)
    }
}
