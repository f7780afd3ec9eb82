import Conversations
import PacketDecoding

extension ByteBuffer {
    /// Text of a stream: what is printable, tabs and line feeds as they are, everything else escaped but for a carriage
    /// return before a line feed, which is left out. It ends in a line feed, one that was not sent if need be.
    ///
    /// - Parameter asciiOnly: escapes everything beyond ASCII.
    mutating func streamText(_ bytes: RawSpan, asciiOnly: Bool) {
        var offset = 0
        while offset < bytes.byteCount {
            let plain = bytes.plainASCIICount(from: offset)
            if plain > 0 {
                append(bytes.clipped(from: offset, to: offset &+ plain))
                offset &+= plain
                continue
            }
            let byte = bytes.byte(at: offset)
            switch byte {
            // No quotes stand around the text that would make these two special.
            case 0x09, 0x0a, 0x22, 0x5c:
                write(byte: byte)
                offset &+= 1
            case 0x0d where offset &+ 1 < bytes.byteCount && bytes.byte(at: offset &+ 1) == 0x0a: offset &+= 1
            default:
                let unit = TextUnit(in: bytes, at: offset, asciiOnly: asciiOnly)
                write(unit)
                offset &+= unit.length
            }
        }
        if bytes.byteCount > 0, bytes.byte(at: bytes.byteCount &- 1) != 0x0a { write("\n") }
    }

    /// Lines of 16 bytes with their offset and characters: `00000000  57 65 6c 63 6f 6d 65 21  Welcome!`.
    mutating func streamHex(_ bytes: RawSpan, from start: Int, isIndented: Bool) {
        var offset = 0
        while offset < bytes.byteCount {
            let line = bytes.clipped(from: offset, to: offset &+ 16)
            if isIndented { write("\t") }
            hex(UInt64(truncatingIfNeeded: start &+ offset), digits: 8)
            write(" ")
            for index in 0..<16 {
                if index == 8 { write(" ") }
                if index < line.byteCount {
                    write(" ")
                    hex(UInt64(line.byte(at: index)), digits: 2)
                } else {
                    write("   ")
                }
            }
            write("  ")
            for index in 0..<line.byteCount {
                let byte = line.byte(at: index)
                write(byte: byte >= 0x20 && byte < 0x7f ? byte : 0x2e)
            }
            write("\n")
            offset &+= 16
        }
    }
}

extension ByteBuffer {
    /// `[TLS client hello "example.org"]`: what the decoders say of bytes that are no text.
    fileprivate mutating func bracketed(_ words: RawSpan, asciiOnly: Bool) {
        write("[")
        _ = self.words(words, columns: .max, LadderGlyphs(usesASCII: asciiOnly))
        write("]\n")
    }

    mutating func meaning(
        of bytes: RawSpan, _ application: LayerKind?, _ transport: Transport, _ options: TranscriptOptions
    ) {
        guard let meaning = options.meaning else { return }
        var words = ByteBuffer(capacity: 256)
        meaning(bytes, application, transport, &words)
        if !words.isEmpty { bracketed(words.bytes, asciiOnly: options.usesASCII) }
    }
}

extension RawSpan {
    /// How many of the first bytes read as text: all of them, unless more than a third from the first that is not
    /// printable on need numbers to be written; then those before it, up to the end of a line.
    var readableLength: Int {
        var offset = 0
        var lineEnd = 0
        // The first byte that is not printable.
        var first: Int?
        var numbered = 0
        while offset < byteCount {
            let plain = plainASCIICount(from: offset)
            if plain > 0 {
                offset &+= plain
                continue
            }
            if byte(at: offset) == 0x0a && first == nil { lineEnd = offset &+ 1 }
            let unit = TextUnit(in: self, at: offset)
            switch unit.form {
            case .plain, .short: break
            // A character that is cut at the end is no fault of the text's.
            case .byte where byte(at: offset) >= 0xc2 && byteCount &- offset < 4: break
            case .byte, .scalar:
                first = first ?? offset
                numbered &+= unit.length
            }
            offset &+= unit.length
        }
        guard let first, numbered &* 3 > byteCount &- first else { return byteCount }
        return lineEnd
    }
}
