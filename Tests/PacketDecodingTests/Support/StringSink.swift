import PacketDecoding

/// Collects a summary's words in a string.
struct StringSink: TextSink {
    var text = ""

    mutating func write(_ text: StaticString) { self.text += "\(text)" }
    mutating func write(byte: UInt8) { text.unicodeScalars.append(UnicodeScalar(byte)) }
    mutating func decimal(_ value: UInt64) { text += String(value) }
    mutating func hex(_ value: UInt64, digits: Int) {
        let number = String(value, radix: 16)
        text += String(repeating: "0", count: max(0, digits - number.count)) + number
    }
    mutating func escaped(_ bytes: RawSpan) { text += escapedText(bytes) }
    mutating func address(_ address: IPv4Address) { text += spelled(address) }
    mutating func address(_ address: IPv6Address) { text += spelled(address) }
    mutating func address(_ address: MACAddress) { text += spelled(address) }
}
