import PacketDecoding

/// A packet's addresses and ports in 64 bits: the same for both directions of a conversation.
struct FlowFingerprint: BitwiseCopyable {
    /// That two conversations share one is as good as impossible, and with a secret seed nobody can make it happen.
    let value: UInt64
    /// Which of the two directions the packet runs; what is called forward depends on the seed.
    let isForward: Bool
}

/// Takes fingerprints, keyed by a secret.
struct FlowFingerprinter: BitwiseCopyable {
    private let secret: (UInt64, UInt64, UInt64)

    /// - Parameter seed: nil takes one from the system.
    init(seed: UInt64?) {
        var state = seed ?? UInt64.random(in: .min ... .max)
        // SplitMix64's increment and multiplier: each word differs from the one before in about half of its bits.
        func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            return FlowHasher.fold(state, 0xbf58_476d_1ce4_e5b9)
        }
        secret = (next(), next(), next() | 1)
    }

    /// The fingerprint of TCP or UDP layer `index`; nil where its addresses or ports were not captured.
    func fingerprint(of packet: Packet, at index: Int) -> FlowFingerprint? {
        let bytes = packet.frame.bytes
        let offset = packet.layers[index].offset
        guard bytes.byteCount &- offset >= 4, let network = packet.networkIndex(below: index) else { return nil }
        let ports = (UInt64(bytes.uint16(at: offset)), UInt64(bytes.uint16(at: offset &+ 2)))
        let source, destination: UInt64
        if let header = packet.header(IPv4Header.self, at: network) {
            source = end(UInt64(header.source.rawValue), ports.0)
            destination = end(UInt64(header.destination.rawValue), ports.1)
        } else if let header = packet.header(IPv6Header.self, at: network) {
            source = end(fold(header.source), ports.0)
            destination = end(fold(header.destination), ports.1)
        } else {
            return nil
        }
        let kind = UInt64(packet.layers[index].kind.rawValue)
        return FlowFingerprint(
            value: FlowHasher.fold((source &+ destination) ^ kind, secret.2), isForward: source <= destination)
    }

    private func end(_ address: UInt64, _ port: UInt64) -> UInt64 {
        FlowHasher.fold(address ^ secret.0, secret.1 &+ port &* 0x9e37_79b9_7f4a_7c15)
    }

    private func fold(_ address: IPv6Address) -> UInt64 {
        FlowHasher.fold(address.high ^ secret.1, address.low ^ secret.0) | 1 << 63
    }
}
