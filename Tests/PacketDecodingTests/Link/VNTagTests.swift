import Testing

@testable import PacketDecoding

@Suite struct VNTagTests {
    /// A frame from virtual interface 12 to 300, then a datagram.
    static let frame: [UInt8] =
        hex("020000000002 020000000001 8926 812c 000c 0800")
        + hex("4500001c 00000000 40110000 0a000001 0a000002 9c412329 00080000")

    @Test func `the frame behind the tag is decoded`() {
        #expect(VNTag.size == 6)
        #expect(walk(Self.frame).kinds == [.ethernet, .vnTag, .ipv4, .udp])
        #expect(walk(Self.frame).layers.map(\.offset) == [0, 14, 20, 40])
        #expect(
            fields(of: .vnTag, in: Self.frame)?.fields == [
                "direction=to_interface", "destination_is_list=false", "destination=300", "looped=false", "version=0",
                "source=12", "ether_type=0x0800",
            ])
        #expect(summary(of: .vnTag, in: Self.frame) == "VN-Tag 12 > 300")
    }

    @Test func `a list of ports, and the way back`() {
        var frame = Self.frame
        frame.replaceSubrange(14..<18, with: hex("c12c 800c"))
        #expect(summary(of: .vnTag, in: frame) == "VN-Tag 12 > list 300, looped")
    }

    @Test(arguments: 0..<6)
    func `cut tags are faults`(_ count: Int) {
        withPacket(Array(Self.frame.prefix(14 + count)), wireLength: Self.frame.count) { packet in
            #expect(packet.walk.kinds == [.ethernet])
            #expect(packet.fault == DecodeError(.vnTag, at: 14, .truncated(needed: 6, captured: count)))
        }
    }
}
