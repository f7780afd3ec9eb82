import PacketDecoding
public import Sockets

/// The addresses that a sweep asks, as ranges: a million of them take no room.
public struct SweepTargets: Hashable, Sendable {
    /// Addresses in a sweep at most: each takes some bytes while it runs.
    public static let limit = 1 << 20

    /// Why a text names no targets.
    public enum Refusal: Error, Hashable, Sendable {
        /// Not an address, a prefix, or a range.
        case malformed(String)
        /// A prefix length beyond the address's.
        case badPrefix(String)
        /// More than ``limit`` addresses in all.
        case tooMany(String)
        /// No interface has the name or the number behind `%`.
        case unknownZone(String)
        /// The end of a range lies before its beginning, or is of the other version.
        case badRange(String)
    }

    private struct Range: Hashable, Sendable {
        let first: IPAddress
        /// The kernel's index of the interface on whose link it is; 0 where the address tells.
        let scope: UInt32
        let count: Int
        /// Of the first, among all.
        let index: Int
    }

    private var ranges: [Range] = []
    public private(set) var count = 0

    public init() {}

    /// Adds what `text` names: an address, `192.0.2.0/24`, `192.0.2.1-192.0.2.9`, `192.0.2.1-9`; of IPv6 with a zone
    /// behind it, `fe80::/120%eth0` (RFC 4007 section 11).
    ///
    /// Of a prefix all addresses are taken, the first and the last too.
    public mutating func add(_ text: String) throws(Refusal) {
        let (words, scope) = try Self.splitZone(text)
        let parts = words.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2 { return try addPrefix(text, parts[0], parts[1], scope) }
        let ends = words.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        if ends.count == 2 { return try addRange(text, ends[0], ends[1], scope) }
        guard parts.count == 1, let address = IPAddress(presentation: words) else { throw .malformed(text) }
        try append(address, scope, 1, text)
    }

    public mutating func add(_ peer: ProbePeer) throws(Refusal) {
        try append(peer.address, peer.scope, 1, "\(peer.address.presentation)")
    }

    /// - Returns: `text` without its zone, and the zone; 0 where it has none.
    private static func splitZone(_ text: String) throws(Refusal) -> (words: String, scope: UInt32) {
        guard let sign = text.firstIndex(of: "%"), text[..<sign].contains(":") else { return (text, 0) }
        let zone = text[text.index(after: sign)...].prefix { $0 != "/" }
        guard let scope = interfaceIndex(String(zone)) else { throw .unknownZone(text) }
        return (String(text[..<sign] + text[zone.endIndex...]), scope)
    }

    private mutating func addPrefix(_ text: String, _ address: String, _ length: String, _ scope: UInt32)
        throws(Refusal)
    {
        guard let address = IPAddress(presentation: address), let length = Int(length) else { throw .malformed(text) }
        let bits =
            switch address {
            case .v4: 32
            case .v6: 128
            }
        guard (0...bits).contains(length) else { throw .badPrefix(text) }
        guard bits - length <= 20 else { throw .tooMany(text) }
        let count = 1 << (bits - length)
        let mask = ~UInt64(count - 1)
        let first: IPAddress =
            switch address {
            case .v4(let address): .v4(IPv4Address(rawValue: address.rawValue & UInt32(truncatingIfNeeded: mask)))
            case .v6(let address): .v6(IPv6Address(high: address.high, low: address.low & mask))
            }
        try append(first, scope, count, text)
    }

    private mutating func addRange(_ text: String, _ from: String, _ to: String, _ scope: UInt32) throws(Refusal) {
        guard let first = IPAddress(presentation: from) else { throw .malformed(text) }
        switch first {
        case .v4(let first):
            let last: UInt32
            if let short = UInt32(to), short <= 255 {
                last = first.rawValue & 0xffff_ff00 | short
            } else if case .v4(let address)? = IPAddress(presentation: to) {
                last = address.rawValue
            } else {
                throw .malformed(text)
            }
            guard last >= first.rawValue else { throw .badRange(text) }
            try append(.v4(first), 0, Int(last - first.rawValue) + 1, text)
        case .v6(let first):
            guard case .v6(let last)? = IPAddress(presentation: to) else { throw .malformed(text) }
            guard last.high == first.high, last.low >= first.low else { throw .badRange(text) }
            guard last.low - first.low < UInt64(Self.limit) else { throw .tooMany(text) }
            try append(.v6(first), scope, Int(last.low - first.low) + 1, text)
        }
    }

    private mutating func append(_ first: IPAddress, _ scope: UInt32, _ count: Int, _ text: String) throws(Refusal) {
        guard count <= Self.limit - self.count else { throw .tooMany(text) }
        ranges.append(Range(first: first, scope: first.needsZone ? scope : 0, count: count, index: self.count))
        self.count += count
    }

    /// Target `index`, from 0.
    public subscript(index: Int) -> ProbePeer {
        var low = 0
        var high = ranges.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if ranges[middle].index <= index { low = middle } else { high = middle }
        }
        let range = ranges[low]
        let offset = index - range.index
        switch range.first {
        case .v4(let first):
            return ProbePeer(.v4(IPv4Address(rawValue: first.rawValue &+ UInt32(truncatingIfNeeded: offset))))
        case .v6(let first):
            return ProbePeer(
                .v6(IPv6Address(high: first.high, low: first.low &+ UInt64(offset))), scope: range.scope)
        }
    }

    /// Whether there are targets of a version.
    public func contains(_ family: AddressFamily) -> Bool {
        ranges.contains {
            switch $0.first {
            case .v4: family == .v4
            case .v6: family == .v6
            }
        }
    }

    /// Whether every target is of this host's loopback.
    public var isLoopback: Bool {
        ranges.allSatisfy { range in
            switch range.first {
            case .v4(let first): first.rawValue >> 24 == 127
            case .v6(let first): first.high == 0 && first.low == 1 && range.count == 1
            }
        }
    }
}

extension SweepTargets.Refusal {
    /// What is wrong, in a line.
    public var description: String {
        switch self {
        case .malformed(let text): "\(text): an address, a prefix (192.0.2.0/24) or a range (192.0.2.1-9) is wanted"
        case .badPrefix(let text): "\(text): the prefix is longer than the address"
        case .tooMany(let text): "\(text): more than \(SweepTargets.limit) addresses"
        case .unknownZone(let text): "\(text): no interface has the name behind %"
        case .badRange(let text): "\(text): the range ends before it begins, or beyond a /64"
        }
    }
}
