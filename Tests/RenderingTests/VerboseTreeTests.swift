import Conversations
import PacketDecoding
import Testing

@testable import Rendering

@Suite struct VerboseTreeTests {
    static let frame = Frames.ethernet(0x800, Frames.ipv4(17, Frames.udp([0x61])))

    @Test func everyFieldHasALine() {
        let tree = text { buffer in withPacket(Self.frame) { buffer.verboseTree($0) } }
        #expect(
            tree == """
                    ethernet, offset 0, length 14
                        destination: 02:00:00:00:00:02
                        source: 02:00:00:00:00:01
                        ether_type: 0x0800 (IPv4)
                    ipv4, offset 14, length 20
                        version: 4
                        header_length: 20
                        dscp: 0 (CS0, default)
                        ecn: 0 (not ECN-capable)
                        total_length: 29
                        identification: 1
                        flags: none
                        fragment_offset: 0
                        ttl: 64
                        protocol: 17 (UDP)
                        checksum: 0x0000
                        checksum_status: bad
                        source: 10.0.0.1
                        destination: 10.0.0.2
                    udp, offset 34, length 8
                        source_port: 1234
                        destination_port: 5678
                        length: 9
                        checksum: 0x0000
                        checksum_status: not_present
                        payload_offset: 42
                        payload_length: 1

                """)
    }

    @Test func veryVerboseAddsTheBytes() {
        let tree = text { buffer in withPacket(Self.frame) { buffer.verboseTree($0, showsBytes: true) } }
        #expect(
            tree.contains(
                "    ipv4, offset 14, length 20\n        0x000e:  45 00 00 1d 00 01 00 00 40 11 00 00 0a 00 00 01\n        0x001e:  0a 00 00 02\n        version: 4\n"
            ))
    }

    @Test func listsAndItemsAreNested() {
        var bytes = Self.frame
        // No operation, router alert with its two bytes of data, end of options.
        bytes.insert(contentsOf: [1, 148, 4, 0, 0, 0, 0, 0], at: 34)
        bytes[14] = 0x47
        bytes[17] += 8
        bytes[20] = 0x60
        let tree = text { buffer in withPacket(bytes) { buffer.verboseTree($0) } }
        #expect(tree.contains("        flags: dont_fragment, more_fragments\n"))
        #expect(
            tree.contains(
                """
                        destination: 10.0.0.2
                        options:
                            no operation
                                type: 1
                            router alert
                                type: 148
                                length: 4
                                data: 0000
                            end of options
                                type: 0
                    udp, offset 42, length 8, first fragment
                """))
    }

    @Test(arguments: [
        (20, "    fault: ipv4 at offset 14: needs 20 bytes, 6 captured\n"),
        (10, "    fault: ethernet at offset 0: needs 14 bytes, 10 captured\n"),
    ])
    func faultsSayWhatIsMissing(_ count: Int, _ expected: String) {
        let tree = text { buffer in
            withPacket(Array(Self.frame.prefix(count)), wireLength: 100) { buffer.verboseTree($0) }
        }
        #expect(tree.hasSuffix(expected))
    }

    @Test func whatWasWrittenBeforeStays() {
        let tree = text { buffer in
            buffer.write("line\n")
            withPacket(Self.frame) { buffer.verboseTree($0) }
        }
        #expect(tree.hasPrefix("line\n    ethernet, offset 0, length 14\n"))
    }
}
