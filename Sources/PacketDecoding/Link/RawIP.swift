// Raw IP: link types 101, 228 and 229, whose frames begin with an IPv4 or IPv6 header.

/// A frame without a link header. It has no layer of its own: the IP version decides what comes first.
public enum RawIP: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        guard let first = cursor.peekByte() else { throw cursor.shortage(of: 1, since: cursor.offset, for: .rawIP) }
        switch first >> 4 {
        case 4: return .ipv4
        case 6: return .ipv6
        default: throw DecodeError(.rawIP, at: cursor.offset, .badVersion(Int(first >> 4)))
        }
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {}

    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {}
}
