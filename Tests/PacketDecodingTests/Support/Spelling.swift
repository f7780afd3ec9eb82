import PacketDecoding

// How the sinks of the tests write addresses and text. Plain and slow on purpose: nothing is shared with Rendering.

func spelled(_ address: IPv4Address) -> String {
    stride(from: 24, through: 0, by: -8).map { String(address.rawValue >> UInt32($0) & 0xff) }.joined(separator: ".")
}

func spelled(_ address: MACAddress) -> String {
    stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: address.value >> UInt64($0)) }
        .hexString(separator: ":")
}

/// RFC 5952 section 4: the first longest run of two or more zero groups becomes `::`.
func spelled(_ address: IPv6Address) -> String {
    let groups = (0..<8).map { address.group($0) }
    var run = 0..<0
    for start in 0..<8 {
        let end = groups[start...].firstIndex { $0 != 0 } ?? 8
        if end - start > max(run.count, 1) { run = start..<end }
    }
    func joined(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    return run.isEmpty
        ? joined(groups[...]) : joined(groups[..<run.lowerBound]) + "::" + joined(groups[run.upperBound...])
}

func array(_ bytes: RawSpan) -> [UInt8] { (0..<bytes.byteCount).map { bytes.byte(at: $0) } }

/// Printable ASCII as it is, every other byte as `\xNN`.
func escapedText(_ bytes: RawSpan) -> String {
    array(bytes).map { (0x20..<0x7f).contains($0) ? String(UnicodeScalar($0)) : "\\x" + [$0].hexString() }.joined()
}
