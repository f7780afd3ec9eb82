// Holds text that is handed in, in hexadecimal, to one of the promises: checks NAME HEX.

func check(_ name: String, _ bytes: [UInt8]) {
    let text = unsafe bytes.span.bytes
    switch name {
    case "printable": requirePrintable(text)
    case "tabs": requirePrintable(text, allowing: .tabs)
    case "colors": requirePrintable(text, allowing: .colors)
    case "ascii": requirePrintable(text, allowing: .onlyASCII)
    case "line": requireOneLine(text)
    case "json": requireJSON(text)
    case "json lines": requireJSONLines(text)
    case "xml": requireXML(text)
    default: fatalError("no such promise: \(name)")
    }
}

let digits = CommandLine.arguments[2].utf8.map { $0 >= 0x61 ? $0 - 0x57 : $0 - 0x30 }
check(CommandLine.arguments[1], stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
