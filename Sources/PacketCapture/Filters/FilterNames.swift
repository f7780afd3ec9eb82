extension CaptureFilter {
    /// Words of pcap-filter(7) that are no names of anything.
    private static let keywords: Set<String> = [
        "action", "ah", "and", "arp", "broadcast", "byte", "carp", "dir", "direction", "dst", "esp", "ether", "geneve",
        "greater", "host", "icmp", "icmp6", "igmp", "inbound", "ip", "ip6", "len", "less", "link", "llc", "mask",
        "mpls",
        "multicast", "net", "not", "or", "outbound", "port", "portrange", "pppoed", "pppoes", "proto", "protochain",
        "rarp", "sctp", "src", "subtype", "tcp", "type", "udp", "vlan", "vxlan", "wlan",
        // Numbers by name: tcp[tcpflags] & tcp-syn, icmp[icmptype] = icmp-echo.
        "tcpflags", "tcp-fin", "tcp-syn", "tcp-rst", "tcp-push", "tcp-ack", "tcp-urg", "tcp-ece", "tcp-cwr",
        "icmptype", "icmpcode", "icmp-echo", "icmp-echoreply", "icmp-unreach", "icmp-timxceed", "icmp6type",
        "icmp6code", "icmp6-echo", "icmp6-echoreply",
    ]

    /// Whether compiling `expression` may ask the system what a host, network, port or protocol is called, which takes
    /// files and sockets. False only where it is sure not to.
    public static func mayLookUpNames(_ expression: String) -> Bool {
        let bytes = Array(expression.utf8)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            // A quoted word is taken for a name, whatever it is.
            if byte == UInt8(ascii: "\\") || byte >= 0x80 { return true }
            guard isPartOfWord(byte) else {
                position += 1
                continue
            }
            let word = bytes[position...].prefix(while: isPartOfWord)
            position += word.count
            if !isNumber(word), !keywords.contains(String(decoding: word, as: UTF8.self)) { return true }
        }
        return false
    }

    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// A number, an IPv4 address, a range of ports.
    private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        if word.starts(with: "0x".utf8) { return word.dropFirst(2).allSatisfy(isHexadecimal) }
        return word.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
