import PacketDecoding
import Testing

@testable import Conversations

/// What tells networks apart, and what does not.
@Suite struct NetworkNumberTests {
    private static let inner = Scene().built(Scene().client.syn)
    private static let back = Scene().built(Scene().server.synAck)

    private func number(_ packet: BuiltPacket) -> NetworkNumber {
        packet.decoded { packet in
            guard let index = packet.innermostTransport(quoted: false) else { return .plain }
            return NetworkNumber(packet, around: TransportPlace(packet, at: index).network)
        }
    }

    @Test func `a priority tag, a label and a cooked header are no network`() {
        let mpls = BuiltPacket(
            [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0x47, 0, 1, 1, 64] + Self.inner.bytes, linkType: .ethernet)
        let cooked = BuiltPacket(
            [0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0] + Self.inner.bytes, linkType: .linuxSLL)
        for packet in [Self.inner, Self.inner.tagged([]), Self.inner.tagged([0]), mpls, cooked] {
            #expect(number(packet).isPlain)
        }
    }

    @Test func `each VLAN, stack of VLANs and PPPoE session is one, the same both ways`() {
        let sessions = [7, 8].map { session in
            BuiltPacket(
                [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0x64, 0x11, 0, 0, session]
                    + big(UInt16(Self.inner.bytes.count + 2)) + [0, 0x21] + Self.inner.bytes, linkType: .ethernet)
        }
        let stacks: [[UInt16]] = [[10], [20], [10, 20], [20, 10], [4095]]
        let numbers = (stacks.map { Self.inner.tagged($0) } + sessions).map(number)
        #expect(Set(numbers + [.plain]).count == 8)
        for (stack, number) in zip(stacks, numbers) { #expect(self.number(Self.back.tagged(stack)) == number) }
        #expect(number(Self.inner.tagged([0, 10])) == numbers[0])
    }

    @Test func `a VLAN around a tunnel, and one in it, count both`() {
        let tunnelled = Self.inner.tunnelled()
        let outer = tunnelled.piece(0, tunnelled.payload.count)
        let numbers = [outer, outer.tagged([10]), outer.tagged([20]), Self.inner.tagged([10])].map(number)
        #expect(Set(numbers + [.plain]).count == 5)
    }

    @Test func `a datagram put together is in the network of its fragments, in a tunnel too`() throws {
        let large = BuiltPacket(
            udpFrom: Scene().clientEnd, to: Scene().serverEnd, payload: [UInt8](repeating: 1, count: 300))
        let tunnelled = large.tunnelled()
        let whole = tunnelled.piece(0, tunnelled.payload.count).tagged([10])
        var reassembler = IPReassembler(seed: 1)
        var found: NetworkNumber?
        for piece in tunnelled.pieces(of: 104) {
            piece.tagged([10]).decoded { packet in
                guard let whole = reassembler.add(packet) else { return }
                var decoder = PacketDecoder()
                let packet = decoder.decode(whole.frame)
                found = packet.innermostTransport(quoted: false).map {
                    NetworkNumber(packet, around: TransportPlace(packet, at: $0).network)
                }
            }
        }
        #expect(found == number(whole))
    }
}
