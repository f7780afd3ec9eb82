import PacketDecoding
import Testing

@Suite struct DecodeErrorTests {
    @Test(
        "In words",
        arguments: [
            (.truncated(needed: 20, captured: 7), "ipv4 at offset 14: needs 20 bytes, 7 captured"),
            (.tooShort(needed: 20, available: 7), "ipv4 at offset 14: needs 20 bytes, 7 there"),
            (.badLength(3), "ipv4 at offset 14: impossible length 3"),
            (.badVersion(5), "ipv4 at offset 14: impossible version 5"),
            (.badValue(9), "ipv4 at offset 14: impossible value 9"),
            (.tooDeep, "ipv4 at offset 14: more layers than are decoded"),
        ] as [(DecodeError.Reason, String)])
    func words(reason: DecodeError.Reason, words: String) {
        #expect(DecodeError(.ipv4, at: 14, reason).description == words)
        #expect(DecodeError(.ipv4, at: 14, reason).reason == reason)
    }

    @Test func `Numbers past its room stay the largest it has`() {
        let error = DecodeError(.ipv4, at: .max, .tooShort(needed: .max, available: -1))
        #expect(error.offset == Int(UInt32.max))
        #expect(error.reason == .tooShort(needed: Int(UInt32.max), available: 0))
        #expect(MemoryLayout<DecodeError>.size == 16)
    }
}
