// Whether a document is well-formed XML of the kind that pictures are: elements, attributes, text and entities.

/// Ends the run unless every element that begins ends, and nothing of the text or of a value is taken for markup.
func requireXML(_ text: RawSpan) {
    var depth = 0
    var offset = 0
    while offset < text.byteCount {
        switch text[offset] {
        case 0x3c:
            guard let end = text.endOfTag(from: offset) else { finding("markup that does not end") }
            if text[offset + 1] == 0x2f { depth -= 1 } else if text[end - 1] != 0x2f { depth += 1 }
            if depth < 0 { finding("the end of an element that never began") }
            offset = end
        case 0x3e: finding("a bare > in text")
        case 0x26:
            if !text.isEntity(at: offset) { finding("a bare & in text") }
        default: break
        }
        offset += 1
    }
    if depth != 0 { finding("an element that does not end") }
}

extension RawSpan {
    /// Where the > of the tag at `start` is.
    fileprivate func endOfTag(from start: Int) -> Int? {
        var isQuoted = false
        var offset = start + 1
        while offset < byteCount {
            switch self[offset] {
            case 0x22: isQuoted.toggle()
            case 0x3c: return nil
            case 0x26 where !isEntity(at: offset): return nil
            case 0x3e where !isQuoted: return offset > start + 1 ? offset : nil
            default: break
            }
            offset += 1
        }
        return nil
    }

    /// Whether a reference to one of the five characters that XML names stands at `offset`.
    fileprivate func isEntity(at offset: Int) -> Bool {
        let names: [StaticString] = ["&lt;", "&gt;", "&amp;", "&quot;", "&apos;"]
        return names.contains { name in
            name.utf8CodeUnitCount <= byteCount - offset
                && (0..<name.utf8CodeUnitCount).allSatisfy { unsafe self[offset + $0] == name.utf8Start[$0] }
        }
    }
}
