/// Some ports, a bit for each: few enough bytes to stay in the nearest cache.
public struct PortSet: Sendable {
    private var words = [UInt64](repeating: 0, count: 1 << 10)

    public init(_ ports: some Sequence<UInt16>) {
        for port in ports { insert(port) }
    }

    public mutating func insert(_ port: UInt16) { words[Int(port >> 6)] |= 1 << UInt64(port & 63) }

    @inline(__always)
    public func contains(_ port: UInt16) -> Bool { words[Int(port >> 6)] &>> UInt64(port & 63) & 1 != 0 }
}
