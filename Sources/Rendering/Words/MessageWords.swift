// What an application's messages mean, in the words of their decoders.

public import PacketDecoding

extension ByteBuffer {
    /// What the layers above layer `transport` say, one behind the other; nothing where there are none, and of a
    /// greeting, which is its own words.
    public mutating func words(of packet: Packet, after transport: Int) {
        var context = SummaryContext()
        context.isTerse = true
        var isFirst = true
        for index in transport &+ 1..<max(transport &+ 1, packet.layers.count) {
            guard packet.layers[index].kind != .greeting else { return }
            if !isFirst { write(", ") }
            isFirst = false
            packet.summarize(index, context: context, to: &self)
        }
    }

    /// What the layers of a message say in full (`TLS client hello "example.org"`); its first layer stands for what
    /// carried it.
    public mutating func meaning(of message: Packet) {
        for index in 1..<max(1, message.layers.count) {
            guard message.layers[index].kind != .greeting else { return }
            if index > 1 { write(", ") }
            message.summarize(index, context: SummaryContext(), to: &self)
        }
    }

    /// Words of decoders, which are escaped already, in at most `columns` terminal columns.
    ///
    /// - Returns: whether all of them went in.
    mutating func words(_ words: RawSpan, columns: Int, _ glyphs: LadderGlyphs) -> Bool {
        var used = 0
        var offset = 0
        while offset < words.byteCount {
            let first = words.byte(at: offset)
            guard first >= 0x80 else {
                guard used < columns else { return false }
                write(byte: first)
                used += 1
                offset += 1
                continue
            }
            if glyphs.usesASCII, words.starts(with: "…", at: offset) {
                guard used + glyphs.ellipsisColumns <= columns else { return false }
                write(glyphs.ellipsis)
                used += glyphs.ellipsisColumns
                offset += 3
                continue
            }
            let unit = EscapedCharacter(in: words, at: offset, asciiOnly: glyphs.usesASCII)
            guard used + unit.columns <= columns else { return false }
            write(unit)
            used += unit.columns
            offset += unit.length
        }
        return true
    }
}
