import Conversations
import PacketDecoding
import Testing

/// What comes of fragments, in scripts.
@Suite struct IPReassemblerTests {
    struct Order: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let indices: [Int]

        init(_ name: String, _ indices: [Int]) {
            testDescription = name
            self.indices = indices
        }
    }

    @Test(
        arguments: [
            Order("in order", [0, 1, 2, 3, 4]),
            Order("reversed", [4, 3, 2, 1, 0]),
            Order("mixed", [3, 0, 4, 2, 1]),
            Order("each twice", [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
            Order("the middle again, late", [0, 1, 3, 1, 3, 4, 2]),
        ], [4, 6])
    func `a datagram is whole with its last missing fragment`(order: Order, version: Int) throws {
        let datagram = WholeDatagram(version: version, length: 3000)
        let pieces = datagram.pieces(of: 648)
        let (outcomes, statistics, pending) = play(order.indices.map { pieces[$0] })
        try #require(outcomes.count == 1)
        let whole = outcomes[0]
        #expect(whole.payload == datagram.payload)
        #expect(whole.fragmentCount == 5)
        #expect(whole.firstFrame == 1)
        #expect(!whole.hasConflict)
        let completing = order.testDescription == "each twice" ? 9 : order.indices.count
        #expect(whole.frame == completing)
        #expect(whole.timestamp == Timestamp(rawValue: Int64(completing - 1) * 1000))
        #expect(whole.linkType == datagram.linkType)
        #expect(whole.layers == [version == 4 ? .ipv4 : .ipv6, .udp])
        #expect(whole.wireLength == whole.bytes.count)
        #expect(whole.payloadLength == 3000)
        var expected = ReassemblyStatistics()
        expected.completed = 1
        #expect(statistics == expected)
        #expect(pending == 0)
    }

    @Test func `fragments of two VLANs are not put together`() {
        var (one, other) = (WholeDatagram(length: 40), WholeDatagram(length: 40))
        one.payload.replaceSubrange(8..<40, with: [UInt8](repeating: 1, count: 32))
        other.payload.replaceSubrange(8..<40, with: [UInt8](repeating: 2, count: 32))
        let (outcomes, statistics, pending) = play([
            one.piece(0, 16).tagged([10]), other.piece(0, 16).tagged([20]), other.piece(16, 40).tagged([20]),
            one.piece(16, 40).tagged([10]), one.piece(16, 40),
        ])
        #expect(outcomes.map(\.payload) == [other.payload, one.payload])
        #expect(statistics.conflicting == 0)
        #expect(pending == 1)
    }

    @Test(
        arguments: [
            Order("one byte of eight in both", [0, 24, 16, 40, 40, 100]),
            Order("one within another", [0, 40, 8, 24, 40, 100]),
            Order("one around others", [8, 24, 24, 40, 0, 48, 48, 100]),
            Order("the beginning of one, only shorter", [0, 40, 0, 16, 40, 100]),
            Order("the beginning of one, only longer", [0, 16, 0, 40, 40, 100]),
            Order("the end of one", [0, 40, 24, 40, 40, 100]),
            Order("two as one", [0, 16, 16, 40, 0, 40, 40, 100]),
            Order("over several blocks", [0, 1200, 400, 1200, 1200, 1300]),
        ], [4, 6])
    func `a receiver of IPv6 discards fragments that overlap`(order: Order, version: Int) throws {
        let end = order.indices.max() ?? 0
        let datagram = WholeDatagram(version: version, length: end)
        let pieces = stride(from: 0, to: order.indices.count, by: 2).map {
            datagram.piece(order.indices[$0], order.indices[$0 + 1])
        }
        let (outcomes, statistics, _) = play(pieces)
        #expect(outcomes.map(\.payload) == [datagram.payload])
        #expect(outcomes.map(\.hasOverlap) == [version == 6])
        #expect(statistics.overlapping == (version == 6 ? 1 : 0))
        #expect(statistics.conflicting == 0)
    }

    @Test(arguments: [[0, 0, 1, 2], [1, 1, 0, 2], [0, 2, 1], [2, 2, 1, 1, 0], [0, 1, 0, 1, 2]])
    func `the same fragment twice is no overlap`(indices: [Int]) {
        let datagram = WholeDatagram(version: 6, length: 1300)
        let pieces = datagram.pieces(of: 520)
        let (outcomes, statistics, _) = play(indices.map { pieces[$0] })
        #expect(outcomes.map(\.hasOverlap) == [false])
        #expect(statistics.overlapping == 0)
    }

    @Test func `the IPv4 header is that of the whole datagram`() throws {
        var datagram = WholeDatagram(length: 2000)
        datagram.options = [148, 4, 0, 0]
        let whole = try #require(play(datagram.pieces(of: 1480).reversed()).outcomes.first)
        #expect(whole.headerLength == 24)
        #expect(whole.bytes.prefix(10) == [0x46, 0, 0x07, 0xe8, 0, 7, 0, 0, 64, 17])
        #expect(whole.bytes[12..<24] == [192, 0, 2, 1, 192, 0, 2, 200, 148, 4, 0, 0])
        #expect(whole.headerChecksum == .good)
        #expect(whole.payload == datagram.payload)
    }

    @Test func `the reserved flag and "don't fragment" stay`() throws {
        let datagram = WholeDatagram(length: 24)
        var pieces = datagram.pieces(of: 16)
        for index in pieces.indices { pieces[index].bytes[6] |= 0xc0 }
        #expect(play(pieces).outcomes.first?.bytes[6] == 0xc0)
    }

    @Test func `IPv6 headers before the fragment header are kept, those after it come whole`() throws {
        var datagram = WholeDatagram(version: 6, length: 1000)
        // Hop-by-hop with padding, then routing type 0 without addresses, then fragments.
        datagram.firstExtension = 0
        datagram.extensions = [43, 0, 1, 4, 0, 0, 0, 0] + [44, 0, 0, 0, 0, 0, 0, 0]
        // The fragmentable part begins with destination options, padding only.
        datagram.protocolNumber = 60
        datagram.payload = [17, 0, 1, 4, 0, 0, 0, 0] + datagram.payload
        let whole = try #require(play(datagram.pieces(of: 400)).outcomes.first)
        #expect(whole.layers == [.ipv6, .hopByHop, .routing, .destinationOptions, .udp])
        #expect(whole.headerLength == 56)
        #expect(whole.bytes[4..<8] == [0x04, 0x00, 0, 64])
        #expect(whole.bytes[40..<56] == [43, 0, 1, 4, 0, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 0])
        #expect(whole.payload == datagram.payload)
    }

    @Test func `an IPv6 packet that is its own only fragment is nobody's business`() {
        let (outcomes, statistics, pending) = play([WholeDatagram(version: 6, length: 100).piece(0, 100)])
        #expect(outcomes.isEmpty)
        #expect(statistics == ReassemblyStatistics())
        #expect(pending == 0)
    }

    @Test(arguments: [4, 6])
    func `overlaps in the same bytes are harmless`(version: Int) throws {
        let datagram = WholeDatagram(version: version, length: 100)
        let (outcomes, statistics, _) = play([
            datagram.piece(0, 56), datagram.piece(40, 80), datagram.piece(64, 100),
        ])
        #expect(outcomes.map(\.payload) == [datagram.payload])
        #expect(outcomes.first?.fragmentCount == 3)
        #expect(outcomes.first?.hasConflict == false)
        #expect(statistics.conflicting == 0)
    }

    @Test(arguments: [4, 6])
    func `overlaps in other bytes are told, and the first bytes win`(version: Int) throws {
        let datagram = WholeDatagram(version: version, length: 100)
        var other = Array(datagram.payload[40..<80])
        // Within what came before, and beyond it.
        other[3] ^= 0xff
        other[30] ^= 0xff
        let (outcomes, statistics, _) = play([
            datagram.piece(0, 56), datagram.piece(40, 80, content: other), datagram.piece(64, 100),
        ])
        var expected = datagram.payload
        expected[70] ^= 0xff
        #expect(outcomes.map(\.payload) == [expected])
        #expect(outcomes.first?.hasConflict == true)
        #expect(statistics.conflicting == 1)
    }

    @Test func `the second copy of a last fragment begins nothing, a second datagram with its number does`() {
        let datagram = WholeDatagram(length: 100)
        let pieces = datagram.pieces(of: 56)
        var reassembler = IPReassembler(seed: 1)
        let outcomes = play([0, 0, 1, 1, 0, 1, 1, 1].map { pieces[$0] }, in: &reassembler)
        #expect(outcomes.map { $0 != nil } == [false, false, true, false, false, true, false, false])
        #expect(reassembler.pendingCount == 1)
    }

    struct Key: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let version: Int
        let joins: Bool
        let change: @Sendable (inout WholeDatagram) -> Void
    }

    @Test(arguments: [
        Key(testDescription: "another number", version: 4, joins: false) { $0.identification = 8 },
        Key(testDescription: "another number, high bits", version: 6, joins: false) { $0.identification = 0x10007 },
        Key(testDescription: "another sender", version: 4, joins: false) { $0.sender = 9 },
        Key(testDescription: "another sender, IPv6", version: 6, joins: false) { $0.sender = 9 },
        Key(testDescription: "another protocol", version: 4, joins: false) { $0.protocolNumber = 1 },
        Key(testDescription: "another protocol, which IPv6 ignores", version: 6, joins: true) {
            $0.protocolNumber = 60
        },
    ])
    func `a fragment joins those of its own datagram`(key: Key) {
        let first = WholeDatagram(version: key.version, length: 100)
        var second = first
        key.change(&second)
        let (outcomes, _, pending) = play([first.piece(0, 56), second.piece(56, 100)])
        #expect(outcomes.count == (key.joins ? 1 : 0))
        #expect(pending == (key.joins ? 0 : 2))
        if key.joins { #expect(outcomes.first?.layers == [.ipv6, .udp]) }
    }

    @Test func `fragments of two datagrams may come mixed`() {
        let one = WholeDatagram(length: 3000)
        var other = WholeDatagram(length: 2500)
        other.identification = 8
        let (a, b) = (one.pieces(of: 1480), other.pieces(of: 1480))
        let (outcomes, _, _) = play([a[0], b[1], a[2], b[0], a[1]])
        #expect(outcomes.map(\.payload) == [other.payload, one.payload])
        #expect(outcomes.map(\.firstFrame) == [2, 1])
    }

    @Test(arguments: [4, 6])
    func `fragments in a tunnel are put together`(version: Int) throws {
        let datagram = WholeDatagram(version: version, length: 500)
        let pieces = datagram.pieces(of: 248).map { inner in
            let outer = inner.tunnelled()
            return outer.piece(0, outer.payload.count)
        }
        let whole = try #require(play(pieces).outcomes.first)
        #expect(whole.linkType == datagram.linkType)
        #expect(whole.layers == [version == 4 ? .ipv4 : .ipv6, .udp])
        #expect(whole.payload == datagram.payload)
    }

    @Test func `fragments that a tunnel cut once more are put together twice`() throws {
        let datagram = WholeDatagram(length: 1000)
        var number: UInt16 = 50
        let pieces = datagram.pieces(of: 504).flatMap { inner in
            number += 1
            return inner.tunnelled(identification: number).pieces(of: 256)
        }
        var reassembler = IPReassembler(seed: 1)
        let outcomes = play(pieces.reversed(), in: &reassembler)
        #expect(outcomes.count == 6)
        // The first is a tunnel's packet that carries a fragment.
        let carrier = try #require(outcomes.compactMap { $0 }.first)
        #expect(carrier.isFragment)
        let whole = try #require(outcomes[5])
        #expect(!whole.isFragment)
        #expect(whole.payload == datagram.payload)
        #expect(reassembler.statistics.completed == 3)
        #expect(reassembler.pendingCount == 0)
    }

    @Test func `what an ICMP error quotes of a fragment is no fragment`() {
        let ends = (
            Endpoint(address: .v4(IPv4Address(192, 0, 2, 1)), port: 0),
            Endpoint(address: .v4(IPv4Address(192, 0, 2, 200)), port: 0)
        )
        var error = WholeDatagram(length: 100).piece(0, 56).quoted(from: ends.1, to: ends.0)
        error.layers = nil
        let (_, statistics, pending) = play([error])
        #expect(pending == 0)
        #expect(statistics == ReassemblyStatistics())
    }

    @Test func `where fragments were snapped the datagram is captured up to there`() throws {
        let datagram = WholeDatagram(length: 3000)
        var pieces = datagram.pieces(of: 1480)
        pieces[1] = pieces[1].snapped(to: 20 + 203)
        let whole = try #require(play([pieces[2], pieces[1], pieces[0]]).outcomes.first)
        #expect(whole.wireLength == 3020)
        #expect(whole.payloadLength == 3000)
        // Whole units of eight bytes are kept.
        #expect(whole.payload == Array(datagram.payload.prefix(1480 + 200)))
        #expect(whole.layers == [.ipv4, .udp])
    }

    /// Any fragments whatever, against a model that keeps single bytes.
    @Test(arguments: [4, 6]) func `random fragments make what a byte by byte model makes`(version: Int) {
        var random = SplitMix(state: UInt64(version))
        var completed = 0
        for round in 0..<400 {
            var datagram = WholeDatagram(version: version, length: Int.random(in: 8...1400, using: &random))
            datagram.identification = UInt32(round)
            var reassembler = IPReassembler(seed: 1)
            var model = ByteModel()
            for _ in 0..<60 {
                let start = Int.random(in: 0...datagram.payload.count / 8, using: &random) * 8
                let end = min(datagram.payload.count, start + Int.random(in: 1...100, using: &random) * 8)
                let more = end < datagram.payload.count || Int.random(in: 0..<20, using: &random) == 0
                // What has no other part is no fragment.
                guard start < end, more || start > 0 else { continue }
                var bytes = Array(datagram.payload[start..<end])
                if Int.random(in: 0..<8, using: &random) == 0 { bytes[bytes.count - 1] ^= 1 }
                let outcome = datagram.piece(start, end, more: more, content: bytes).reassemble(in: &reassembler)
                model.add(bytes, at: start, more: more)
                let isSame = outcome?.payload == model.whole
                #expect(isSame)
                if let outcome {
                    #expect(outcome.hasConflict == model.hasConflict)
                    completed += 1
                    break
                }
            }
        }
        #expect(completed > 100)
    }

    @Test func `damaged fragments stop nothing`() {
        var random = SplitMix(state: 3)
        var reassembler = IPReassembler(memoryLimit: 0, seed: 1)
        var pieces: [BuiltPacket] = []
        for version in [4, 6] {
            pieces += WholeDatagram(version: version, length: 2000).pieces(of: 304)
            pieces += WholeDatagram(version: version, length: 500).pieces(of: 248).flatMap {
                $0.tunnelled().pieces(of: 104)
            }
        }
        for _ in 0..<20_000 {
            var piece = pieces[Int.random(in: 0..<pieces.count, using: &random)]
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let header = min(piece.bytes.count, 64)
                piece.bytes[Int.random(in: 0..<header, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                piece = piece.snapped(to: Int.random(in: 0...piece.bytes.count, using: &random))
            }
            _ = piece.reassemble(in: &reassembler)
        }
        #expect(reassembler.statistics.completed > 0)
        #expect(reassembler.statistics.refusedFragments > 0)
    }
}

/// Reassembly as a child would do it: a box for every byte.
private struct ByteModel {
    private var bytes = [UInt8?](repeating: nil, count: 70_000)
    private var total: Int?
    private var highest = 0
    private(set) var hasConflict = false

    mutating func add(_ piece: [UInt8], at start: Int, more: Bool) {
        let end = start + piece.count
        if more && piece.count % 8 != 0 { return }
        if let total, more ? end > total : end != total { return }
        if !more && end < highest { return }
        if !more { total = end }
        highest = max(highest, end)
        for (index, byte) in piece.enumerated() {
            if let known = bytes[start + index] {
                if known != byte { hasConflict = true }
            } else {
                bytes[start + index] = byte
            }
        }
    }

    var whole: [UInt8]? {
        guard let total else { return nil }
        let known = bytes.prefix(total).compactMap { $0 }
        return known.count == total ? known : nil
    }
}
