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
    @inline(__always)
    func fingerprint(of packet: Packet, at index: Int) -> FlowFingerprint? {
        let bytes = packet.frame.bytes
        let offset = packet.layers[index].offset
        guard bytes.byteCount &- offset >= 4, let network = packet.enclosingNetwork(of: index) else { return nil }
        let layer = packet.layers[network]
        guard layer.headerLength >= (layer.kind == .ipv4 ? IPv4Header.size : IPv6Header.size) else { return nil }
        let ports = (UInt64(bytes.uint16(at: offset)), UInt64(bytes.uint16(at: offset &+ 2)))
        let source, destination: UInt64
        if layer.kind == .ipv4 {
            source = end(UInt64(bytes.uint32(at: layer.offset &+ 12)), ports.0)
            destination = end(UInt64(bytes.uint32(at: layer.offset &+ 16)), ports.1)
        } else {
            source = end(fold(bytes, at: layer.offset &+ 8), ports.0)
            destination = end(fold(bytes, at: layer.offset &+ 24), ports.1)
        }
        let kind = UInt64(packet.layers[index].kind.rawValue)
        return FlowFingerprint(
            value: FlowHasher.fold((source &+ destination) ^ kind, secret.2), isForward: source <= destination)
    }

    private func end(_ address: UInt64, _ port: UInt64) -> UInt64 {
        FlowHasher.fold(address ^ secret.0, secret.1 &+ port &* 0x9e37_79b9_7f4a_7c15)
    }

    /// The IPv6 address at `offset`.
    private func fold(_ bytes: RawSpan, at offset: Int) -> UInt64 {
        FlowHasher.fold(bytes.uint64(at: offset) ^ secret.1, bytes.uint64(at: offset &+ 8) ^ secret.0) | 1 << 63
    }
}
