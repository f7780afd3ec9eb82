import PacketDecoding
import Testing

@Suite struct SequenceNumberTests {
    @Test(
        "Distances are modulo 2^32",
        arguments: [
            (5, 3, 2), (3, 5, -2), (0, .max, 1), (.max, 0, -1), (0x7fff_ffff, 0, 0x7fff_ffff),
            (0x8000_0000, 0, -0x8000_0000), (7, 7, 0),
        ] as [(UInt32, UInt32, Int)])
    func distance(a: UInt32, b: UInt32, distance: Int) {
        #expect(SequenceNumber(a).distance(from: SequenceNumber(b)) == distance)
    }

    @Test func `Order crosses the wrap`() {
        let before = SequenceNumber(0xffff_fff0)
        let after = before + 0x20
        #expect(after.rawValue == 0x10)
        #expect(before < after)
        #expect(before <= after)
        #expect(after > before)
        #expect(after >= before)
        #expect(!(after < before))
        #expect(before <= before)
        #expect(before >= before)
        #expect(!(before < before))
        #expect(after + -0x20 == before)
    }
}
