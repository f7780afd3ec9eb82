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
                let unit = EscapedCharacter(in: bytes, at: offset, asciiOnly: asciiOnly)
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
    /// Text as text; what is none as a dump, below what the decoders say of it: `[TLS client hello "example.org"]`.
    ///
    /// - Parameter application: what the conversation carries.
    mutating func streamMixed(
        _ bytes: RawSpan, from start: Int, _ application: LayerKind?, _ transport: Transport,
        _ options: TranscriptOptions
    ) {
        var words = ByteBuffer(capacity: 64)
        // Its messages are no text, however many letters they hold.
        let isBinary = application?.isBinary ?? false
        if isBinary { options.meaning?(bytes, application, transport, &words) }
        let textLength = words.isEmpty ? bytes.readableLength : 0
        if textLength > 0 { streamText(bytes.clipped(from: 0, to: textLength), asciiOnly: options.usesASCII) }
        guard textLength < bytes.byteCount else { return }
        if !isBinary && textLength == 0 { options.meaning?(bytes, application, transport, &words) }
        if !words.isEmpty {
            write("[")
            _ = self.words(words.bytes, columns: .max, LadderGlyphs(usesASCII: options.usesASCII))
            write("]\n")
        }
        streamHex(
            bytes.clipped(from: textLength, to: bytes.byteCount), from: start &+ textLength, isIndented: false)
    }
}

extension LayerKind {
    fileprivate var isBinary: Bool {
        switch self {
        case .dns, .mdns, .dhcp, .ntp, .tls: true
        default: false
        }
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
            let unit = EscapedCharacter(in: self, at: offset)
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
