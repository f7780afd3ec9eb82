// TLS records: RFC 8446 section 5.1, RFC 5246 section 6.2.1. Handshake messages: section 4. Alerts: section 6.
//
//    0      7 8           23 24          39
//   +--------+--------------+--------------+-----//-----+
//   |  type  |   version    |    length    |  fragment  |
//   +--------+--------------+--------------+-----//-----+

/// The header of a TLS record, as on the wire (5 bytes).
@frozen public struct TLSRecordHeader: WireHeader {
    @usableFromInline let rawType: UInt8
    // Bytes, because numbers of two would be moved to even offsets.
    @usableFromInline let rawVersion, rawLength: (UInt8, UInt8)

    @inlinable public static var layer: LayerKind { .tls }

    @inlinable public var type: TLSContentType { TLSContentType(rawValue: rawType) }
    /// As old middleboxes want it: 3.1 or 3.3 whatever is spoken.
    @inlinable public var version: TLSVersion {
        TLSVersion(rawValue: UInt16(rawVersion.0) << 8 | UInt16(rawVersion.1))
    }
    /// Of the fragment, in bytes: at most 16 KiB and what encryption adds.
    @inlinable public var length: Int { Int(rawLength.0) << 8 | Int(rawLength.1) }

    /// Whether a record can begin like this: RFC 5246 section 6.2.3 allows up to 2 KiB of expansion.
    @inlinable public var isPlausible: Bool {
        type.name != nil && version.rawValue >> 8 == 3 && version.rawValue & 0xff <= 4 && length <= 16384 &+ 2048
    }
}

/// What a TLS record holds (IANA, TLS ContentType).
@frozen public struct TLSContentType: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var alert: TLSContentType { TLSContentType(rawValue: 21) }
    @inlinable public static var handshake: TLSContentType { TLSContentType(rawValue: 22) }

    @inlinable public var name: StaticString? {
        switch rawValue {
        case 20: "change cipher spec"
        case 21: "alert"
        case 22: "handshake"
        case 23: "application data"
        case 24: "heartbeat"
        default: nil
        }
    }
}

/// A version of TLS as on the wire: 0x0304 is TLS 1.3.
@frozen public struct TLSVersion: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public var name: StaticString? {
        switch rawValue {
        case 0x0300: "SSL 3.0"
        case 0x0301: "TLS 1.0"
        case 0x0302: "TLS 1.1"
        case 0x0303: "TLS 1.2"
        case 0x0304: "TLS 1.3"
        default: nil
        }
    }

    /// A value that a client offers to see whether it is ignored (RFC 8701).
    @inlinable public var isGrease: Bool { rawValue & 0x0f0f == 0x0a0a && rawValue >> 8 == rawValue & 0xff }
}

/// The TLS records that begin in one segment. It is all header: nothing follows it.
///
/// Segments begin anywhere in a stream: one that does not begin with a record is no layer.
public enum TLS {
    /// Records of one segment that are told.
    @inlinable static var recordLimit: Int { 16 }
}

extension TLS: LayerProtocol {
    public static func decode(
        _ cursor: inout Cursor, into decoder: inout PacketDecoder
    ) throws(DecodeError) -> LayerKind? {
        guard let first = cursor.peek(TLSRecordHeader.self), first.isPlausible else { return nil }
        let start = cursor.offset
        let length = cursor.remaining
        let captured = cursor.bytes.clipped(from: start, to: start &+ cursor.captured)
        let contradiction = TLSHello.first(in: captured)?.contradiction
        let isSound = cursor.captured == length && contradiction == nil
        try decoder.append(
            Layer(.tls, at: start, headerLength: length, end: cursor.end, traits: isSound ? [] : .partial))
        try cursor.require(length, for: .tls)
        if let contradiction { throw DecodeError(.tls, at: start, .badLength(contradiction)) }
        return nil
    }

