/// The cyclic redundancy check of SCTP: the Castagnoli polynomial, bits reflected (RFC 9260 appendix A).
@frozen public struct CRC32C: BitwiseCopyable, Sendable {
    private var state: UInt32 = 0xffff_ffff

    public init() {}

    /// What a nibble contributes: the sixteen entries keep the table in one cache line.
    private static let table: InlineArray<16, UInt32> = [
        0x0000_0000, 0x105e_c76f, 0x20bd_8ede, 0x30e3_49b1, 0x417b_1dbc, 0x5125_dad3, 0x61c6_9362, 0x7198_540d,
        0x82f6_3b78, 0x92a8_fc17, 0xa24b_b5a6, 0xb215_72c9, 0xc38d_26c4, 0xd3d3_e1ab, 0xe330_a81a, 0xf36e_6f75,
    ]

    public mutating func add(_ byte: UInt8) {
        state ^= UInt32(byte)
        state = state >> 4 ^ Self.table[Int(state & 0x0f)]
        state = state >> 4 ^ Self.table[Int(state & 0x0f)]
    }

    public mutating func add(_ bytes: RawSpan) {
        for offset in 0..<bytes.byteCount { add(bytes.byte(at: offset)) }
    }

    public var value: UInt32 { ~state }
}
