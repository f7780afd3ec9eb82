import PacketDecoding
import Testing

@Suite struct CRC32CTests {
    /// The check values of RFC 3720 section B.4 and of the polynomial.
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xe306_9283), ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
            ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43), ([], 0),
        ] as [([UInt8], UInt32)])
    func value(bytes: [UInt8], expected: UInt32) {
        var code = CRC32C()
        unsafe code.add(bytes.span.bytes)
        #expect(code.value == expected)
    }
}
