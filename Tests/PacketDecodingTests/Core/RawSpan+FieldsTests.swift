import PacketDecoding
import Testing

@Suite struct RawSpanFieldsTests {
    static let bytes = hex("00 0102030405060708")

    @Test func `Numbers are big-endian and need no alignment`() {
        let span = unsafe Self.bytes.span.bytes
        #expect(span.byte(at: 1) == 0x01)
        #expect(span.uint16(at: 1) == 0x0102)
        #expect(span.uint32(at: 1) == 0x0102_0304)
        #expect(span.uint64(at: 1) == 0x0102_0304_0506_0708)
    }

    @Test(
        "Clipping never leaves the bytes",
        arguments: [
            (0, 9, 9), (2, 4, 2), (-5, 3, 3), (7, 100, 2), (4, 2, 0), (100, 200, 0), (.min, .max, 9), (.max, .min, 0),
        ])
    func clipped(start: Int, end: Int, count: Int) {
        let span = unsafe Self.bytes.span.bytes.clipped(from: start, to: end)
        #expect(span.byteCount == count)
        if count > 0 { #expect(span.byte(at: 0) == Self.bytes[max(0, start)]) }
    }

    @Test(
        "Text at an offset",
        arguments: [
            (0, true), (3, false), (8, false), (-1, false), (.max, false), (.min, false),
        ])
    func startsWith(offset: Int, isThere: Bool) {
        let bytes = Array("Welcome!".utf8)
        let found = unsafe bytes.span.bytes.starts(with: "Welcome!", at: offset)
        #expect(found == isThere)
    }

    @Test func `Text at the end and no text`() {
        let bytes = Array("Welcome!".utf8)
        let found = unsafe [
            bytes.span.bytes.starts(with: "come!", at: 3), bytes.span.bytes.starts(with: "come!!", at: 3),
            bytes.span.bytes.starts(with: "", at: 8), bytes.span.bytes.starts(with: "welcome!"),
        ]
        #expect(found == [true, false, true, false])
    }
}
