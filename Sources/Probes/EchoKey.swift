// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash that nobody can compute without the key.

import PacketDecoding

/// The secret that marks the probes of one run, so that a reply proves that its sender saw the request.
@frozen public struct EchoKey: Hashable, Sendable {
    let first, second: UInt64

    /// A key that nobody knows.
    public init() { self.init(UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)) }

    public init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    /// The mark of one probe.
    ///
    /// - Parameters:
    ///   - number: tells the probe from all others to this address in the run.
    func mark(_ address: IPAddress, number: UInt64) -> UInt64 {
        var hash = SipHash(first, second)
        switch address {
        case .v4(let address):
            hash.add(UInt64(address.rawValue))
            hash.add(number)
            return hash.finish(byteCount: 16)
        case .v6(let address):
            hash.add(address.high)
            hash.add(address.low)
            hash.add(number)
            return hash.finish(byteCount: 24)
        }
    }
}

struct SipHash {
    private var v0, v1, v2, v3: UInt64

    init(_ first: UInt64, _ second: UInt64) {
        v0 = first ^ 0x736f_6d65_7073_6575
        v1 = second ^ 0x646f_7261_6e64_6f6d
        v2 = first ^ 0x6c79_6765_6e65_7261
        v3 = second ^ 0x7465_6462_7974_6573
    }

    /// Adds eight bytes, the first of them lowest.
    mutating func add(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    mutating func finish(byteCount: UInt64) -> UInt64 {
        add(byteCount << 56)
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func round() {
        v0 &+= v1
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 &+= v3
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 &+= v1
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v2 = v2 << 32 | v2 >> 32
    }
}
