import Testing

@testable import PacketDecoding

@Suite struct FabricPathTests {
    /// A frame to switch 2570 in tree 256 with 32 hops left, which carries ARP between two hosts.
    static let frame: [UInt8] =
        [0x02, 0x0a, 0xbd, 0, 0, 0, 0x02, 0x0a, 0xbc, 0, 0, 0, 0x89, 0x03, 0x40, 0x20]
        + [0, 0x50, 0x56, 0x83, 0x5d, 0x58, 0, 0x50, 0x56, 0x83, 0x8e, 0xf3, 0x88, 0xb5, 1, 2, 3]

    @Test func layout() {
        #expect(FabricPathHeader.size == 16)
    }

    @Test func theFrameInsideIsDecoded() {
        withPacket(Self.frame) { packet in
            let walk = packet.walk
            #expect(walk.kinds == [.fabricPath, .ethernet])
            #expect(walk.layers.last?.offset == 16)
            var sink = RecordingFieldSink()
            packet.describe(0, to: &sink)
            #expect(
                sink.fields == [
                    "destination=02:0a:bd:00:00:00", "source=02:0a:bc:00:00:00", "forwarding_tag=256", "ttl=32",
                ])
        }
    }

    @Test(arguments: 14..<16)
    func cutFramesAreFaults(_ count: Int) {
        withPacket(Array(Self.frame.prefix(count)), wireLength: Self.frame.count) { packet in
            #expect(packet.walk.layers.isEmpty)
            #expect(packet.fault == DecodeError(.fabricPath, at: 0, .truncated(needed: 16, captured: count)))
        }
    }

    @Test func summary() {
        withPacket(Self.frame) { packet in
            var sink = StringSink()
            packet.summarize(0, context: SummaryContext(), to: &sink)
            #expect(sink.text == "FabricPath, tag 256, ttl 32")
        }
    }
}
