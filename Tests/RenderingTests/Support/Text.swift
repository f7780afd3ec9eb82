import PacketDecoding

@testable import Rendering

/// What `write` writes, as text.
func text(_ write: (inout ByteBuffer) -> Void) -> String {
    var buffer = ByteBuffer()
    write(&buffer)
    return buffer.text
}

extension ByteBuffer {
    var text: String { String(decoding: bytes.array, as: UTF8.self) }
}

extension RawSpan {
    var array: [UInt8] { (0..<byteCount).map { byte(at: $0) } }
}

/// The same random numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        // SplitMix64.
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
