public import PacketDecoding
public import Sockets

/// An ICMP error about a probe, or this host's own refusal to send one.
public struct ProbeFault: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The hop limit ran out on the way, which is what trace wants.
        case timeExceeded
        /// Too long for a link on the way, and not to be split.
        case packetTooBig
        /// The destination's own "nobody listens on this port".
        case portUnreachable
        /// A rule forbids it (ICMP 3 codes 9, 10, 13; ICMPv6 1 codes 1, 5, 6).
        case prohibited
        case unreachable
        case other
        /// Never sent: the routing table of this host, a rule or the interface's MTU stood against it.
        case local
    }

    public let kind: Kind
    /// Who said so; nil where this host's kernel did.
    public let reporter: IPAddress?
    /// The interface that ``reporter`` was heard on, by the kernel's index, where that address needs one; else 0.
    public let reporterZone: UInt32
    public let isIPv6: Bool
    public let type, code: UInt8
    /// errno(3), as the kernel translates it.
    public let errorNumber: Int32
    /// What the next link carries, in bytes; nil where it was not told or is not about that.
    public let mtu: Int?
    public let labels: MPLSStack

    /// - Parameter errorNumber: of a send that failed.
    public init(localErrorNumber errorNumber: Int32, isIPv6: Bool, mtu: Int? = nil) {
        kind = .local
        reporter = nil
        reporterZone = 0
        self.isIPv6 = isIPv6
        type = 0
        code = 0
        self.errorNumber = errorNumber
        self.mtu = mtu
        labels = MPLSStack()
    }

    /// - Parameter bytes: the packet that the error quotes, from the ICMP or UDP part on, and what follows it.
    public init(_ arrival: ProbeArrival, _ bytes: RawSpan) {
        isIPv6 = arrival.peer.family == .v6
        type = arrival.type
        code = arrival.code
        errorNumber = arrival.errorNumber
        let isLocal = arrival.kind == .localError
        reporter = isLocal ? nil : arrival.reporter?.address
        reporterZone = isLocal ? 0 : arrival.reporter?.scope ?? 0
        kind = isLocal ? .local : Self.kind(type, code, isIPv6: isIPv6)
        let aboutLength = kind == .packetTooBig || isLocal
        mtu = aboutLength && arrival.information > 0 ? Int(arrival.information) : nil
        labels = Self.labels(arrival, bytes)
    }

    private static func labels(_ arrival: ProbeArrival, _ bytes: RawSpan) -> MPLSStack {
        if arrival.extensionOffset > 0, arrival.extensionOffset < bytes.byteCount {
            return MPLSStack(inExtensions: bytes.extracting(arrival.extensionOffset..<bytes.byteCount))
        }
        // Routers from before RFC 4884 put them behind 128 bytes without saying so (its section 5.5).
        let start = 128 - (arrival.peer.family == .v4 ? 20 : 40)
        guard arrival.kind == .icmpError, bytes.byteCount > start else { return MPLSStack() }
        return MPLSStack(inExtensions: bytes.extracting(start..<bytes.byteCount))
    }

    private static func kind(_ type: UInt8, _ code: UInt8, isIPv6: Bool) -> Kind {
        if isIPv6 {
            switch (ICMPv6Type(rawValue: type), code) {
            case (.destinationUnreachable, 1), (.destinationUnreachable, 5), (.destinationUnreachable, 6):
                return .prohibited
            case (.destinationUnreachable, 4): return .portUnreachable
            case (.destinationUnreachable, _): return .unreachable
            case (.packetTooBig, _): return .packetTooBig
            case (.timeExceeded, 0): return .timeExceeded
            default: return .other
            }
        }
        switch (ICMPType(rawValue: type), code) {
        case (.destinationUnreachable, 3): return .portUnreachable
        case (.destinationUnreachable, 4): return .packetTooBig
        case (.destinationUnreachable, 9), (.destinationUnreachable, 10), (.destinationUnreachable, 13):
            return .prohibited
        case (.destinationUnreachable, _): return .unreachable
        case (.timeExceeded, 0): return .timeExceeded
        default: return .other
        }
    }

    /// Whether no probe like this one gets any farther.
    public var isFinal: Bool {
        switch kind {
        case .portUnreachable, .prohibited, .unreachable: true
        case .timeExceeded, .packetTooBig, .other, .local: false
        }
    }

    /// In the words of the ICMP registry; nil where it has none.
    public var meaning: StaticString? {
        if kind == .local { return nil }
        if isIPv6 {
            let type = ICMPv6Type(rawValue: type)
            return type.meaning(ofCode: code) ?? type.name
        }
        let type = ICMPType(rawValue: type)
        return type == .timeExceeded && code == 0 ? "time to live exceeded" : type.meaning(ofCode: code) ?? type.name
    }
}
