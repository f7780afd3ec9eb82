// What the headers between an IP header and its transport share: RFC 8200 section 4, RFC 6564. Each has its own file.
//
//    0           7 8          15
//   +-------------+-------------+--------------
//   | next header |   length    | ...
//   +-------------+-------------+--------------

/// A header that says what follows it and how long it is.
public protocol IPv6ExtensionHeader: WireHeader, LayerProtocol {
    var nextHeader: IPProtocol { get }
    /// Of the whole header, in bytes; less than ``WireHeader/size`` is impossible.
    var headerLength: Int { get }
}

extension IPv6ExtensionHeader {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        try readWhole(&cursor, into: &decoder)
    }

    /// Reads the header, notes its layer and moves past it.
    static func readWhole(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        let start = cursor.offset
        guard let header = cursor.peek(Self.self) else {
            try noteBeginning(size, cursor, in: &decoder)
            throw cursor.shortage(of: size, since: start, for: layer)
        }
        let rest = header.headerLength &- size
        guard rest >= 0 else { throw DecodeError(layer, at: start, .badLength(header.headerLength)) }
        guard cursor.captured >= header.headerLength else {
            try noteBeginning(header.headerLength, cursor, in: &decoder)
            throw cursor.shortage(of: header.headerLength, since: start, for: layer)
        }
        cursor.skip(size)
        cursor.skip(rest)
        try decoder.append(Layer(layer, at: start, headerLength: header.headerLength, end: cursor.end))
        return LayerKind(header.nextHeader)
    }

    /// Notes what is there of a header that the capture, a quote or a fragment cuts; one that the packet's own length
    /// cuts is no header.
    private static func noteBeginning(
        _ length: Int, _ cursor: Cursor, in decoder: inout PacketDecoder
    ) throws(DecodeError) {
        guard cursor.remaining >= length || decoder.isInFragment else { return }
        try decoder.appendBeginning(of: layer, length: cursor.captured, cursor)
    }
}

extension LayerKind {
    /// Whether an IPv6 header's chain goes on through this layer to the same packet's transport.
    @inlinable public var isIPv6Extension: Bool {
        switch self {
        case .hopByHop, .routing, .fragment, .destinationOptions, .authentication, .mobility, .hostIdentity, .shim6:
            true
        default: false
        }
    }
}

extension FieldSink where Self: ~Copyable {
    /// The two fields that extension headers begin with.
    @inlinable
    mutating func extensionHeader(_ header: some IPv6ExtensionHeader) {
        number("next_header", header.nextHeader.rawValue, meaning: header.nextHeader.name)
        number("header_length", header.headerLength)
    }

    /// The fields that the first bytes of an extension header hold, of which not even the fixed part is there.
    @inlinable
    mutating func extensionHeaderBeginning(_ bytes: RawSpan) {
        guard bytes.byteCount >= 1 else { return }
        let nextHeader = IPProtocol(rawValue: bytes.byte(at: 0))
        number("next_header", nextHeader.rawValue, meaning: nextHeader.name)
        guard bytes.byteCount >= 2 else { return }
        number("header_length", (Int(bytes.byte(at: 1)) &+ 1) &* 8)
    }
}
