import PacketDecoding
import Testing

@testable import Conversations

/// What is refused, and what is given up.
@Suite struct FragmentTableTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let pieces: [BuiltPacket]
        let refused: Int
        let pending: Int
    }

    private static let datagram = WholeDatagram(length: 100)
    private static let datagram6 = WholeDatagram(version: 6, length: 100)
    private static let zeros = [UInt8](repeating: 0, count: 1000)

    private static func shortened(_ piece: BuiltPacket, by count: Int) -> BuiltPacket {
        var piece = piece
        piece.bytes.removeLast(count)
        return piece
    }

    private static func withoutLength(_ piece: BuiltPacket) -> BuiltPacket {
        var piece = piece
        piece.bytes.replaceSubrange(2..<4, with: [0, 0])
        return piece
    }

    @Test(arguments: [
        Attack(
            testDescription: "teardrop: the last one ends within the first",
            pieces: [
                datagram.piece(0, 40), datagram.piece(24, 28, more: false), datagram.piece(40, 56),
            ], refused: 1, pending: 1),
        Attack(
            testDescription: "ping of death: the last one ends beyond 65,535",
            pieces: [datagram.piece(65528, 66528, more: false, content: zeros)], refused: 1, pending: 0),
        Attack(
            testDescription: "ping of death over IPv6",
            pieces: [datagram6.piece(65528, 66528, more: false, content: zeros)], refused: 1, pending: 0),
        Attack(
            testDescription: "65,535 bytes, but for the header",
            pieces: [datagram.piece(65512, 65516, more: false, content: [0, 0, 0, 0])], refused: 1, pending: 0),
        Attack(
            testDescription: "as long as can be",
            pieces: [datagram.piece(65512, 65515, more: false, content: [0, 0, 0])], refused: 0, pending: 1),
        Attack(
            testDescription: "as long as can be over IPv6",
            pieces: [datagram6.piece(65528, 65535, more: false, content: [0, 0, 0, 0, 0, 0, 0])],
            refused: 0, pending: 1),
        Attack(
            testDescription: "no multiple of eight", pieces: [datagram.piece(0, 41), datagram6.piece(0, 41)],
            refused: 2, pending: 0),
        Attack(
            testDescription: "empty",
            pieces: [datagram.piece(0, 0), datagram.piece(16, 16, more: false)], refused: 2, pending: 0),
        Attack(
            testDescription: "beyond the last one",
            pieces: [datagram.piece(56, 100), datagram.piece(96, 104, more: true, content: Array(zeros.prefix(8)))],
            refused: 1, pending: 1),
        Attack(
            testDescription: "two ends",
            pieces: [datagram.piece(56, 100), datagram.piece(56, 88, more: false)], refused: 1, pending: 1),
        Attack(
            testDescription: "shorter than its length field", pieces: [shortened(datagram.piece(0, 56), by: 8)],
            refused: 1, pending: 0),
        Attack(
            testDescription: "without a length", pieces: [withoutLength(datagram.piece(0, 56))], refused: 1,
            pending: 0),
        Attack(
            testDescription: "without the first",
            pieces: [datagram.piece(40, 80), datagram.piece(80, 100)], refused: 0, pending: 1),
        Attack(
            testDescription: "without the last", pieces: [datagram.piece(0, 40), datagram.piece(40, 80)], refused: 0,
            pending: 1),
    ])
    func `nothing comes of`(attack: Attack) {
        let (outcomes, statistics, pending) = play(attack.pieces)
        #expect(outcomes.isEmpty)
        #expect(statistics.refusedFragments == attack.refused)
        #expect(pending == attack.pending)
    }

    @Test func `what was refused does no harm to the rest`() {
        let (outcomes, _, _) = play([
            Self.datagram.piece(0, 40), Self.datagram.piece(24, 28, more: false), Self.datagram.piece(40, 100),
        ])
        #expect(outcomes.map(\.payload) == [Self.datagram.payload])
    }

    @Test func `a first fragment's options may make the datagram too long`() {
        var datagram = WholeDatagram(length: 65515)
        datagram.options = [148, 4, 0, 0]
        var pieces = datagram.pieces(of: 8000)
        let (outcomes, statistics, pending) = play(pieces)
        #expect(outcomes.isEmpty)
        #expect(statistics.refusedFragments == 1)
        #expect(pending == 0)
        datagram.options = []
        pieces = datagram.pieces(of: 8000)
        #expect(play(pieces).outcomes.map(\.wireLength) == [65535])
    }

    @Test func `headers of more than a block are refused`() {
        var datagram = Self.datagram6
        datagram.firstExtension = 60
        datagram.extensions = [44, 58] + [UInt8](repeating: 0, count: 470)
        #expect(play([datagram.piece(0, 56), datagram.piece(56, 100)]).outcomes.first?.headerLength == 512)
        datagram.extensions = [44, 59] + [UInt8](repeating: 0, count: 478)
        #expect(play([datagram.piece(0, 56), datagram.piece(56, 100)]).statistics.refusedFragments == 2)
    }

    private func time(_ nanoseconds: Int64) -> Timestamp {
        Timestamp(rawValue: 1_700_000_000_000_000_000 + nanoseconds)
    }

    @Test(arguments: [(30_000_000_000, true), (30_000_000_001, false), (-5, true)])
    func `thirty seconds after its first fragment a datagram is given up`(age: Int64, isInTime: Bool) {
        var reassembler = IPReassembler(seed: 1)
        #expect(Self.datagram.piece(0, 56).reassemble(in: &reassembler, timestamp: time(0)) == nil)
        // A later one does not make it younger.
        #expect(Self.datagram.piece(0, 56).reassemble(in: &reassembler, timestamp: time(9_000_000_000)) == nil)
        let outcome = Self.datagram.piece(56, 100).reassemble(in: &reassembler, timestamp: time(age))
        #expect((outcome != nil) == isInTime)
        #expect(reassembler.statistics.timedOut == (isInTime ? 0 : 1))
        #expect(reassembler.pendingCount == (isInTime ? 0 : 1))
        #expect(reassembler.incompleteCount == (isInTime ? 0 : 2))
    }

    @Test func `a fragment of any datagram ends the time of others`() {
        var reassembler = IPReassembler(seed: 1)
        var other = Self.datagram
        other.identification = 8
        _ = Self.datagram.piece(0, 56).reassemble(in: &reassembler, timestamp: time(0))
        _ = other.piece(0, 56).reassemble(in: &reassembler, timestamp: time(31_000_000_000))
        #expect(reassembler.statistics.timedOut == 1)
        #expect(reassembler.pendingCount == 1)
    }

    @Test func `without times nothing is given up`() {
        var reassembler = IPReassembler(seed: 1)
        #expect(Self.datagram.piece(0, 56).reassemble(in: &reassembler) == nil)
        #expect(Self.datagram.piece(56, 100).reassemble(in: &reassembler, timestamp: time(0)) != nil)
    }

    @Test func `the oldest make room`() {
        // The least there is: room for one long datagram.
        var reassembler = IPReassembler(memoryLimit: 0, seed: 1)
        var datagram = WholeDatagram(length: 100)
        for number in 0..<200 {
            datagram.identification = UInt32(number)
            _ = datagram.piece(56, 100).reassemble(in: &reassembler)
        }
        // One block each, and a fragment is sure to find two.
        #expect(reassembler.pendingCount == 129)
        #expect(reassembler.statistics.evicted == 71)
        datagram.identification = 70
        #expect(datagram.piece(0, 56).reassemble(in: &reassembler) == nil)
        datagram.identification = 199
        #expect(datagram.piece(0, 56).reassemble(in: &reassembler)?.payload == datagram.payload)
        // A long one takes it all, and is whole all the same.
        var long = WholeDatagram(version: 6, length: 65535)
        long.identification = 1000
        let outcomes = play(long.pieces(of: 1448).reversed(), in: &reassembler)
        #expect(outcomes.last??.payload == long.payload)
        #expect(reassembler.pendingCount == 0 || reassembler.memoryInUse < 130 * 1000)
    }

    @Test func `what was given up for memory is counted once, however many fragments of it come`() {
        var reassembler = IPReassembler(memoryLimit: 0, seed: 1)
        var wholes = 0
        for start in stride(from: 0, to: 600, by: 200) {
            var datagram = WholeDatagram(length: 600)
            for number in 0..<300 {
                datagram.identification = UInt32(number)
                let piece = datagram.piece(start, start + 200)
                if piece.reassemble(in: &reassembler, timestamp: time(0)) != nil { wholes += 1 }
            }
        }
        #expect(reassembler.statistics.evicted + wholes + reassembler.pendingCount == 300)
        #expect(reassembler.statistics.evicted > 100 && wholes > 0)
        #expect(reassembler.incompleteCount == reassembler.pendingCount)
        // Once its time is over an identification is another datagram's.
        let datagram = WholeDatagram(length: 600)
        let pieces = datagram.pieces(of: 200)
        let later = pieces.map { $0.reassemble(in: &reassembler, timestamp: time(31_000_000_000)) }
        #expect(later.last??.payload == datagram.payload)
    }

    /// Bookkeeping included, by its own account; a run of the program measures the process.
    @Test func `half a million fragments without an end stay within 16 MiB`() {
        var reassembler = IPReassembler(seed: 1)
        var decoder = PacketDecoder()
        var bytes = WholeDatagram(version: 6, length: 100).piece(0, 8).bytes
        let header = FrameHeader(number: 1, timestamp: nil, wireLength: bytes.count, linkType: .ipv6)
        var most = 0
        for number in 0..<500_000 {
            bytes.replaceSubrange(44..<48, with: big(UInt32(number)))
            _ = unsafe reassembler.add(decoder.decode(Frame(bytes.span.bytes, header: header)))
            most = max(most, reassembler.memoryInUse)
        }
        #expect(most <= 16 << 20)
        #expect(most > 8 << 20)
        #expect(reassembler.statistics.evicted + reassembler.pendingCount == 500_000)
    }

    /// 64 KiB each by their own account, of which 28 bytes were captured.
    @Test func `fragments that were captured short take the memory of what was captured`() {
        var reassembler = IPReassembler(seed: 1)
        var datagram = WholeDatagram(length: 65515)
        for number in 0..<1000 {
            datagram.identification = UInt32(number)
            var piece = datagram.piece(0, 65000)
            piece.wireLength = piece.bytes.count
            piece.bytes.removeLast(piece.bytes.count - 48)
            #expect(piece.reassemble(in: &reassembler) == nil)
        }
        #expect(reassembler.pendingCount == 1000)
        #expect(reassembler.memoryInUse <= 1000 * (4 * FragmentBlocks.blockCost + FragmentTable.datagramCost))
        let outcome = datagram.piece(65000, 65515).reassemble(in: &reassembler)
        #expect(outcome?.payloadLength == 65515)
        #expect(outcome?.payload == Array(datagram.payload.prefix(24)))
    }

    @Test func `the account of memory covers what is kept`() {
        #expect(FragmentBlocks.bytesPerBlock == 64 * 8)
        #expect(FragmentBlocks.blockCost == 512 + 32)
        // State, 12 bytes in the queue, and entries of 8 bytes in an index that is a quarter full at worst.
        #expect(FragmentTable.datagramCost == MemoryLayout<PartialDatagram>.stride + 12 + 32)
        #expect(MemoryLayout<PartialDatagram>.stride <= 128)
    }
}
