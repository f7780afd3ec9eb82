import PacketDecoding

/// The colour of a packet's line: trouble stands out, then what opens or ends a connection, then the protocol.
enum LineColor {
    case trouble, opening, closing, icmp, arp, datagram, segment

    /// The colour of what is told last on the line; nil where nothing was decoded that has one.
    init?(_ packet: Packet) {
        if packet.fault != nil || packet.hasBadChecksum {
            self = .trouble
            return
        }
        var color: LineColor?
        for index in 0..<packet.layers.count {
            let layer = packet.layers[index]
            if layer.traits.contains(.quoted) {
                // Only an error quotes a packet.
                self = .trouble
                return
            }
            switch layer.kind {
            case .arp: color = .arp
            case .icmp, .icmpv6: color = .icmp
            case .udp, .udpLite, .sctp: color = .datagram
            case .tcp: color = packet.header(TCPHeader.self, at: index).map { LineColor($0.flags) } ?? .segment
            default: break
            }
        }
        guard let color else { return nil }
        self = color
    }

    private init(_ flags: TCPFlags) {
        if flags.contains(.rst) {
            self = .trouble
        } else if flags.contains(.syn) {
            self = .opening
        } else {
            self = flags.contains(.fin) ? .closing : .segment
        }
    }

    /// ECMA-48 section 8.3.117 (SGR): the terminal's own palette, so that its themes apply.
    var sequence: StaticString {
        switch self {
        case .trouble: "\u{1b}[31m"
        case .opening: "\u{1b}[1;36m"
        case .closing: "\u{1b}[2;36m"
        case .segment: "\u{1b}[36m"
        case .datagram: "\u{1b}[34m"
        case .icmp: "\u{1b}[35m"
        case .arp: "\u{1b}[33m"
        }
    }
}

extension Packet {
    /// Whether a checksum is wrong that its sender had filled in.
    fileprivate var hasBadChecksum: Bool {
        for index in 0..<layers.count where !layers[index].traits.contains(.quoted) {
            if checksumStatus(at: index) == .bad { return true }
        }
        return false
    }
}
