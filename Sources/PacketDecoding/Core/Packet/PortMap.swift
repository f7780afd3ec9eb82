/// What a transport's payload is, and which side sent it.
@frozen public struct ApplicationHint: BitwiseCopyable, Hashable, Sendable {
    public let kind: LayerKind
    /// Whether the sender is the server.
    public let fromServer: Bool
    /// How many bytes the payload begins with that belong to a message before: the body of HTTP.
    @inlinable public var precedingBytes: Int { Int(storedPrecedingBytes) }
    // It goes with every packet.
    @usableFromInline let storedPrecedingBytes: UInt32

    @inlinable
    public init(_ kind: LayerKind, fromServer: Bool, precedingBytes: Int = 0) {
        self.kind = kind
        self.fromServer = fromServer
        storedPrecedingBytes = UInt32(clamping: precedingBytes)
    }
}

/// Which TCP and UDP ports lead to which application protocol.
public struct PortMap: Sendable {
    public struct Entry: Hashable, Sendable {
        public let port: UInt16
        public let kind: LayerKind
    }

    private let entries: [Entry]
    /// How many of them were asked for.
    private let overrideCount: Int
    /// By port: the first of its entries, counted from 1; 0 where it leads nowhere.
    private let first: [UInt16]
    private let tunnels = LayerKind.tunnelPorts
    /// Those that lead anywhere, tunnels' included.
    private let known: PortSet

    /// The well-known ports of `Registry.swift`, and `overrides` before them.
    public init(overrides: [(port: UInt16, kind: LayerKind)] = []) {
        entries = overrides.map { Entry(port: $0.port, kind: $0.kind) } + LayerKind.wellKnownPorts
        overrideCount = overrides.count
        var first = [UInt16](repeating: 0, count: 1 << 16)
        for (index, entry) in entries.enumerated().reversed() {
            first[Int(entry.port)] = UInt16(clamping: index + 1)
        }
        self.first = first
        known = PortSet(entries.map(\.port) + tunnels.map(\.port))
    }

    /// Whether the port leads to a protocol, or to a tunnel.
    @inline(__always)
    public func leads(_ port: UInt16) -> Bool { known.contains(port) }

    /// The tunnel that either port of a datagram leads to, the destination's first.
    func tunnel(sourcePort: UInt16, destinationPort: UInt16) -> LayerKind? {
        var bySource: LayerKind?
        for tunnel in tunnels {
            if tunnel.port == destinationPort { return tunnel.kind }
            if tunnel.port == sourcePort { bySource = tunnel.kind }
        }
        return bySource
    }

    /// The protocol that either port leads to, and whether the sender is the side with that port.
    public func application(sourcePort: UInt16, destinationPort: UInt16) -> ApplicationHint? {
        match(sourcePort: sourcePort, destinationPort: destinationPort)?.hint
    }

    /// The same, and whether somebody asked for it: a well-known port is only a guess.
    @inline(__always)
    func match(sourcePort: UInt16, destinationPort: UInt16) -> (hint: ApplicationHint, isAsked: Bool)? {
        let toServer = first[Int(destinationPort)]
        let fromServer = first[Int(sourcePort)]
        if toServer | fromServer == 0 { return nil }
        // The entry that stands first wins. A client may have been given the well-known port as its own: of one entry
        // the destination decides.
        let isAnswer = toServer == 0 || fromServer != 0 && fromServer < toServer
        let entry = Int(isAnswer ? fromServer : toServer) &- 1
        return (ApplicationHint(entries[entry].kind, fromServer: isAnswer), entry < overrideCount)
    }
}
