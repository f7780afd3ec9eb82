import PacketDecoding
import Testing

@testable import Conversations

@Suite struct FragmentTests {
    private func fragment(_ packet: BuiltPacket) -> Fragment? { packet.decoded { Fragment(of: $0) } }

    @Test func `an IPv4 fragment lies where its header says`() throws {
        var datagram = WholeDatagram(length: 3000)
        datagram.options = [148, 4, 0, 0]
        let first = try #require(fragment(datagram.piece(0, 1480)))
        #expect(first.headerLength == 24 && first.payloadOffset == 24)
        #expect(first.offset == 0 && first.end == 1480 && !first.isLast && first.isSound)
        let last = try #require(fragment(datagram.piece(1480, 3000)))
        #expect(last.headerLength == 20)
        #expect(last.offset == 1480 && last.end == 3000 && last.isLast && last.isSound)
        #expect(last.key == first.key)
    }

    @Test func `an IPv6 fragment's header ends where the fragment header begins`() throws {
        var datagram = WholeDatagram(version: 6, length: 3000)
        let plain = try #require(fragment(datagram.piece(1448, 3000)))
        #expect(plain.headerLength == 40 && plain.payloadOffset == 48 && plain.nextHeaderOffset == 6)
        #expect(plain.offset == 1448 && plain.end == 3000 && plain.isLast && plain.nextHeader == 17)
        datagram.firstExtension = 0
        datagram.extensions = [60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0]
        let extended = try #require(fragment(datagram.piece(0, 1448)))
        #expect(extended.headerLength == 56 && extended.payloadOffset == 64 && extended.nextHeaderOffset == 48)
        #expect(extended.key == plain.key)
    }

    @Test func `whole packets are no fragments`() {
        for version in [4, 6] {
            let whole = WholeDatagram(version: version, length: 100).piece(0, 100)
            #expect(fragment(whole) == nil)
            #expect(!whole.decoded { $0.isFragment })
        }
    }

    @Test func `of fragments in fragments it is the outermost`() throws {
        let inner = WholeDatagram(version: 6, length: 1000).piece(0, 504)
        let outer = inner.tunnelled().piece(0, 256)
        #expect(outer.decoded { $0.isFragment })
        #expect(try #require(fragment(outer)).headerOffset == 0)
        let whole = inner.tunnelled()
        #expect(try #require(fragment(whole.piece(0, whole.payload.count))).headerOffset == 20)
    }

    /// The protocol number 44 in an IPv4 header: there is no IPv6 header whose addresses could name the datagram.
    @Test func `an IPv6 fragment header in IPv4 belongs to no datagram`() {
        var datagram = WholeDatagram(length: 100)
        datagram.protocolNumber = 44
        datagram.payload.replaceSubrange(0..<8, with: [17, 0, 0, 1, 0, 0, 0, 7])
        let packet = datagram.piece(0, 100)
        #expect(packet.decoded { $0.isFragment })
        #expect(fragment(packet) == nil)
    }
}
