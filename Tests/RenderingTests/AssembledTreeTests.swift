import Conversations
import PacketDecoding
import Testing

@testable import Rendering

/// A request in two segments: in the line, the tree and the JSON of the second.
@Suite struct AssembledTreeTests {
    private static let request = Array("GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n".utf8)

    private func segment(_ payload: ArraySlice<UInt8>, at offset: UInt8) -> [UInt8] {
        let header: [UInt8] = [4, 0, 0, 80, 0, 0, 0, offset, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0]
        return Frames.ethernet(0x800, Frames.ipv4(6, header + payload))
    }

    /// What `write` writes of the second segment.
    private func second(_ write: (Packet, AssembledMessage, inout ByteBuffer) -> Void) -> String {
        var assembler = MessageAssembler(seed: 1)
        var decoder = PacketDecoder()
        withPacket(segment(Self.request[..<12], at: 1), number: 3) { #expect(assembler.add($0) == nil) }
        return text { buffer in
            withPacket(segment(Self.request[12...], at: 13), number: 4) { packet in
                guard let part = assembler.add(packet) else { return }
                let whole = decoder.decode(
                    assembler.message, of: .tcp, application: nil, header: packet.frame.header)
                write(packet.segment, AssembledMessage(part, whole), &buffer)
            }
        }
    }

    @Test func theTree() {
        #expect(
            second { $2.assembledTree($1) } == """
                    reassembled from 2 segments, 38 bytes, the first in frame 3
                    http, offset 0, length 38
                        message: request
                        method: "GET"
                        target: "/a"
                        version: "HTTP/1.1"
                        host: "example.org"

                """)
    }

    @Test func theLine() {
        var options = SummaryOptions()
        options.time = TimeFormat(.none)
        var line = SummaryLine(options)
        #expect(
            second { line.write($0, message: $1, context: SummaryContext(), utcOffset: 0, to: &$2) }
                .hasSuffix(", length 26: HTTP GET /a, host example.org\n"))
        // The usual beginning of a line has a way of its own.
        var usual = SummaryLine(SummaryOptions())
        #expect(
            second { usual.write($0, message: $1, context: SummaryContext(), utcOffset: 0, to: &$2) }
                .hasSuffix(", length 26: HTTP GET /a, host example.org\n"))
    }

    @Test func theJSON() {
        #expect(
            second { $2.jsonRecord($0, message: $1) }.hasSuffix(
                #""payload_length":26},{"layer":"http","offset":0,"first_frame":3,"segment_count":2,"#
                    + #""message":"request","method":"GET","target":"/a","version":"HTTP/1.1","#
                    + #""host":"example.org"}]}"# + "\n"))
    }
}