    /// The record header at `offset`; nil where there is none, or records of another kind of bytes follow.
    @usableFromInline
    static func record(in bytes: RawSpan, at offset: Int) -> TLSRecordHeader? {
        guard bytes.byteCount &- offset >= TLSRecordHeader.size else { return nil }
        let header = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: TLSRecordHeader.self)
        return header.isPlausible ? header : nil
    }

    @inlinable
    public static func describe(_ index: Int, of packet: Packet, to sink: inout some FieldSink & ~Copyable) {
        let bytes = packet.headerBytes(at: index)
        sink.beginList("records")
        var offset = 0
        var count = 0
        while let record = record(in: bytes, at: offset), count < recordLimit {
            let start = offset &+ TLSRecordHeader.size
            offset = start &+ record.length
            sink.beginItem("record")
            sink.number("type", record.type.rawValue, meaning: record.type.name)
            sink.hexNumber("version", record.version.rawValue, digits: 4, meaning: record.version.name)
            sink.number("length", record.length)
            let fragment = bytes.clipped(from: start, to: offset)
            if let alert = TLSAlert(record, fragment) {
                sink.number("alert_level", alert.level, meaning: alert.level == 2 ? "fatal" : "warning")
                sink.number("alert", alert.description, meaning: alert.name)
            } else if let message = TLSHandshake(record, fragment) {
                sink.number("handshake_type", message.type, meaning: message.name)
                sink.number("handshake_length", message.length)
                if let hello = TLSHello(message, in: fragment) { hello.describe(fragment, to: &sink) }
            }
            sink.endItem()
            count &+= 1
        }
        sink.endList()
        if offset > packet.layers[index].headerLength { sink.boolean("continues", true) }
    }

    /// `TLS client hello "example.org" ALPN h2 http/1.1 TLS 1.3 TLS 1.2`, `TLS server hello TLS 1.3
    /// TLS_AES_128_GCM_SHA256, change cipher spec, application data`.
    @inlinable
    public static func summarize(
        _ index: Int, of packet: Packet, context: SummaryContext, to sink: inout some TextSink & ~Copyable
    ) {
        let bytes = packet.headerBytes(at: index)
        sink.write("TLS")
        var offset = 0
        var count = 0
        while let record = record(in: bytes, at: offset) {
            if count == recordLimit {
                sink.write(", …")
                break
            }
            let start = offset &+ TLSRecordHeader.size
            offset = start &+ record.length
            sink.write(count == 0 ? " " : ", ")
            let fragment = bytes.clipped(from: start, to: offset)
            if let alert = TLSAlert(record, fragment) {
                sink.write(alert.level == 2 ? "fatal alert " : "warning alert ")
                sink.name(alert.name, or: alert.description)
            } else if let message = TLSHandshake(record, fragment), let name = message.name {
                sink.write(name)
                if let hello = TLSHello(message, in: fragment) { hello.summarize(fragment, to: &sink) }
            } else {
                sink.name(record.type.name, or: record.type.rawValue)
            }
            count &+= 1
        }
        sink.fault(of: index, in: packet)
    }
}

/// An alert that is not encrypted: two bytes (RFC 8446 section 6).
@usableFromInline struct TLSAlert {
    /// 1 is a warning, 2 fatal.
    @usableFromInline let level: UInt8
    @usableFromInline let description: UInt8

    @usableFromInline
    init?(_ record: TLSRecordHeader, _ fragment: RawSpan) {
        guard record.type == .alert, record.length == 2, fragment.byteCount == 2,
            fragment.byte(at: 0) == 1 || fragment.byte(at: 0) == 2
        else { return nil }
        level = fragment.byte(at: 0)
        description = fragment.byte(at: 1)
    }

    /// IANA, TLS Alerts; nil for one without a name here.
    @usableFromInline var name: StaticString? {
        switch description {
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

/// The first handshake message of a record that is not encrypted (RFC 8446 section 4).
@usableFromInline struct TLSHandshake {
    @usableFromInline let type: UInt8
    /// Of what follows type and length, in bytes.
    @usableFromInline let length: Int

    /// nil where the record holds no handshake, the middle of a message, or an encrypted one: lengths that do not fit.
    @usableFromInline
    init?(_ record: TLSRecordHeader, _ fragment: RawSpan) {
        guard record.type == .handshake, fragment.byteCount >= 4 else { return nil }
        let word = fragment.uint32(at: 0)
        type = UInt8(truncatingIfNeeded: word >> 24)
        length = Int(word & 0xff_ffff)
        guard length &+ 4 <= record.length, name != nil else { return nil }
    }

    @usableFromInline var name: StaticString? {
        switch type {
        case 0: "hello request"
        case 1: "client hello"
        case 2: "server hello"
        case 4: "new session ticket"
        case 5: "end of early data"
        case 8: "encrypted extensions"
        case 11: "certificate"
        case 12: "server key exchange"
        case 13: "certificate request"
        case 14: "server hello done"
        case 15: "certificate verify"
        case 16: "client key exchange"
        case 20: "finished"
        case 22: "certificate status"
        case 24: "key update"
        default: nil
        }
    }
}
