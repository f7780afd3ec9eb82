import PacketDecoding
import Testing

@testable import Rendering

/// The expected text is tcpdump 4.99's.
@Suite struct HexDumpTests {
    static let inner: [UInt8] = [
        0x45, 0x00, 0x00, 0x20, 0x03, 0x30, 0x00, 0x00, 0x40, 0x11, 0x63, 0x08, 0x0a, 0x3c, 0x00, 0x0a, 0x0a, 0x3c,
        0x00, 0x14, 0xd1, 0x60, 0x01, 0xbb, 0x00, 0x0c, 0x85, 0x84, 0x49, 0x50, 0x49, 0x50,
    ]
    static let outer: [UInt8] =
        [
            0x45, 0x00, 0x00, 0x48, 0x00, 0x0c, 0x00, 0x00, 0x40, 0x04, 0x8d, 0xfa, 0xc0, 0x00, 0x02, 0x3c, 0xc6, 0x33,
            0x64, 0x3c, 0x45, 0x00, 0x00, 0x34, 0x03, 0x20, 0x00, 0x00, 0x40, 0x04, 0x63, 0x11, 0x0a, 0x3c, 0x00, 0x0a,
            0x0a, 0x3c, 0x00, 0x14,
        ] + inner
    static let frame = Frames.ethernet(0x800, outer)

    static func dump(_ style: HexDumpStyle, includesLinkHeader: Bool = false) -> String {
        text { buffer in
            withPacket(Self.frame) { buffer.hexDump($0, style, includesLinkHeader: includesLinkHeader) }
        }
    }

    @Test func hex() {
        #expect(
            Self.dump(.hex) == """
                \t0x0000:  4500 0048 000c 0000 4004 8dfa c000 023c
                \t0x0010:  c633 643c 4500 0034 0320 0000 4004 6311
                \t0x0020:  0a3c 000a 0a3c 0014 4500 0020 0330 0000
                \t0x0030:  4011 6308 0a3c 000a 0a3c 0014 d160 01bb
                \t0x0040:  000c 8584 4950 4950

                """)
    }

    @Test func hexWithTheLinkHeader() {
        #expect(
            Self.dump(.hex, includesLinkHeader: true).hasPrefix(
                "\t0x0000:  0200 0000 0002 0200 0000 0001 0800 4500\n\t0x0010:  0048 "))
    }

    @Test func hexAndASCII() {
        #expect(
            Self.dump(.hexAndASCII) == """
                \t0x0000:  4500 0048 000c 0000 4004 8dfa c000 023c  E..H....@......<
                \t0x0010:  c633 643c 4500 0034 0320 0000 4004 6311  .3d<E..4....@.c.
                \t0x0020:  0a3c 000a 0a3c 0014 4500 0020 0330 0000  .<...<..E....0..
                \t0x0030:  4011 6308 0a3c 000a 0a3c 0014 d160 01bb  @.c..<...<...`..
                \t0x0040:  000c 8584 4950 4950                      ....IPIP

                """)
    }

    @Test(
        arguments: [
            ("one byte", [0x41], "\t0x0000:  41                                       A\n"),
            ("an odd count", [0x41, 0x42, 0x43], "\t0x0000:  4142 43                                  ABC\n"),
            ("nothing", [], ""),
        ] as [(String, [UInt8], String)])
    func shortLinesKeepTheColumn(_ title: String, _ bytes: [UInt8], _ expected: String) {
        #expect(text { $0.hexDump(bytes.span.raw, showsASCII: true) } == expected)
    }

    /// A large packet's dump can be written out piece by piece.
    @Test(arguments: [HexDumpStyle.hex, .hexAndASCII, .ascii])
    func pieces(style: HexDumpStyle) {
        let payload = (0..<60_000).map { $0 % 7 == 0 ? 0x0d : UInt8(truncatingIfNeeded: $0 * 31) }
        withPacket(Frames.ethernet(0x800, Frames.ipv4(253, payload))) { packet in
            var pieces: [String] = []
            var start: Int? = 0
            while let piece = start {
                pieces.append(text { start = $0.hexDump(packet, style, from: piece) })
            }
            #expect(pieces.count == 4)
            #expect(pieces.joined() == text { $0.hexDump(packet, style) })
            #expect(pieces.allSatisfy { $0.utf8.count < 5 * ByteBuffer.dumpPiece })
        }
    }

    @Test func asciiKeepsLineBreaks() {
        #expect(
            Self.dump(.ascii) == "E..H....@......<.3d<E..4. ..@.c.\n<.\n\n<..E.. .0..@.c.\n<.\n\n<...`......IPIP\n")
    }

    @Test func asciiDropsACarriageReturnBeforeALineFeedAndHidesControls() {
        let payload = Array("a\r\nb\rc\u{1b}[2J\u{9b}\td".utf8)
        let dump = text { buffer in
            withPacket(Frames.ethernet(0x800, Frames.ipv4(253, payload))) { buffer.hexDump($0, .ascii) }
        }
        #expect(dump.hasSuffix("a\nb.c.[2J..\td\n"))
    }
}
