import PacketDecoding

/// Files that are no savefiles of ours, told by how they begin, so that the refusal can name them.
enum ForeignFormat {
    /// - Parameter bytes: the beginning of the file, as much as there is.
    /// - Returns: what the file is; nil when its beginning says nothing.
    static func name(_ bytes: RawSpan) -> StaticString? {
        for (magic, name) in magics where bytes.starts(with: magic) { return name }
        switch bytes.byteCount >= 4 ? bytes.uint32(at: 0) : 0 {
        case 0x28b5_2ffd: return "compressed with zstd"
        case 0xfd37_7a58: return "compressed with xz"
        case 0x0422_4d18: return "compressed with lz4"
        default: break
        }
        return looksLikeERF(bytes) ? "an Endace ERF capture" : nil
    }

    private static var magics: [(magic: StaticString, name: StaticString)] {
        [
            ("snoop\0\0\0", "a Solaris snoop capture (RFC 1761)"),
            ("btsnoop\0", "a Bluetooth btsnoop capture"),
            ("GMBU", "a Microsoft Network Monitor 2 capture"),
            ("RTSS", "a Microsoft Network Monitor 1 capture"),
            ("TRSNIFF data    \u{1a}", "a Network General Sniffer capture"),
            ("XCP\0", "a NetXray or Sniffer for Windows capture"),
            ("ObserverPktBuffe", "a Network Instruments Observer capture"),
            ("iptrace ", "an AIX iptrace capture"),
            ("BZh", "compressed with bzip2"),
            ("PK\u{3}\u{4}", "a zip archive"),
        ]
    }

    /// ERF has no magic number. Its records begin with a time, whose seconds come second, a type and a length.
    private static func looksLikeERF(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount >= 16 else { return false }
        let seconds = bytes.number(UInt32.self, at: 4, isSwapped: false).littleEndian
        let type = bytes.byte(at: 8) & 0x7f
        let length = Int(bytes.uint16(at: 10))
        // 1995 to 2106; types known to date; a header of 16 bytes, and room for a packet.
        guard seconds >= 788_918_400, 1...48 ~= type, length >= 24 else { return false }
        return bytes.byteCount == length
            || bytes.byteCount >= length + 16 && Int(bytes.uint16(at: length + 10)) >= 24
    }
}
