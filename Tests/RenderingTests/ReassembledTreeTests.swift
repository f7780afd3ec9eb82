import Conversations
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct ReassembledTreeTests {
    /// The tree below the last of the fragments, which are the payloads at those offsets.
    private func tree(_ pieces: [(offset: Int, payload: [UInt8])], of length: Int) -> String {
        var reassembler = IPReassembler(seed: 1)
        var decoder = PacketDecoder()
        return text { buffer in
            for (offset, payload) in pieces {
                let more: UInt16 = offset + payload.count < length ? 0x2000 : 0
                withPacket(Frames.ethernet(0x800, Frames.ipv4(17, payload, fragment: more | UInt16(offset / 8)))) {
                    guard let whole = reassembler.add($0) else { return }
                    buffer.reassembledTree(whole, decoder.decode(whole.frame))
                }
            }
        }
    }

    @Test func theLayersAboveAreShown() {
        let datagram = Frames.udp([UInt8](repeating: 0x61, count: 20))
        #expect(
            tree([(16, Array(datagram[16...])), (0, Array(datagram[..<16]))], of: 28) == """
                    reassembled from 2 fragments, 28 bytes
                    udp, offset 20, length 8
                        source_port: 1234
                        destination_port: 5678
                        length: 28
                        checksum: 0x0000
                        checksum_status: not_present
                        payload_offset: 28
                        payload_length: 20

                """)
    }

    @Test func differingOverlapsAreTold() {
        let datagram = Frames.udp([UInt8](repeating: 0x61, count: 20))
        let other = [UInt8](repeating: 0x62, count: 16)
        #expect(
            tree([(0, Array(datagram[..<24])), (16, other)], of: 32).hasPrefix(
                "    reassembled from 2 fragments, 32 bytes, where they overlapped their bytes differed\n"))
    }
}
