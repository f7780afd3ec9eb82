/// What a transport's payload is, and which side sent it.
@frozen public struct ApplicationHint: BitwiseCopyable, Hashable, Sendable {
    public let kind: LayerKind
    /// Whether the sender is the server.
    public let fromServer: Bool

    @inlinable
    public init(_ kind: LayerKind, fromServer: Bool) {
        self.kind = kind
        self.fromServer = fromServer
    }
}

/// Which TCP and UDP ports lead to which application protocol.
public struct PortMap: Sendable {
    public struct Entry: Hashable, Sendable {
        public let port: UInt16
        public let kind: LayerKind
    }

    /// Few enough that walking them beats hashing.
    private let entries: [Entry]
    /// The bit of each port that leads anywhere: most packets have none, and are done after a look at it.
    private let mask: UInt64

    /// The well-known ports of `Registry.swift`, and `overrides` before them.
    public init(overrides: [(port: UInt16, kind: LayerKind)] = []) {
        entries = overrides.map { Entry(port: $0.port, kind: $0.kind) } + LayerKind.wellKnownPorts
        mask = entries.reduce(0) { $0 | Self.bit($1.port) }
    }

    private static func bit(_ port: UInt16) -> UInt64 { 1 << UInt64(port & 63) }

    /// The protocol that either port leads to, and whether the sender is the side with that port.
    public func application(sourcePort: UInt16, destinationPort: UInt16) -> ApplicationHint? {
        guard mask & (Self.bit(sourcePort) | Self.bit(destinationPort)) != 0 else { return nil }
        for index in entries.indices {
            let entry = entries[index]
            // A client may have been given the well-known port as its own; the destination decides first.
            if entry.port == destinationPort { return ApplicationHint(entry.kind, fromServer: false) }
            if entry.port == sourcePort { return ApplicationHint(entry.kind, fromServer: true) }
        }
        return nil
    }
}
