public import PacketDecoding

/// An ICMP error about a packet of a conversation: who sent it, and why.
@frozen public struct ReportedError: BitwiseCopyable, Hashable, Sendable {
    /// Whose address it came from: mostly a router's.
    public let source: IPAddress
    /// It came from the address that the packet was bound for.
    public let isFromDestination: Bool
    public let isICMPv6: Bool
    public let type: UInt8
    public let code: UInt8
    /// The MTU it tells of, or a redirect's gateway; else 0.
    private let detail: UInt32

    /// Nil where the packet is no ICMP error that quotes a TCP or UDP packet, or too little of it was captured.
    public init?(_ packet: Packet) {
        guard let quoted = packet.innermostTransport(quoted: true), let flow = Flow(of: packet, at: quoted) else {
            return nil
        }
        self.init(packet, boundFor: flow.destination.address)
    }

    private init?(_ packet: Packet, boundFor destination: IPAddress) {
        var source: IPAddress?
        for index in 0..<packet.layers.count {
            if let header = packet.header(IPv4Header.self, at: index) {
                source = .v4(header.source)
            } else if let header = packet.header(IPv6Header.self, at: index) {
                source = .v6(header.source)
            } else if let source, let header = packet.header(ICMPHeader.self, at: index) {
                let hasMTU = header.type == .destinationUnreachable && header.code == 4
                let detail = hasMTU ? UInt32(header.mtu) : header.type == .redirect ? header.gateway.rawValue : 0
                self.init(source, destination, isICMPv6: false, header.type.rawValue, header.code, detail)
                return
            } else if let source, let header = packet.header(ICMPv6Header.self, at: index) {
                let detail = header.type == .packetTooBig ? header.mtu : 0
                self.init(source, destination, isICMPv6: true, header.type.rawValue, header.code, detail)
                return
            }
        }
        return nil
    }

    private init(
        _ source: IPAddress, _ destination: IPAddress, isICMPv6: Bool, _ type: UInt8, _ code: UInt8, _ detail: UInt32
    ) {
        self.source = source
        isFromDestination = source == destination
        self.isICMPv6 = isICMPv6
        self.type = type
        self.code = code
        self.detail = detail
    }

    /// Bytes that a router lets pass at most (RFC 1191, RFC 4443 section 3.2); nil where it does not say.
    public var mtu: Int? {
        let hasMTU = isICMPv6 ? type == ICMPv6Type.packetTooBig.rawValue : type == 3 && code == 4
        return hasMTU && (isICMPv6 || detail > 0) ? Int(detail) : nil
    }

    /// The packet did not arrive. A redirect tells of a better way, and the packet went on (RFC 792, RFC 4861 section
    /// 8).
    public var isLoss: Bool {
        isICMPv6 ? type != ICMPv6Type.redirect.rawValue : type != ICMPType.redirect.rawValue
    }

    /// Writes the reason: `host unreachable`, `fragmentation needed, MTU 1400`.
    public func writeReason(to sink: inout some TextSink & ~Copyable) {
        if isICMPv6 {
            writeReason(ICMPv6Type(rawValue: type), to: &sink)
        } else {
            writeReason(ICMPType(rawValue: type), to: &sink)
        }
        if let mtu {
            sink.write(", MTU ")
            sink.decimal(mtu)
        }
    }

    private func writeReason(_ type: ICMPType, to sink: inout some TextSink & ~Copyable) {
        let meaning = type.meaning(ofCode: code)
        switch type {
        case .destinationUnreachable where meaning != nil: sink.write(meaning ?? "")
        case .redirect:
            sink.write("redirect to ")
            sink.address(IPv4Address(rawValue: detail))
        case .sourceQuench: sink.write("source quench")
        case .timeExceeded: writeReason("time exceeded", " ", meaning, to: &sink)
        default: writeReason(type.name ?? "ICMP error", ", ", meaning, to: &sink)
        }
    }

    private func writeReason(_ type: ICMPv6Type, to sink: inout some TextSink & ~Copyable) {
        let meaning = type.meaning(ofCode: code)
        switch type {
        case .destinationUnreachable where meaning != nil: sink.write(meaning ?? "")
        case .timeExceeded where code == 0: sink.write("hop limit exceeded in transit")
        case .timeExceeded: writeReason("time exceeded", " ", meaning, to: &sink)
        case .packetTooBig: sink.write("packet too big")
        case .redirect: sink.write("redirect")
        default: writeReason(type.name ?? "ICMPv6 error", ", ", meaning, to: &sink)
        }
    }

    private func writeReason(
        _ name: StaticString, _ separator: StaticString, _ meaning: StaticString?,
        to sink: inout some TextSink & ~Copyable
    ) {
        sink.write(name)
        if let meaning {
            sink.write(separator)
            sink.write(meaning)
        } else if code != 0 {
            sink.write(", code ")
            sink.decimal(code)
        }
    }
}
