import PacketDecoding
import Testing

@Suite struct ICMPExtensionsTests {
    /// Version 2, no checksum; an object of class 2, which is passed over; a stack of two labels.
    private static let structure: [UInt8] = [
        0x20, 0, 0, 0, 0, 8, 2, 1, 0, 0, 0, 0, 0, 12, 1, 1, 0x03, 0xe8, 0x00, 0xff, 0x03, 0xe8, 0x1b, 0x01,
    ]

    @Test func stack() {
        let stack = MPLSStack(inExtensions: unsafe Self.structure.span.bytes)
        #expect(stack.count == 2)
        #expect(stack[0].label == 16_000 && stack[0].timeToLive == 255 && !stack[0].isBottomOfStack)
        #expect(stack[1].label == 16_001 && stack[1].trafficClass == 5 && stack[1].isBottomOfStack)
    }

    @Test func checksumIsHeld() {
        var bytes = Self.structure
        var sum = InternetChecksum()
        sum.add(unsafe bytes.span.bytes)
        bytes[2] = UInt8(sum.complement >> 8)
        bytes[3] = UInt8(sum.complement & 0xff)
        #expect(MPLSStack(inExtensions: unsafe bytes.span.bytes).count == 2)
        bytes[20] ^= 1
        #expect(MPLSStack(inExtensions: unsafe bytes.span.bytes).count == 0)
    }

    @Test(arguments: 0..<24) func cut(count: Int) {
        #expect(MPLSStack(inExtensions: unsafe Array(structurePrefix(count)).span.bytes).count <= 1)
    }

    private func structurePrefix(_ count: Int) -> ArraySlice<UInt8> { Self.structure[..<count] }

    @Test(arguments: [(0, 0x10), (5, 0), (5, 3), (5, 200)] as [(Int, UInt8)])
    func refused(offset: Int, value: UInt8) {
        var bytes = Self.structure
        bytes[offset] = value
        #expect(MPLSStack(inExtensions: unsafe bytes.span.bytes).count == 0)
    }
}
