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
    /// The captured bytes of `packet` after its link header.
    ///
    /// - Parameter includesLinkHeader: from the first byte of the frame (`-xx`, `-XX`, `-AA`).
    public mutating func hexDump(_ packet: Packet, _ style: HexDumpStyle, includesLinkHeader: Bool = false) {
        var start = 0
        let links = packet.linkLayerCount
        if !includesLinkHeader && links > 0 { start = packet.layers[links &- 1].payloadOffset }
        let bytes = packet.frame.bytes.clipped(from: start, to: packet.frame.bytes.byteCount)
        if style == .ascii { asciiDump(bytes) } else { hexDump(bytes, showsASCII: style == .hexAndASCII) }
    }

    /// Lines of 16 bytes: `\t0x0000:  4500 003c …`, with the characters beside them.
    mutating func hexDump(_ bytes: RawSpan, showsASCII: Bool) {
        var offset = 0
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
    private mutating func asciiDump(_ bytes: RawSpan) {
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(at: index)
            switch byte {
            case 0x0d where index &+ 1 < bytes.byteCount && bytes.byte(at: index &+ 1) == 0x0a: break
            case 0x09, 0x0a, 0x20...0x7e: write(byte: byte)
            default: write(".")
            }
        }
        write("\n")
    }
}
