// Alerts: RFC 8446 section 6, RFC 5246 section 7.2.
//
//   +-------+-------------+
//   | level | description |
//   +-------+-------------+

/// An alert that is not encrypted, as far as it is there. An encrypted one is longer than its two bytes.
@usableFromInline struct TLSAlert {
    /// 1 is a warning, 2 fatal; nil where the segment ends before it.
    @usableFromInline let level: UInt8?
    @usableFromInline let description: TLSAlertDescription?

    @usableFromInline
    init?(_ record: TLSRecord, in bytes: RawSpan) {
        guard record.header.type == .alert, record.header.length == 2 else { return nil }
        let fragment = record.fragment
        level = fragment.count > 0 ? bytes.byte(at: fragment.lowerBound) : nil
        description =
            fragment.count > 1 ? TLSAlertDescription(rawValue: bytes.byte(at: fragment.lowerBound &+ 1)) : nil
    }

    @inlinable
    func describe(to sink: inout some FieldSink & ~Copyable) {
        if let level { sink.number("alert_level", level, meaning: Self.name(ofLevel: level)) }
        if let description { sink.number("alert", description.rawValue, meaning: description.name) }
    }

    /// `fatal alert handshake failure`; on an arrow `alert: handshake failure, fatal`, the reason first.
    @inlinable
    func summarize(context: SummaryContext, to sink: inout some TextSink & ~Copyable) {
        guard let level else { return sink.write("alert") }
        guard context.isTerse, let description else {
            sink.level(level)
            sink.write(" alert")
            if let description {
                sink.write(" ")
                sink.name(description.name, or: description.rawValue)
            }
            return
        }
        sink.write("alert: ")
        sink.name(description.name, or: description.rawValue)
        sink.write(", ")
        sink.level(level)
    }

    @usableFromInline
    static func name(ofLevel level: UInt8) -> StaticString? {
        switch level {
        case 1: "warning"
        case 2: "fatal"
        default: nil
        }
    }
}

/// What a TLS alert says (RFC 8446 section 6.2).
@frozen public struct TLSAlertDescription: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The sender says no more, and nothing is wrong.
    @inlinable public static var closeNotify: TLSAlertDescription { TLSAlertDescription(rawValue: 0) }

    /// IANA, TLS Alerts; nil for one without a name here.
    public var name: StaticString? {
        switch rawValue {
        case 0: "close notify"
        case 10: "unexpected message"
        case 20: "bad record MAC"
        case 22: "record overflow"
        case 40: "handshake failure"
        case 42: "bad certificate"
        case 43: "unsupported certificate"
        case 44: "certificate revoked"
        case 45: "certificate expired"
        case 46: "certificate unknown"
        case 47: "illegal parameter"
        case 48: "unknown CA"
        case 49: "access denied"
        case 50: "decode error"
        case 51: "decrypt error"
        case 70: "protocol version"
        case 71: "insufficient security"
        case 80: "internal error"
        case 86: "inappropriate fallback"
        case 90: "user cancelled"
        case 100: "no renegotiation"
        case 109: "missing extension"
        case 110: "unsupported extension"
        case 112: "unrecognized name"
        case 115: "unknown PSK identity"
        case 116: "certificate required"
        case 120: "no application protocol"
        default: nil
        }
    }
}

extension TextSink where Self: ~Copyable {
    /// `fatal`; `level 3`, which no alert should have.
    @inlinable
    mutating func level(_ level: UInt8) {
        if let name = TLSAlert.name(ofLevel: level) { return write(name) }
        write("level ")
        decimal(level)
    }
}
