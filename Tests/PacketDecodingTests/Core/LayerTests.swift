import PacketDecoding
import Testing

@Suite struct LayerTests {
    @Test func `Lengths`() {
        let layer = Layer(.ipv4, at: 14, headerLength: 24, end: 100)
        #expect(layer.payloadOffset == 38)
        #expect(layer.statedPayloadLength == 62)
        #expect(layer.length == 86)
    }

    @Test func `An end within the header leaves no payload`() {
        let layer = Layer(.ipv4, at: 14, headerLength: 24, end: 20)
        #expect(layer.statedPayloadLength == 0)
        #expect(layer.length == 6)
        #expect(Layer(.ipv4, at: 14, headerLength: 24, end: 0).length == 0)
    }

    @Test func `Numbers that do not fit are clamped`() {
        let layer = Layer(.ipv4, at: -1, headerLength: .min, end: .max)
        #expect(layer.offset == 0)
        #expect(layer.headerLength == 0)
        #expect(layer.end == Int(UInt32.max))
    }

    @Test func `A layer is small`() { #expect(MemoryLayout<Layer>.stride == 16) }
}
