// Dumps of a packet's bytes, laid out as tcpdump(1) does.

public import PacketDecoding

/// What a dump shows of a packet's bytes.
public enum HexDumpStyle: Sendable {
    /// `-x`
    case hex
    /// `-X`
    case hexAndASCII
    /// `-A`
    case ascii
}

extension ByteBuffer {
    /// Bytes of a packet that are dumped in one piece at most: whole lines.
    public static var dumpPiece: Int { 1 << 14 }

    /// The captured bytes of `packet` after its link header, in pieces: a caller may empty the buffer in between.
    ///
    /// - Parameters:
    ///   - includesLinkHeader: from the first byte of the frame (`-xx`, `-XX`, `-AA`).
    ///   - start: of the piece; 0, then what was returned.
    /// - Returns: where the next piece begins; nil after the last.
    public mutating func hexDump(
        _ packet: Packet, _ style: HexDumpStyle, includesLinkHeader: Bool = false, from start: Int
    ) -> Int? {
        var first = 0
        let links = packet.linkLayerCount
        if !includesLinkHeader && links > 0 { first = packet.layers[links &- 1].payloadOffset }
        let bytes = packet.frame.bytes.clipped(from: first, to: packet.frame.bytes.byteCount)
        let end = min(bytes.byteCount, start &+ Self.dumpPiece)
        if style == .ascii {
            asciiDump(bytes, from: start, to: end)
        } else {
            hexDump(bytes.clipped(from: 0, to: end), showsASCII: style == .hexAndASCII, from: start)
        }
        return end < bytes.byteCount ? end : nil
    }

    /// The same in one piece, however large.
    public mutating func hexDump(_ packet: Packet, _ style: HexDumpStyle, includesLinkHeader: Bool = false) {
        var start: Int? = 0
        while let piece = start {
            start = hexDump(packet, style, includesLinkHeader: includesLinkHeader, from: piece)
        }
    }

    /// Lines of 16 bytes: `\t0x0000:  4500 003c …`, with the characters beside them.
    ///
    /// - Parameter start: where the first line begins.
    mutating func hexDump(_ bytes: RawSpan, showsASCII: Bool, from start: Int = 0) {
        var offset = start
        while offset < bytes.byteCount {
            let line = bytes.clipped(from: offset, to: offset &+ 16)
            write("\t0x")
            hex(UInt64(offset), digits: 4)
            write(": ")
            for index in 0..<line.byteCount {
                if index & 1 == 0 { write(" ") }
                hex(UInt64(line.byte(at: index)), digits: 2)
            }
            if showsASCII {
                spaces((16 &- line.byteCount) &* 2 &+ (16 &- line.byteCount) / 2 &+ 2)
                for index in 0..<line.byteCount {
                    let byte = line.byte(at: index)
                    write(byte: byte > 0x20 && byte < 0x7f ? byte : 0x2e)
                }
            }
            write("\n")
            offset &+= 16
        }
    }

    /// The bytes as text: tabs and line feeds as they are, a carriage return before a line feed left out, anything
    /// else that is not printable ASCII a dot.
    private mutating func asciiDump(_ bytes: RawSpan, from start: Int, to end: Int) {
        for index in start..<end {
            let byte = bytes.byte(at: index)
            switch byte {
            case 0x0d where index &+ 1 < bytes.byteCount && bytes.byte(at: index &+ 1) == 0x0a: break
            case 0x09, 0x0a, 0x20...0x7e: write(byte: byte)
            default: write(".")
            }
        }
        if end == bytes.byteCount { write("\n") }
    }
}
