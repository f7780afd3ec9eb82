import PacketDecoding

/// What the flags AE, CWR and ECE of a connection mean.
enum CongestionFeedback: UInt8, BitwiseCopyable {
    /// Each for itself: RFC 3168, until something tells otherwise.
    case flags
    /// A SYN has offered to count.
    case offered
    /// Together they count marked packets, from 5 on, modulo 8: AccECN (RFC 9768 section 3.2.2).
    case counter
    /// Nothing: the offer to count was answered by no ECN at all.
    case off

    private static var all: TCPFlags { [.ae, .cwr, .ece] }

    static func isSilent(_ flags: TCPFlags) -> Bool { flags.isDisjoint(with: all) }

    /// Learns from a segment with one of the flags, or with SYN.
    mutating func learn(_ flags: TCPFlags) {
        guard self != .counter else { return }
        let bits = flags.intersection(Self.all)
        if flags.contains(.syn) && !flags.contains(.ack) {
            // RFC 9768 section 3.1.1.
            if bits == Self.all { self = .offered }
        } else if flags.contains(.syn) {
            // Section 3.1.2, table 2. Only the answer with CWR and ECE may be somebody's who sends back what he got.
            let accepts: Bool = bits == .cwr || bits == .ae || bits == [.ae, .cwr]
            if accepts || self == .offered && bits == [.cwr, .ece] {
                self = .counter
            } else {
                self = self == .offered && (bits.isEmpty || bits == Self.all) ? .off : .flags
            }
        } else if self == .flags && flags.contains(.ae) {
            // Nothing else has a use for AE: the SYNs were not captured.
            self = .counter
        }
    }

    /// The counter of a segment without SYN; nil where there is none.
    func counter(_ flags: TCPFlags) -> UInt8? {
        guard self == .counter, !flags.contains(.syn) else { return nil }
        return (flags.contains(.ae) ? 4 : 0) + (flags.contains(.cwr) ? 2 : 0) + (flags.contains(.ece) ? 1 : 0)
    }
}
