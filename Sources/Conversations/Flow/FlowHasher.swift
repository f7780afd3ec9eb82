import PacketDecoding

/// Hashes flows so that both directions are equal, and what fragments have in common, with a secret: a peer that picks
/// its addresses, ports and identifications cannot make them collide.
struct FlowHasher: BitwiseCopyable {
    private let secret: (UInt64, UInt64, UInt64)

    /// - Parameter seed: nil takes one from the system.
    init(seed: UInt64?) {
        let seed = seed ?? UInt64.random(in: .min ... .max)
        // Any odd constants without structure do; these are digits of pi.
        secret = (
            Self.fold(seed ^ 0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345),
            Self.fold(seed ^ 0xa409_3822_299f_31d1, 0x082e_fa98_ec4e_6c89),
            Self.fold(seed ^ 0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6d)
        )
    }

    func hash(_ flow: Flow) -> UInt32 { hash(flow, in: flow.network) }

    /// As if the flow ran in another network.
    func hash(_ flow: Flow, in network: NetworkNumber) -> UInt32 {
        let kind = UInt64(flow.kind.rawValue)
        let ends: UInt64
        if flow.kind.isIPv6 {
            ends =
                end(flow.sourceAddress.high, flow.sourceAddress.low, flow.sourcePort)
                &+ end(flow.destinationAddress.high, flow.destinationAddress.low, flow.destinationPort)
        } else {
            ends =
                end(flow.sourceAddress.low, flow.sourcePort)
                &+ end(flow.destinationAddress.low, flow.destinationPort)
        }
        return UInt32(truncatingIfNeeded: Self.fold(ends ^ UInt64(network.rawValue) << 8 ^ kind, secret.2) >> 16)
    }

    /// Of one end, for itself; never 0 or 1.
    func hashEnd(_ address: AddressWords, _ port: UInt16, _ kind: FlowKind) -> UInt64 {
        (kind.isIPv6 ? end(address.high, address.low, port) : end(address.low, port)) | 2
    }

    private func end(_ address: UInt64, _ port: UInt16) -> UInt64 {
        Self.fold((address << 16 | UInt64(port)) ^ secret.0, secret.1)
    }

    private func end(_ high: UInt64, _ low: UInt64, _ port: UInt16) -> UInt64 {
        Self.fold(Self.fold(high ^ secret.1, low ^ secret.0) ^ UInt64(port), secret.2)
    }

    func hash(_ key: FragmentKey) -> UInt32 {
        hash(
            key.source, key.destination,
            UInt64(key.protocolNumber) << 32 ^ UInt64(key.identification) ^ UInt64(key.network.rawValue) << 16)
    }

    private func hash(_ first: IPAddress, _ second: IPAddress, _ rest: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: Self.fold(hash(first) ^ rest, hash(second) ^ secret.2) >> 16)
    }

    private func hash(_ address: IPAddress) -> UInt64 {
        switch address {
        case .v4(let address): Self.fold(UInt64(address.rawValue) ^ secret.0, secret.1)
        case .v6(let address): Self.fold(address.high ^ secret.1, address.low ^ secret.0)
        }
    }

    /// Both halves of the product, folded: every bit of either factor reaches every bit of the result.
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
