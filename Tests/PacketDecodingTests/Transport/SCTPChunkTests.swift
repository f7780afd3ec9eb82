import PacketDecoding
import Testing

@Suite struct SCTPChunkTests {
    @Test(arguments: [
        Words("sctp (1) [DATA] (B)(E) [TSN: 1] [SID: 2] [SSEQ 3] [PPID 0x7]", SCTPTests.data),
        Words(
            "sctp (1) [SACK] [cum ack 5] [a_rwnd 8192] [#gap acks 0] [#dup tsns 0], (2) [HB REQ]",
            SCTPTests.sctp("0300 0010 00000005 00002000 0000 0000 0400 0004")),
        Words(
            "sctp (1) [INIT] [init tag: 1] [rwnd: 2] [OS: 3] [MIS: 4] [init TSN: 5]",
            SCTPTests.sctp("0100 0014 00000001 00000002 0003 0004 00000005")),
        Words("sctp (1) [Unknown chunk type: 0xee]", SCTPTests.sctp("ee00 0004")),
        Words("sctp", SCTPTests.sctp("")),
        Words("sctp", SCTPTests.sctp("0000 0003")),
        Words("sctp (1) [DATA]", SCTPTests.sctp("0003 ffff 0000")),
    ])
    func saysAsTcpdump(_ row: Words) { #expect(summary(of: .sctp, in: row.bytes, linkType: .raw) == row.words) }

    @Test func `A chunk begins at a multiple of four bytes`() {
        let found = fields(of: .sctp, in: SCTPTests.sctp("0400 0005 61000000 0500 0004"), linkType: .raw)
        #expect(found?["chunks[1].type"] == "5")
    }
}
