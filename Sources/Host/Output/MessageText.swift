extension String {
    /// The text as a message shows it: one line, in which names that others chose can do nothing to a terminal and pass
    /// for nothing else. What is not printable is escaped as everywhere else: `\n`, `\x1b`, `\u{202e}`, bytes that are no text likewise: `\xff`. Backslashes and
    /// quotes stay, so that text that is escaped already stays as it is.
    public var escapedForMessage: String {
        if utf8.allSatisfy({ 0x20..<0x7f ~= $0 }) { return self }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.isShown: text.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x80: text += UInt8(scalar.value).escaped
            case _ where scalar.byteStoodFor != nil: text += scalar.byteStoodFor?.escaped ?? ""
            default: text += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return text
    }
}

extension UInt8 {
    fileprivate var escaped: String { (self < 0x10 ? "\\x0" : "\\x") + String(self, radix: 16) }
}

extension Unicode.Scalar {
    /// Whether it is shown for what it is: no control or format character (directions of writing, joiners, tags), no
    /// separator but the ASCII space, and assigned for everyone (Unicode Standard section 4.5).
    fileprivate var isShown: Bool {
        if value < 0x80 { return 0x20..<0x7f ~= value }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }
}
